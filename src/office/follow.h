/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `faxwire list --follow`: sessions of the control socket that are shown the
 * terminals and each change of them. However many there are, the relay is
 * asked once; it is asked anew when the connection that carried the news is
 * gone. core/roster knows what is new.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/local.h"
#include "io/loop.h"
#include "wire/message.h"

/* Others of the socket's sessions must find room beside them. */
enum { FOLLOW_MAX = 16 };

struct follow;

/* Asks the relay for the list and all changes; ERR_CLOSED: not logged in. */
typedef enum err follow_ask(void *owner, uint32_t *request);

/* NULL: out of memory. Borrows all. */
struct follow *follow_new(struct loop *loop, follow_ask *question, void *owner);
/* The sessions are left as they are. */
void follow_free(struct follow *f);

/* False: there are FOLLOW_MAX already. */
bool follow_add(struct follow *f, struct local_session *s);
/* The session is gone. */
void follow_remove(struct follow *f, const struct local_session *s);

/* What the relay says. follow_listing is false when others asked for it. */
bool follow_listing(struct follow *f, const struct message_listing *l);
void follow_presence(struct follow *f, const struct message_presence *p);
/* The connection that was asked is gone; another may stand. */
void follow_lost(struct follow *f);
/* The terminal is logged in, or is not. */
void follow_online(struct follow *f, bool online);
