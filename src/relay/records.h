/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Call records and login times on their way to the database: gathered for a
 * moment, so that a storm of them is one transaction. While the database is
 * away calls are kept, some thousands of them.
 */
#pragma once

#include "core/effect.h"
#include "io/loop.h"
#include "store/database.h"

struct records;

/* Both borrowed. NULL: memory. */
struct records *records_new(struct loop *loop, struct database *database);
/* Not while the database may still answer. */
void records_free(struct records *r);
/* Writes what is left, and waits for that: for the end. */
void records_finish(struct records *r);

/* Times in `e` are the loop's; they are kept as times since the epoch. */
void records_call(struct records *r, const struct effect_record *e);
void records_login(struct records *r, const char *user);

/* From now on calls that ended more than so many days ago are removed, bit by
 * bit. */
void records_keep(struct records *r, int64_t days);

/* Soon; at once where the database is embedded. */
void records_flush(struct records *r);
