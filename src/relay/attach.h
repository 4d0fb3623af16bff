/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database in the loop: its socket is watched and its deadlines are kept,
 * so that it never waits. Requests made in one turn leave together at its end.
 */
#pragma once

#include "io/loop.h"
#include "store/database.h"

struct attach;

/* Both borrowed. `back` is called when the database is reached, each time
 * anew. NULL: memory. */
struct attach *attach_new(struct loop *loop, struct database *database,
			  void (*back)(void *owner), void *owner);
void attach_free(struct attach *a);
