/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages made of a few bytes each, so that what libFuzzer mutates is their
 * order and meaning and not their form (fuzz/wire_message.c has that).
 */
#pragma once

#include "base/reader.h"
#include "wire/message.h"

/* Users that messages name; all but the last exist in the targets. */
enum { CRAFT_USERS = 4 };
extern const char *const craft_users[CRAFT_USERS];

/* One of them. */
const char *craft_user(struct reader *r);

/* A message that `side` may send. Numbers of calls and requests are small, or
 * the last that crafted_number() was told. False: the bytes are at their end.
 * It borrows from static storage. */
bool craft_message(struct reader *r, enum message_side side, struct message *m);
/* The same, of those only that one side says in and about calls. */
bool craft_talk(struct reader *r, enum message_side side, struct message *m);
void craft_number(uint64_t call);

/* --- between relays; `near` is the neighbour that says it --- */

const char *craft_relay(struct reader *r);
/* Of a call: some lead to other relays, some nowhere. */
const char *craft_address(struct reader *r);
/* Adds to a CONNECT or INCOMING what relays say. */
void craft_far(struct reader *r, const char *near, struct message *m);
/* A link's message. */
bool craft_news(struct reader *r, const char *near, struct message *m);
