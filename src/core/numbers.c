/* SPDX-License-Identifier: Apache-2.0 */
#include "core/numbers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Without memory for its tables a relay cannot know what it does. */
#define uthash_fatal(message) abort()
#include <uthash.h>

struct number {
	char digits[PATH_NUMBER_MAX + 1];
	char id[ADDRESS_ID_MAX + 1];
	UT_hash_handle hh;
};

struct route {
	char digits[PATH_NUMBER_MAX + 1];
	char target[ADDRESS_MAX + 1];
};

struct numbers {
	uint8_t key[HASH_KEY_SIZE];
	struct number *all;
	struct route routes[NUMBERS_ROUTES_MAX];
	size_t routes_count;
};

struct numbers *numbers_new(const uint8_t key[HASH_KEY_SIZE])
{
	struct numbers *n = calloc(1, sizeof(*n));

	if (n)
		memcpy(n->key, key, sizeof(n->key));
	return n;
}

static unsigned hash_of(const struct numbers *n, const void *text, size_t len)
{
	return (unsigned)hash_keyed(n->key, text, len);
}

bool numbers_digits(const char *text, size_t len, char out[PATH_NUMBER_MAX + 1])
{
	if (!path_number_valid(text, len))
		return false;
	if (*text == '+') {
		text++;
		len--;
	}
	memcpy(out, text, len);
	out[len] = '\0';
	return true;
}

static struct number *find(const struct numbers *n, const char *digits)
{
	size_t len = strlen(digits);
	struct number *found;

	HASH_FIND_BYHASHVALUE(hh, n->all, digits, len, hash_of(n, digits, len),
			      found);
	return found;
}

void numbers_free(struct numbers *n)
{
	struct number *one, *next;

	if (!n)
		return;
	HASH_ITER (hh, n->all, one, next) {
		HASH_DEL(n->all, one);
		free(one);
	}
	free(n);
}

/* The next of some numbers with a blank between, off the front of *rest;
 * false: no more. What is no number is passed over. */
static bool next_number(const char **rest, char digits[PATH_NUMBER_MAX + 1])
{
	bool found = false;

	while (*rest && **rest && !found) {
		size_t len = strcspn(*rest, " ");

		found = numbers_digits(*rest, len, digits);
		*rest += len + strspn(*rest + len, " ");
	}
	return found;
}

bool numbers_add(struct numbers *n, const char *id, const char *numbers)
{
	char digits[PATH_NUMBER_MAX + 1];

	while (next_number(&numbers, digits)) {
		struct number *one;
		size_t len = strlen(digits);

		if (find(n, digits))
			continue; /* somebody else's, or given twice */
		one = calloc(1, sizeof(*one));
		if (!one)
			return false;
		memcpy(one->digits, digits, len + 1);
		(void)span_copy(span_of(id), one->id, sizeof(one->id));
		HASH_ADD_KEYPTR_BYHASHVALUE(hh, n->all, one->digits, len,
					    hash_of(n, one->digits, len), one);
	}
	return true;
}

void numbers_drop(struct numbers *n, const char *id, const char *numbers)
{
	char digits[PATH_NUMBER_MAX + 1];

	while (next_number(&numbers, digits)) {
		struct number *one = find(n, digits);

		if (!one || strcmp(one->id, id) != 0)
			continue;
		assert(n->all); /* it is in there */
		HASH_DEL(n->all, one);
		free(one);
	}
}

const char *numbers_find(const struct numbers *n, const char *number,
			 size_t len)
{
	char digits[PATH_NUMBER_MAX + 1];
	const struct number *found;

	if (!numbers_digits(number, len, digits))
		return NULL;
	found = find(n, digits);
	return found ? found->id : NULL;
}

/* --- routes --- */

static bool target_valid(const char *target)
{
	size_t len = strlen(target);

	if (*target == '@')
		return address_id_valid(target + 1, len - 1);
	return path_address_valid(target, len);
}

enum err numbers_route(struct numbers *n, const char *prefix,
		       const char *target)
{
	char digits[PATH_NUMBER_MAX + 1];
	struct route *r;

	if (!numbers_digits(prefix, strlen(prefix), digits) ||
	    !target_valid(target))
		return ERR_BAD;
	for (size_t i = 0; i < n->routes_count; i++)
		if (strcmp(n->routes[i].digits, digits) == 0)
			return ERR_EXISTS;
	if (n->routes_count == NUMBERS_ROUTES_MAX)
		return ERR_LIMIT;
	r = &n->routes[n->routes_count++];
	memcpy(r->digits, digits, sizeof(r->digits));
	memcpy(r->target, target, strlen(target) + 1);
	return OK;
}

const char *numbers_longest(const struct numbers *n, const char *number,
			    size_t len)
{
	char digits[PATH_NUMBER_MAX + 1];
	const struct route *best = NULL;

	if (!numbers_digits(number, len, digits))
		return NULL;
	for (size_t i = 0; i < n->routes_count; i++) {
		const struct route *r = &n->routes[i];
		size_t fits = strlen(r->digits);

		if (strncmp(digits, r->digits, fits) == 0 &&
		    (!best || fits > strlen(best->digits)))
			best = r;
	}
	return best ? best->target : NULL;
}
