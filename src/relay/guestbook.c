/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/guestbook.h"

#include <stdlib.h>
#include <string.h>

/* A table that cannot grow has lost what it was told. */
#define uthash_fatal(message) abort()
#include <uthash.h>

#include "base/list.h"

enum { KEPT_MS = 3600000 };

struct member {
	char id[33];
	unsigned connections;
	int64_t left_ms;
	struct list gone;  /* without connections; the first for longest */
	struct list stale; /* to be looked up anew */
	UT_hash_handle hh;
};

struct guestbook {
	struct member *all; /* IDs are of the database: no stranger's choice */
	struct list gone;
	struct list stale;
};

struct guestbook *guestbook_new(void)
{
	struct guestbook *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	list_init(&r->gone);
	list_init(&r->stale);
	return r;
}

static struct member *find(const struct guestbook *r, const char *id)
{
	struct member *m;

	HASH_FIND_STR(r->all, id, m);
	return m;
}

static void drop(struct guestbook *r, struct member *m)
{
	list_remove(&m->gone);
	list_remove(&m->stale);
	HASH_DEL(r->all, m);
	free(m);
}

void guestbook_free(struct guestbook *r)
{
	struct member *m, *next;

	if (!r)
		return;
	HASH_ITER (hh, r->all, m, next)
		drop(r, m);
	free(r);
}

void guestbook_joined(struct guestbook *r, const char *id)
{
	struct member *m = find(r, id);

	if (!m) {
		m = calloc(1, sizeof(*m));
		if (!m)
			abort(); /* as a table that cannot grow */
		memcpy(m->id, id, strnlen(id, sizeof(m->id) - 1));
		list_init(&m->gone);
		list_init(&m->stale);
		HASH_ADD_STR(r->all, id, m);
	}
	list_remove(&m->gone);
	m->connections++;
}

void guestbook_left(struct guestbook *r, const char *id, int64_t now)
{
	struct member *m = find(r, id);

	if (!m || m->connections == 0 || --m->connections > 0)
		return;
	m->left_ms = now;
	list_append(&r->gone, &m->gone);
}

void guestbook_drop(struct guestbook *r, const char *id)
{
	struct member *m = find(r, id);

	if (m)
		drop(r, m);
}

static void mark(struct guestbook *r, struct member *m)
{
	list_remove(&m->stale);
	list_append(&r->stale, &m->stale);
}

void guestbook_mark(struct guestbook *r, const char *id)
{
	struct member *m = find(r, id);

	if (m)
		mark(r, m);
}

void guestbook_mark_all(struct guestbook *r)
{
	struct member *m, *next;

	HASH_ITER (hh, r->all, m, next)
		mark(r, m);
}

bool guestbook_next(struct guestbook *r, char id[33])
{
	struct member *m;

	if (list_empty(&r->stale))
		return false;
	m = list_entry(r->stale.next, struct member, stale);
	list_remove(&m->stale);
	memcpy(id, m->id, sizeof(m->id));
	return true;
}

bool guestbook_forget(struct guestbook *r, int64_t now, char id[33])
{
	struct member *m;

	if (list_empty(&r->gone))
		return false;
	m = list_entry(r->gone.next, struct member, gone);
	if (m->left_ms + KEPT_MS > now)
		return false;
	memcpy(id, m->id, sizeof(m->id));
	drop(r, m);
	return true;
}
