/* SPDX-License-Identifier: Apache-2.0 */
#include "core/roster.h"

#include <stdlib.h>
#include <string.h>

void roster_init(struct roster *r)
{
	*r = (struct roster){ .entries = NULL };
}

void roster_fini(struct roster *r)
{
	free(r->entries);
	*r = (struct roster){ .entries = NULL };
}

/* Where `id` is, or would be. Lists come in order: the end is tried first. */
static size_t place_of(const struct roster *r, const char *id)
{
	size_t low = 0, high = r->count;

	if (r->count > 0 && strcmp(r->entries[r->count - 1].id, id) < 0)
		return r->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(r->entries[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool make_room(struct roster *r)
{
	size_t room = r->room ? 2 * r->room : 64;
	struct roster_entry *entries;

	if (r->count >= ROSTER_MAX)
		return false;
	if (r->count < r->room)
		return true;
	entries = reallocarray(r->entries, room, sizeof(*entries));
	if (!entries)
		return false;
	r->entries = entries;
	r->room = room;
	return true;
}

static struct roster_entry *find(struct roster *r, const char *id)
{
	size_t at = place_of(r, id);

	if (at < r->count && strcmp(r->entries[at].id, id) == 0)
		return &r->entries[at];
	if (!make_room(r)) {
		r->full = true;
		return NULL;
	}
	memmove(&r->entries[at + 1], &r->entries[at],
		(r->count++ - at) * sizeof(*r->entries));
	r->entries[at] = (struct roster_entry){ .state = ROSTER_GONE };
	memcpy(r->entries[at].id, id, strlen(id) + 1);
	return &r->entries[at];
}

static void take(struct roster *r, struct span id, uint8_t state,
		 struct span relay)
{
	char name[ADDRESS_ID_MAX + 1], where[ADDRESS_ID_MAX + 1];
	struct roster_entry *e;

	if (!span_copy(id, name, sizeof(name)) ||
	    !span_copy(relay, where, sizeof(where)))
		return;
	e = find(r, name);
	if (!e)
		return;
	if (state > PRESENCE_BUSY)
		state = PRESENCE_BUSY;
	e->changed =
		e->changed || e->state != state || strcmp(e->relay, where) != 0;
	e->state = state;
	e->listed = r->list;
	memcpy(e->relay, where, sizeof(e->relay));
}

void roster_begin(struct roster *r)
{
	r->list++;
	r->full = false;
}

static void drop_unlisted(struct roster *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct roster_entry *e = &r->entries[i];

		if (e->listed == r->list || e->state == ROSTER_GONE)
			continue;
		e->state = ROSTER_GONE;
		e->changed = true;
	}
}

bool roster_list(struct roster *r, const struct message_listing *l)
{
	struct reader bytes = message_listing_reader(l);
	struct listing_entry e;

	while (message_listing_next(&bytes, &e))
		take(r, e.id, e.state, e.relay);
	if (!bytes.ok)
		return false;
	if (!l->more) {
		drop_unlisted(r);
		r->complete = true;
	}
	return true;
}

void roster_tell(struct roster *r, const struct message_presence *p)
{
	take(r, p->id, p->state, p->relay);
}

const struct roster_entry *roster_next(struct roster *r, size_t *at)
{
	while (*at < r->count) {
		struct roster_entry *e = &r->entries[(*at)++];

		if (!e->changed)
			continue;
		e->changed = false;
		return e;
	}
	return NULL;
}

const struct roster_entry *roster_get(const struct roster *r, const char *id)
{
	size_t at = place_of(r, id);

	return at < r->count && strcmp(r->entries[at].id, id) == 0
		       ? &r->entries[at]
		       : NULL;
}

void roster_sweep(struct roster *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->entries[i].state != ROSTER_GONE || r->entries[i].changed)
			r->entries[kept++] = r->entries[i];
	r->count = kept;
}

const char *roster_state_name(uint8_t state)
{
	static const char *const names[] = {
		[PRESENCE_OFFLINE] = "offline",
		[PRESENCE_FREE] = "free",
		[PRESENCE_BUSY] = "busy",
		[ROSTER_GONE] = "gone",
	};

	return names[state <= ROSTER_GONE ? state : PRESENCE_BUSY];
}
