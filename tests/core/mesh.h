/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Relays' directories in memory, with links between them that deliver in
 * order, one message at a time, when the test says so; and the truth that
 * each of them must come to know.
 */
#pragma once

#include "core/directory.h"

enum { MESH_RELAYS = 64, MESH_LINKS = 256, MESH_IDS = 24, MESH_CROWD = 2000 };

void mesh_begin(uint64_t seed);
void mesh_end(void);
/* 0 to sides - 1, from the seed. */
unsigned mesh_dice(unsigned sides);

/* Relays are numbers from 0, in the order in which they are made; their names
 * are r00, r01 ... */
unsigned mesh_relay(const struct directory_limits *limits);
struct directory *mesh_directory(unsigned relay);
const char *mesh_name(unsigned relay);
/* Its links break, what it knew is gone, its epoch is `epoch`; 0: a later
 * one. Its own terminals are told anew. */
void mesh_restart(unsigned relay, uint64_t epoch);

/* So many relays in a row; link i is between i and i + 1. */
void mesh_row(unsigned count);
/* The link's number; its ends have the connections 2n + 1 (a), 2n + 2 (b). */
unsigned mesh_link(unsigned a, unsigned b);
void mesh_cut(unsigned link);
bool mesh_linked(unsigned link);
uint64_t mesh_conn(unsigned link, unsigned relay);

/* What is true of the terminal `t<id>` at a relay, and leaves at once. */
void mesh_tell(unsigned relay, unsigned id, uint8_t state, uint64_t gen);
void mesh_forget(unsigned relay, unsigned id);
/* The same, but it leaves with mesh_flush(). */
void mesh_tell_later(unsigned relay, unsigned id, uint8_t state, uint64_t gen);
void mesh_forget_later(unsigned relay, unsigned id);
void mesh_flush(unsigned relay);
/* Logs in there: with the next generation that this relay gives it. */
void mesh_login(unsigned relay, unsigned id);

/* Tells at once of many terminals, `c00000` and so on, besides those above,
 * with texts that fill a message soon. NEWS_GONE: forgets them. */
void mesh_crowd(unsigned relay, unsigned first, unsigned count, uint8_t state);
/* Whether the relay knows just these of the other's crowd, in that state. */
bool mesh_knows_crowd(unsigned at, unsigned relay, unsigned first,
		      unsigned count, uint8_t state);

/* Delivers the oldest message of one direction; false: there is none. */
bool mesh_deliver(unsigned link, unsigned from);
/* One of any direction, as the dice fall; false: all is quiet. */
bool mesh_step(void);
/* Until all is quiet. */
void mesh_quiet(void);
void mesh_tick(unsigned relay);
/* Until all is quiet, and what is lost is forgotten. */
void mesh_settle(void);
/* The first message under way; false: none. */
bool mesh_peek(unsigned link, unsigned from, struct message *m);
/* Throws the oldest away. */
void mesh_lose(unsigned link, unsigned from);
/* Says something on behalf of relay `from`, behind what is under way. */
void mesh_say(unsigned link, unsigned from, const struct message *m);

/* Messages delivered of a type since mesh_count_anew(). */
unsigned mesh_count(enum message_type type);
void mesh_count_anew(void);
/* Links that were closed for a violation, since mesh_begin(). */
unsigned mesh_violations(void);
/* Changes that the relay's feed has shown since the last time. */
unsigned mesh_changes(unsigned relay);

/* Relays from one to the other, over the links that stand; 0: there is no
 * way of at most 8. */
unsigned mesh_distance(unsigned from, unsigned to);
/* Everybody knows the truth, and the ways lead where they should: NULL; or
 * what is wrong. */
const char *mesh_fault(void);
/* That, after mesh_settle(). */
void mesh_must_know(void);
