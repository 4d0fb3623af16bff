/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the messages between relays carry besides plain fields and paths:
 * entries (what a relay says of one of its terminals). docs/protocol.md section
 * 12 shows the bytes. Pure; what was read borrows from the input.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "wire/message.h"

enum {
	/* Octets of the texts: what an account can have at most. */
	NEWS_GROUPS_MAX = 528,	 /* 16 names of 32 */
	NEWS_NUMBERS_MAX = 255,	 /* of 20 digits each */
	NEWS_ALLOWED_MAX = 1056, /* 32 IDs */
	NEWS_ENTRY_MAX = 2 + 1 + 8 + 1 + ADDRESS_ID_MAX + 2 + NEWS_GROUPS_MAX +
			 2 + NEWS_NUMBERS_MAX + 2 + NEWS_ALLOWED_MAX,
};

/* A state that no terminal has: the account is no more. */
enum { NEWS_GONE = 255 };

/* A terminal's entry. In the texts one blank stands between words. */
struct news_entry {
	struct span id;
	uint8_t state; /* enum presence_state, or NEWS_GONE */
	uint64_t gen;  /* of its login; the greater is the later one */
	struct span groups;
	struct span numbers;
	struct span allowed; /* IDs that may call it; empty: as groups say */
};

struct reader news_reader(struct span entries);
/* False at the end, or (r->ok false) when the entries are malformed. */
bool news_next(struct reader *r, struct news_entry *e);
/* Whether all of them can be read. */
bool news_sound(struct span entries);
/* Appends an entry, whole or not at all; then w->ok is false. */
void news_add(struct writer *w, const struct news_entry *e);
