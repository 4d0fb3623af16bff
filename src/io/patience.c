/* SPDX-License-Identifier: Apache-2.0 */
#include "io/patience.h"

#include <sys/socket.h>

static void look_again(struct patience *p)
{
	if (list_empty(&p->waits))
		timer_clear(p->loop, &p->timer);
	else
		timer_set(p->loop, &p->timer, loop_now(p->loop) + p->look_ms);
}

static void on_due(struct timer *t)
{
	struct patience *p = t->owner;
	int64_t now = loop_now(p->loop);
	struct list *next;

	for (struct list *l = p->waits.next; l != &p->waits; l = next) {
		struct patience_wait *w =
			list_entry(l, struct patience_wait, link);

		next = l->next;
		if (w->until_ms > now)
			continue;
		list_remove(l);
		(void)shutdown(w->fd, SHUT_RDWR); /* it may have gone itself */
	}
	look_again(p);
}

void patience_init(struct patience *p, struct loop *loop, int64_t look_ms)
{
	*p = (struct patience){ .loop = loop, .look_ms = look_ms };
	p->timer = (struct timer){ .due = on_due, .owner = p };
	list_init(&p->waits);
}

void patience_fini(struct patience *p)
{
	timer_clear(p->loop, &p->timer);
}

void patience_wait_init(struct patience_wait *w, int fd)
{
	*w = (struct patience_wait){ .fd = fd };
	list_init(&w->link);
}

void patience_until(struct patience *p, struct patience_wait *w,
		    int64_t until_ms)
{
	bool first = list_empty(&p->waits);

	w->until_ms = until_ms;
	if (list_empty(&w->link))
		list_append(&p->waits, &w->link);
	if (first)
		look_again(p);
}

void patience_over(struct patience *p, struct patience_wait *w)
{
	list_remove(&w->link);
	if (list_empty(&p->waits))
		timer_clear(p->loop, &p->timer);
}
