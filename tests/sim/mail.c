/* SPDX-License-Identifier: Apache-2.0 */
#include "mail.h"

#include <stdlib.h>
#include <string.h>

void mail_post(struct mailbox *b, int64_t at_us, const struct mail *head,
	       const void *bytes)
{
	struct mail *m = malloc(sizeof(*m) + head->len);

	if (!m)
		abort();
	*m = *head;
	m->next = NULL;
	m->at_us = at_us > b->last_us ? at_us : b->last_us;
	b->last_us = m->at_us;
	if (head->len > 0)
		memcpy(m->bytes, bytes, head->len);
	if (b->tail)
		b->tail->next = m;
	else
		b->head = m;
	b->tail = m;
}

int64_t mail_next(const struct mailbox *b)
{
	return b->head ? b->head->at_us : INT64_MAX;
}

struct mail *mail_take(struct mailbox *b)
{
	struct mail *m = b->head;

	b->head = m->next;
	if (!b->head)
		b->tail = NULL;
	return m;
}

void mail_drop(struct mailbox *b)
{
	while (b->head)
		free(mail_take(b));
	*b = (struct mailbox){ 0 };
}
