/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept about who uses the terminal, opened and closed together:
 * users and tokens, who is signed in, the audit log, contacts, and the threads
 * in which passwords are hashed. It decides nothing.
 */
#pragma once

#include "base/err.h"
#include "core/access.h"
#include "io/loop.h"
#include "io/work.h"
#include "store/audit.h"
#include "store/contacts.h"
#include "store/people.h"
#include "terminal/config.h"

struct books {
	struct people *people; /* all owned */
	struct access *access;
	struct audit *audit;
	struct contacts *contacts;
	struct work *work;
	struct loop *loop; /* borrowed */
	struct timer expire;
};

/* All zeros before. What was opened must be closed though it failed. */
MUST_CHECK enum err books_open(struct books *b, struct loop *loop,
			       const struct config *config, struct why *why);
/* Those who wait for a hash hear of it first: they must still be there. */
void books_close(struct books *b);
