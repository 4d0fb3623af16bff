/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/selection.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* "3", "3-5", "5-3", "9-": its ends; `last` 0 is the last page there is. */
struct range {
	uint32_t first, last;
};

/* 0 for one that no page can have. */
static const char *take_number(const char *text, uint32_t *number)
{
	size_t digits = strspn(text, "0123456789");

	*number = 0;
	for (size_t i = 0; i < digits && *number <= DOCUMENT_PAGES_MAX; i++)
		*number = *number * 10 + (uint32_t)(text[i] - '0');
	if (*number > DOCUMENT_PAGES_MAX)
		*number = 0;
	return text + digits;
}

/* What follows the range and its comma; NULL: it is none. */
static const char *take_range(const char *text, struct range *r)
{
	const char *end = take_number(text, &r->first);

	r->last = r->first;
	if (end > text && *end == '-') {
		const char *second = end + 1;

		end = take_number(second, &r->last);
		/* "3-0" is no range, though 0 stands for the last page. */
		if (end > second && r->last == 0)
			return NULL;
	}
	if (r->first == 0 || (*end && *end != ',') || (*end && !end[1]))
		return NULL;
	return *end ? end + 1 : end;
}

enum err selection_check(const char *text, struct why *why)
{
	const char *at = text;
	struct range r;

	do
		at = take_range(at, &r);
	while (at && *at);
	if (at)
		return OK;
	why_set(why,
		"Pages are chosen as in \"1,3-5,9-\", by their numbers from 1 "
		"to %d.",
		DOCUMENT_PAGES_MAX);
	return ERR_BAD;
}

struct list {
	char *text;
	size_t len;
	uint32_t count;
};

static bool add(struct list *l, uint32_t page)
{
	if (l->count == DOCUMENT_PAGES_MAX)
		return false;
	l->len +=
		(size_t)snprintf(l->text + l->len, SELECTION_LIST_MAX - l->len,
				 "%s%u", l->count ? "," : "", page);
	l->count++;
	return true;
}

/* False: there are too many. */
static bool add_range(struct list *l, struct range r, uint32_t before)
{
	int step = r.first <= r.last ? 1 : -1;
	uint32_t page = r.first;
	bool room = true;

	for (;; page += (uint32_t)step) {
		room = room && add(l, before + page);
		if (page == r.last || !room)
			return room;
	}
}

enum err selection_list(const char *text, uint32_t before, uint32_t pages,
			char list[SELECTION_LIST_MAX], uint32_t *count,
			struct why *why)
{
	struct list l = { .text = list };
	enum err e = selection_check(text, why);
	uint32_t own = pages - before;

	for (uint32_t i = 1; e == OK && i <= before; i++)
		add(&l, i);
	while (e == OK && *text) {
		struct range r;

		text = take_range(text, &r);
		if (r.last == 0)
			r.last = r.first > own ? r.first : own;
		if (r.first > own || r.last > own) {
			why_set(why,
				"There is no page %u to be sent: there %s only "
				"%u.",
				r.first > own ? r.first : r.last,
				own == 1 ? "is" : "are", own);
			e = ERR_MISSING;
		} else if (!add_range(&l, r, before)) {
			why_set(why,
				"A fax can have %d pages at most; send it in "
				"parts.",
				DOCUMENT_PAGES_MAX);
			e = ERR_LIMIT;
		}
	}
	*count = l.count;
	return e;
}
