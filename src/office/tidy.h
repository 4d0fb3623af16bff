/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old things go by rules, once an hour: faxes that were read, and that wait for
 * no delivery, into the trash; what lies there for ever; and documents that
 * nobody has sent. (Jobs and their pages: terminal/outbox; the audit log:
 * store/audit.)
 */
#pragma once

#include <stdbool.h>

#include "io/loop.h"
#include "store/audit.h"
#include "store/drafts.h"
#include "store/inbox.h"
#include "terminal/config.h"

struct tidy {
	struct loop *loop; /* all borrowed */
	const struct config *config;
	struct inbox *inbox;
	struct drafts *drafts;
	struct audit *audit;
	struct timer timer;
};

/* Its parts are filled in; it begins at once. */
void tidy_start(struct tidy *t);
void tidy_stop(struct tidy *t);

/* What the timer does, some faxes at once. True: there may be more. */
bool tidy_up(struct tidy *t, uint64_t now_ms);
