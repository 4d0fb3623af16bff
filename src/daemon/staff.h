/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the control socket lets one do about people: users, tokens, the audit
 * log, contacts, and a link that signs in at the page. Whoever the socket lets
 * in is the account that the terminal runs under: ROLE_LOCAL in the log, and
 * nobody's password is asked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "base/err.h"
#include "core/access.h"
#include "io/local.h"
#include "io/loop.h"
#include "io/work.h"
#include "store/audit.h"
#include "store/contacts.h"
#include "store/people.h"

struct staff;

/* All borrowed; they live longer. */
struct staff_parts {
	struct loop *loop;
	struct people *people;
	struct access *access;
	struct audit *audit;
	struct contacts *contacts;
	struct work *work;
	/* "http://127.0.0.1:4381"; NULL: the page is not to be had. */
	const char *(*page)(void *owner);
	/* Somebody may be looking at them. */
	void (*contacts_changed)(void *owner);
	void *owner;
};

/* NULL: out of memory. */
struct staff *staff_new(const struct staff_parts *parts);
/* After the sessions and the work. NULL is fine. */
void staff_free(struct staff *s);

/* Whether a command is for here. */
bool staff_knows(const char *command);
/* Answers a request, now or later, and ends the session. Takes the
 * descriptors. */
void staff_ask(struct staff *s, struct local_session *session, const json_t *in,
	       const int *fds, size_t n);
/* The session is gone, whoever ended it. */
void staff_gone(struct staff *s, struct local_session *session);
