/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has become of a fax, or of a job that failed, by the rules of the
 * house: deliveries.json in its folder, which goes when the folder goes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { DELIVERIES_MAX = 64 };

/* Times in ms since the epoch. */
struct deliveries_entry {
	char rule[65]; /* its name */
	char state[12];
	char sentence[201];
	uint32_t attempts;
	uint64_t next_try_ms;
	uint64_t give_up_ms;
};

struct deliveries {
	struct deliveries_entry *all; /* owned */
	size_t count;
};

/* ERR_MISSING: nothing was decided yet. ERR_BAD: it is damaged. */
MUST_CHECK enum err deliveries_read(const char *folder, struct deliveries *d,
				    struct why *why);
MUST_CHECK enum err deliveries_write(const char *folder,
				     const struct deliveries *d,
				     struct why *why);
void deliveries_fini(struct deliveries *d);

/* What deliveries_read does with a file's bytes. */
MUST_CHECK enum err deliveries_decode(const char *bytes, size_t len,
				      struct deliveries *d);
