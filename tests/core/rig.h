/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One relay in memory and what it said last, in words: what the tests of
 * core/relay.h and its insides stand on. There is one rig a program.
 */
#pragma once

#include "core/relay.h"

/* What the last step did: each effect one word and a blank, as in
 * "FAILED:1/busy INCOMING:2 join:1-2 close:3 record/done ". */
extern char rig_did[16384];
/* The number of the call that was offered last. */
extern uint64_t rig_call;
extern int64_t rig_now;
extern struct relay *rig_relay;
/* What relay_arrived said last. */
extern enum err rig_arrival;

/* A relay with these limits, or the default ones. */
void rig_begin(const struct relay_limits *limits);
void rig_end(void);

/* An account in `group` ("": in none), for so many places. */
void rig_account(const char *id, const char *group, uint16_t places,
		 uint16_t connections_max);
/* Who may call it, with blanks between; "": as the groups say. */
void rig_allow(const char *id, const char *callers);
void rig_new_password(const char *id);
void rig_disable(const char *id);
void rig_remove(const char *id);

/* The steps of a connection, each with what rig_did then says. */
void rig_arrive(uint64_t conn, uint8_t address);
/* Up to its being ready for AUTH; asks for the features. */
void rig_greet(uint64_t conn);
/* The first AUTH, and the login's verdict on it. */
void rig_prove(uint64_t conn, const char *id, char place,
	       enum relay_login result);
/* All of these: logged in, from place 'a', if the relay lets it. */
void rig_up(uint64_t conn, const char *id);
void rig_up_from(uint64_t conn, const char *id, char place);
void rig_lose(uint64_t conn);
void rig_stall(uint64_t conn);

void rig_hear(uint64_t conn, struct message m);
void rig_connect(uint64_t conn, uint32_t request, const char *to);
void rig_accept(uint64_t conn, uint64_t call);
void rig_refuse(uint64_t conn, uint64_t call, uint16_t reason);
void rig_hang_up(uint64_t conn, uint16_t reason);
void rig_release(uint64_t conn, uint64_t call);
void rig_say(uint64_t conn, enum message_type type); /* one without fields */
void rig_list(uint64_t conn, bool follow);
void rig_pass(int64_t ms); /* and ticks */
void rig_drain(uint32_t spread_ms);

/* A call from connection 1 (ana) to 2 (ben), both fresh: ringing, standing. */
void rig_ringing(void);
void rig_talking(void);

/* Terminals in the LISTINGs of the last step, and whether each was in order
 * and legal. */
extern unsigned rig_listed, rig_listings;

#define rig_expect(words) assert_string_equal(rig_did, words)
