/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands at the control socket that concern received faxes:
 *
 *   {"command": "inbox"[, "trash": true]}   a line a fax, and where it lies
 *   {"command": "show"|"printed"|"delete"|"restore", "fax"}
 *   {"command": "mark", "fax", "unread"}
 *   {"command": "forward", "fax", "to"[, "title", "note", "priority", ...]}
 *
 * "fax" is a number of the list, digits of its job, or the name of its folder;
 * of one in the trash its name, or the beginning of that. Whatever a person has
 * done is in the audit log before.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "io/local.h"
#include "office/deliver.h"
#include "store/audit.h"
#include "store/inbox.h"
#include "terminal/outbox.h"

/* All borrowed. */
struct faxcmd_rooms {
	struct inbox *inbox;
	struct outbox *outbox;
	struct deliver *deliver;
	struct audit *audit;
	bool (*joined)(void *owner);
	/* The fax in this folder of the inbox is new, or not as it was. */
	void (*changed)(void *owner, const char *folder);
	/* The one of this name lies in the trash. */
	void (*gone)(void *owner, const char *name);
	void *owner;
};

/* False: it is none of these. */
bool faxcmd_run(const struct faxcmd_rooms *rooms, struct local_session *s,
		const json_t *in);
