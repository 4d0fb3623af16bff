/* SPDX-License-Identifier: Apache-2.0 */
/* What database.c and shared.c make requests of. */
#pragma once

#include "store/query.h"

struct sqlite;
struct postgres;

enum {
	ENGINE_ACCOUNT_COLUMNS = 14,
	ENGINE_TOLD_MAX = 256, /* changes in the overlap of two looks */
};

struct database {
	struct sqlite *sqlite;	   /* owned; one of the two */
	struct postgres *postgres; /* owned */
	/* database_changes: up to when they are known, and those that were
	 * told lately. */
	int64_t changes_at; /* 0: never asked */
	int64_t told[ENGINE_TOLD_MAX];
	size_t told_next;
};

/* Takes the request, which may be NULL or broken, and has it answered. */
void engine_submit(struct database *d, struct query *q,
		   struct database_asker asker);

/* A step that writes an account; the first columns of a row that has one. */
void engine_account(struct query *q, enum schema_statement s,
		    const struct database_account *a);
void engine_read_account(const struct query_value *row,
			 struct database_account *a);

/* A step that tells other relays that an account is not as it was. */
void engine_changed(struct query *q, const char *id);
