/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several relays in memory, core alone, and what they say to terminals: what
 * tests of calls between relays stand on. Wires carry everything at once and in
 * order, unless they are held. There is one net a program.
 */
#pragma once

#include "core/relay.h"
#include "core/roster.h"

enum { NET_RELAYS_MAX = 6 };

/* What was said to terminals since net_quiet() began last, as words:
 * "INCOMING:ben FAILED:ana/busy join:0:1-2 ". */
extern char net_did[8192];
extern int64_t net_now;

void net_begin(void);
void net_end(void);

/* A relay called r0, r1 ...; its index. */
unsigned net_relay(void);
struct relay *net_of(unsigned relay);
/* `from` dials `to` and keeps so many trunks. */
void net_peer(unsigned from, unsigned to, uint32_t trunks);
/* Connections that it lets say as much as they like. */
unsigned net_trusted(unsigned relay);
/* An account; numbers may be NULL. */
void net_account(unsigned relay, const char *id, const char *groups,
		 const char *numbers);
void net_disable(unsigned relay, const char *id);
/* A connection of it that logs in; its handle. */
unsigned net_terminal(unsigned relay, const char *id);

void net_connect(unsigned terminal, const char *to);
/* The offer that came last on it. */
void net_accept(unsigned terminal);
void net_refuse(unsigned terminal, uint16_t reason);
void net_hang_up(unsigned terminal, uint16_t reason);
void net_release(unsigned terminal);
void net_pong(unsigned terminal);
void net_lose(unsigned terminal);
void net_list(unsigned terminal, bool follow);
/* What it knows of the others, by the lists and changes that it was told. */
struct roster *net_roster(unsigned terminal);
/* An offer's caller and the number that was dialled, "ana@r0 +81"; "-". */
const char *net_offer(unsigned terminal);
/* What WELCOME named. */
const char *net_others(unsigned terminal);

/* The relays share a database: presence is asked there. They tell each other
 * of it, too, if `distributes`. */
void net_share(bool distributes);
/* It is away, and says so; or it says nothing until it is back. */
void net_database(bool there);
void net_database_silent(void);
/* It goes away after the first piece of each list. */
void net_database_breaks(void);
/* One that was silent answers the terminal's list with this piece. */
void net_listed(unsigned terminal, const struct relay_place *places, size_t n,
		bool more);

/* All connections between two relays break; they may not come back before
 * net_mend(). */
void net_cut(unsigned a, unsigned b);
void net_mend(unsigned a, unsigned b);
/* What relays say to each other waits, from now on, and goes on. */
void net_hold(void);
void net_go_on(void);
/* One of the messages that wait comes, a later one of a connection never before
 * an earlier one: which, says `dice`. False: none waits. */
bool net_step(unsigned dice);
void net_pass(int64_t ms);

#define net_expect(words) assert_string_equal(net_did, words)
