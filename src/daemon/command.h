/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running terminal's side of its control socket (HOME/control): what the
 * `faxwire` command asks. One JSON object a line; the last line of an answer
 * has "end", or "error" and "code" (sysexits.h).
 */
#pragma once

#include <jansson.h>

#include "base/err.h"
#include "io/local.h"
#include "io/loop.h"
#include "daemon/staff.h"
#include "office/deliver.h"
#include "store/audit.h"
#include "store/inbox.h"
#include "terminal/exchange.h"
#include "terminal/outbox.h"

struct command;

struct command_parts {
	struct loop *loop; /* all borrowed */
	struct config *config;
	struct follow *follow;
	/* NULL while this terminal is not joined. */
	struct exchange *(*exchange)(void *owner);
	const struct membership *(*membership)(void *owner);
	bool (*joined)(void *owner);
	/* A fax has changed, or gone: see daemon/faxcmd. */
	void (*fax_changed)(void *owner, const char *folder);
	void (*fax_gone)(void *owner, const char *name);
	/* What is set is in force now. */
	void (*reconfigured)(void *owner);
	/* The membership has changed: use the new one. */
	void (*rejoin)(void *owner);
	void *owner;
};

/* ERR_EXISTS: a terminal runs with this home. */
MUST_CHECK enum err command_open(struct command **out,
				 const struct command_parts *parts,
				 struct why *why);
/* The parts that are opened after the socket; before, no request is read. */
struct command_rooms { /* all borrowed */
	struct inbox *inbox;
	struct outbox *outbox;
	struct deliver *deliver;
	struct audit *audit;
	struct staff *staff;
};
void command_ready(struct command *c, const struct command_rooms *rooms);
void command_close(struct command *c);

/* A job has changed: who waits for it is told. */
void command_job_changed(struct command *c, const struct outbox_job *j);
/* A LISTING has come that the follower did not ask for: who did is told. */
void command_listing(struct command *c, const struct message_listing *m);
