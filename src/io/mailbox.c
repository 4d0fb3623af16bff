/* SPDX-License-Identifier: Apache-2.0 */
#include "io/mailbox.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Takes the whole queue at once: new letters wait for the next round. */
static void deliver_all(struct mailbox *m)
{
	struct list letters;

	list_init(&letters);
	pthread_mutex_lock(&m->lock);
	if (!list_empty(&m->letters)) {
		letters = m->letters;
		letters.next->prev = &letters;
		letters.prev->next = &letters;
		list_init(&m->letters);
	}
	pthread_mutex_unlock(&m->lock);
	while (!list_empty(&letters)) {
		struct mail *mail = list_entry(letters.next, struct mail, link);

		list_remove(&mail->link);
		m->deliver(m->owner, mail);
	}
}

static void on_wake(struct watch *w, unsigned what)
{
	struct mailbox *m = w->owner;
	uint64_t count;

	(void)what;
	/* The count says nothing that the queue does not. */
	if (read(w->fd, &count, sizeof(count)) == (ssize_t)sizeof(count))
		deliver_all(m);
}

enum err mailbox_init(struct mailbox *m, struct loop *loop,
		      void (*deliver)(void *owner, struct mail *mail),
		      void *owner)
{
	enum err e;

	*m = (struct mailbox){ .loop = loop,
			       .deliver = deliver,
			       .owner = owner };
	list_init(&m->letters);
	m->wake = (struct watch){ .fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
				  .interest = LOOP_READ,
				  .ready = on_wake,
				  .owner = m };
	if (m->wake.fd < 0)
		return err_from_errno(errno);
	if (pthread_mutex_init(&m->lock, NULL) != 0) {
		close(m->wake.fd);
		return ERR_MEMORY;
	}
	e = loop_watch(loop, &m->wake);
	if (e != OK) {
		pthread_mutex_destroy(&m->lock);
		close(m->wake.fd);
	}
	return e;
}

void mailbox_fini(struct mailbox *m)
{
	deliver_all(m);
	loop_unwatch(m->loop, &m->wake);
	close(m->wake.fd);
	pthread_mutex_destroy(&m->lock);
}

void mailbox_post(struct mailbox *m, struct mail *mail)
{
	uint64_t one = 1;
	bool was_empty;

	pthread_mutex_lock(&m->lock);
	was_empty = list_empty(&m->letters);
	list_append(&m->letters, &mail->link);
	pthread_mutex_unlock(&m->lock);
	/* A queue that is not empty has its wake-up on the way. */
	if (was_empty && write(m->wake.fd, &one, sizeof(one)) < 0)
		abort();
}
