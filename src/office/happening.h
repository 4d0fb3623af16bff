/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules are told of a fax that came, or of a job that failed, in the words
 * of people: dates in local time, one printable line each.
 */
#pragma once

#include "core/rules.h"
#include "store/inbox.h"
#include "store/spool.h"

/* It may not be moved: `event` points into it. */
struct happening {
	struct rules_event event;
	uint64_t at_ms; /* since the epoch */
	bool complete;
	char who[256]; /* from, to: a user ID or a number */
	char relay[256];
	char number[65];
	char title[121];
	char job[2 * SPOOL_ID_SIZE + 1];
	char date[16];
	char time[16];
	char result[201];
};

void happening_of_fax(struct happening *h, const struct inbox_fax *f);
void happening_of_job(struct happening *h, const struct spool_job *j);
