/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address book: HOME/contacts.json. A contact has one address or, as a
 * group, several. Whole in memory; each change is on the disk before it
 * returns, or has not happened. What an address is, the caller knows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	CONTACTS_MAX = 10000,
	CONTACTS_TO_MAX = 1000,	      /* addresses of one */
	CONTACTS_TO_ALL_MAX = 100000, /* of all */
	CONTACTS_ID_SIZE = 8,	      /* shown as hexadecimal */
	CONTACTS_NAME_MAX = 128,      /* octets of UTF-8 */
	CONTACTS_NOTE_MAX = 1000,
};

struct contacts_entry {
	uint8_t id[CONTACTS_ID_SIZE]; /* random, from the caller */
	const char *name;	      /* owned by the book */
	const char *note;	      /* the same; "" for none */
	const char *const *to;	      /* the same */
	size_t count;
};

struct contacts;

/* `valid` says whether a text is an address. ERR_BAD: the file is damaged,
 * and is left as it is. */
MUST_CHECK enum err contacts_open(struct contacts **out, const char *home,
				  bool (*valid)(const char *address),
				  struct why *why);
void contacts_close(struct contacts *c);

/* In the order in which they were added. Borrowed until the next change. */
size_t contacts_count(const struct contacts *c);
const struct contacts_entry *contacts_at(const struct contacts *c, size_t i);
/* By its ID in hexadecimal; by its name. NULL: there is none. */
const struct contacts_entry *contacts_find(const struct contacts *c,
					   const char *hex);
const struct contacts_entry *contacts_named(const struct contacts *c,
					    const char *name);

/* Adds `count` entries with one write, or none. ERR_BAD: a name, an address,
 * no address; ERR_EXISTS: a name is taken; ERR_LIMIT. */
MUST_CHECK enum err contacts_add(struct contacts *c,
				 const struct contacts_entry *entries,
				 size_t count, struct why *why);
/* The same of rows whose name may be there already, or come more than once:
 * then their addresses join those it has, and a note that is not empty takes
 * the place of its own. */
MUST_CHECK enum err contacts_merge(struct contacts *c,
				   const struct contacts_entry *rows,
				   size_t count, struct why *why);
/* Replaces the one of this ID. ERR_MISSING besides. */
MUST_CHECK enum err contacts_change(struct contacts *c,
				    const struct contacts_entry *entry,
				    struct why *why);
MUST_CHECK enum err contacts_remove(struct contacts *c, const char *hex,
				    struct why *why);
