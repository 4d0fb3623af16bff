/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the terminal shows of itself, as JSON: the same to the command, the
 * page and programs. It changes nothing.
 */
#pragma once

#include <jansson.h>

#include "core/roster.h"
#include "store/drafts.h"
#include "store/inbox.h"
#include "store/membership.h"
#include "terminal/config.h"
#include "terminal/exchange.h"
#include "terminal/outbox.h"

/* All borrowed; membership and exchange are NULL while it is not joined. */
struct view_office {
	const struct config *config;
	const struct membership *membership;
	struct exchange *exchange;
	struct inbox *inbox;
	struct outbox *outbox;
	const struct drafts *drafts;
};

/* The caller owns what they return; NULL: memory is out. */
json_t *view_job(const struct outbox_job *j);
json_t *view_fax(const struct inbox_entry *e);
/* The same with the paths of its files, for who is at this machine. */
json_t *view_fax_here(const struct inbox_entry *e);
json_t *view_terminal(const struct roster_entry *e);
json_t *view_status(const struct view_office *o);
