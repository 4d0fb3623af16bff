/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may make a request: by the cookie of a session, or by a token; and that
 * a request which changes something comes from a page of ours.
 */
#pragma once

#include <stdbool.h>

#include "web/visit.h"

#define GATE_COOKIE "faxwire"

/* Finds out who asks (visit's user, roles, page). False: refused. */
bool gate_pass(struct visit *v);

/* The digest of the session's token in the cookie; false: there is none. */
bool gate_cookie(const struct visit *v, uint8_t digest[ACCESS_DIGEST_SIZE]);
/* The digest by which it was let in: of the session's token, or of the
 * program's. */
void gate_digest(const struct visit *v, uint8_t digest[ACCESS_DIGEST_SIZE]);
/* Opens a session for this user and gives its cookie to the answer. False:
 * refused. */
bool gate_open(struct visit *v, const char *user, unsigned roles);
