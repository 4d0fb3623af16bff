/* SPDX-License-Identifier: Apache-2.0 */
#include "io/work.h"

#include <signal.h>
#include <stdlib.h>

struct work {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct list queue; /* under the lock, as the two below */
	unsigned queued;
	bool ending;
	struct mailbox results;
	pthread_t threads[WORK_THREADS];
	unsigned started;
};

static struct work_item *item_of(struct list *link)
{
	struct mail *mail = list_entry(link, struct mail, link);

	return list_entry(mail, struct work_item, mail);
}

/* NULL: it is over. */
static struct work_item *next_item(struct work *w)
{
	struct work_item *item = NULL;

	pthread_mutex_lock(&w->lock);
	while (!w->ending && list_empty(&w->queue))
		pthread_cond_wait(&w->more, &w->lock);
	if (!w->ending) {
		item = item_of(w->queue.next);
		list_remove(&item->mail.link);
		w->queued--;
	}
	pthread_mutex_unlock(&w->lock);
	return item;
}

static void *run_thread(void *owner)
{
	struct work *w = owner;
	struct work_item *item;

	while ((item = next_item(w))) {
		item->run(item);
		item->ran = true;
		mailbox_post(&w->results, &item->mail);
	}
	return NULL;
}

/* Signals stay with the loop's thread. */
static bool start_thread(struct work *w)
{
	sigset_t all, before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&w->threads[w->started], NULL, run_thread, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	w->started += code == 0;
	return code == 0;
}

static void deliver(void *owner, struct mail *mail)
{
	struct work_item *item = list_entry(mail, struct work_item, mail);

	(void)owner;
	item->done(item, item->ran);
}

struct work *work_new(struct loop *loop)
{
	struct work *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	list_init(&w->queue);
	if (mailbox_init(&w->results, loop, deliver, w) != OK) {
		free(w);
		return NULL;
	}
	if (pthread_mutex_init(&w->lock, NULL) != 0 ||
	    pthread_cond_init(&w->more, NULL) != 0)
		abort(); /* on Linux neither can fail */
	return w;
}

void work_free(struct work *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_broadcast(&w->more);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->started; i++)
		pthread_join(w->threads[i], NULL);
	while (!list_empty(&w->queue)) {
		struct work_item *item = item_of(w->queue.next);

		list_remove(&item->mail.link);
		mailbox_post(&w->results, &item->mail);
	}
	mailbox_fini(&w->results);
	pthread_cond_destroy(&w->more);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

enum err work_add(struct work *w, struct work_item *item)
{
	enum err e = OK;

	/* One thread will do where the second cannot be had. */
	if (w->started < WORK_THREADS && !start_thread(w) && w->started == 0)
		return ERR_MEMORY;
	item->ran = false;
	pthread_mutex_lock(&w->lock);
	if (w->ending || w->queued == WORK_QUEUE_MAX) {
		e = ERR_LIMIT;
	} else {
		list_append(&w->queue, &item->mail.link);
		w->queued++;
		pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	return e;
}
