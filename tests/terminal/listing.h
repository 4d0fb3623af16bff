/* SPDX-License-Identifier: Apache-2.0 */
/* What a relay says of its terminals, for those who follow it. */
#pragma once

#include "terminal/follow.h"

/* The answer to the request that was asked last: "ben=1 cleo=0", each with its
 * enum presence_state. */
void listing_say(struct follow *f, const char *terminals, bool more);
/* A change. */
void listing_news(struct follow *f, const char *id, uint8_t state);

/* A follow_ask: counts, and numbers the requests. Its owner is ignored. */
enum err listing_asked(void *owner, uint32_t *request);
extern unsigned listing_requests;
extern bool listing_offline; /* it cannot be asked */
