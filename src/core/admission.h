/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets in and who must go: greeting, login, places, silent connections,
 * and goodbyes. The inside of core/relay.h.
 */
#pragma once

#include "core/registry.h"

void admission_greet(struct turn *t, struct registry_conn *c,
		     const struct message_hello *m);
/* AUTH: has it checked. False: it lacks what a first AUTH must have. */
bool admission_check(struct turn *t, struct registry_conn *c,
		     const struct message *m);
/* The login is right; `sasl` is for WELCOME. */
void admission_prove(struct turn *t, struct registry_conn *c, const char *user,
		     struct span sasl);
/* The login as `user` is wrong. */
void admission_deny(struct turn *t, struct registry_conn *c, const char *user);

/* Lets those in that wait for a place, where one has come free. */
void admission_admit_waiting(struct turn *t, struct registry_account *a);
/* It has waited, and those before it are alive. */
void admission_no_place(struct turn *t, struct registry_conn *c);
/* Asks the account's connections, but for one (or NULL), whether they are
 * still there: those of a path that was lost answer nothing, and go. */
void admission_ask(struct turn *t, struct registry_account *a,
		   const struct registry_conn *but);
/* It did not answer our PING. */
void admission_silent(struct turn *t, struct registry_conn *c);

/* Takes the connection out of its call and of its account's lists: it is
 * going or gone. */
void admission_leave(struct turn *t, struct registry_conn *c, uint16_t reason);
/* The same, and closes it; with a BYE unless the reason is REASON_DONE or
 * REASON_LOGOUT (who said goodbye is answered nothing). */
void admission_go(struct turn *t, struct registry_conn *c, uint16_t reason,
		  uint32_t retry_ms);
void admission_send_away(struct turn *t, struct registry_conn *c,
			 uint16_t reason, uint32_t retry_ms,
			 const char *elsewhere);
