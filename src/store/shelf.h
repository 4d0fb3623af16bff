/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in a folder of received faxes, kept in memory so that a list of
 * thousands costs no reading: the folder is looked through again only when it
 * has changed, whoever changed it, and only what is new in it is read.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "store/atomic.h"
#include "store/inbox.h"

struct shelf_item {
	char name[INBOX_NAME_MAX]; /* of its folder */
	struct inbox_fax fax;
	bool seen; /* somebody has read it */
};

struct shelf {
	char folder[ATOMIC_PATH_MAX];
	struct shelf_item *items; /* owned; by name, so the oldest first */
	size_t count;
	struct timespec changed; /* of the folder, when it was looked through */
	struct timespec looked;	 /* when that was */
	bool stale;		 /* look again whatever it says */
};

/* The file that tells who looks that a fax has been read. */
#define SHELF_SEEN "seen"

MUST_CHECK enum err shelf_init(struct shelf *s, const char *folder,
			       struct why *why);
void shelf_fini(struct shelf *s);

/* Brings it up to date. Damaged faxes are left out. When memory or descriptors
 * are out it stays as it was. */
void shelf_look(struct shelf *s);

/* By name; NULL. Valid until the next look. */
struct shelf_item *shelf_find(const struct shelf *s, const char *name);
