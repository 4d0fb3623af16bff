/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to the database as a value: statements with their parameters,
 * run as one transaction, and where the answer goes. The same for both
 * engines; it knows neither.
 */
#pragma once

#include "base/list.h"
#include "store/database.h"
#include "store/schema.h"
#include "store/shared.h"

/* A parameter, or a column of a row. */
struct query_value {
	int64_t number;
	const char *bytes; /* text too, which need not end in NUL */
	size_t len;
	bool null;
};

struct query_step {
	enum schema_statement statement;
	size_t first;	 /* of its values */
	uint64_t number; /* the answer's, when this step fails */
};

enum query_rule {
	QUERY_ANY,
	QUERY_ONE, /* its first step must change, or find, a row */
};

enum { QUERY_RESULTS_MAX = 2 };

struct query {
	struct list link;
	struct query_step *steps; /* owned */
	size_t steps_count, steps_room;
	struct query_cell {
		int64_t number;
		size_t at, len; /* of the bytes */
		bool null;
	} * cells; /* owned */
	size_t cells_count, cells_room;
	char *bytes; /* owned; a NUL after each */
	size_t used, room;
	bool broken; /* memory was out */
	enum query_rule rule;
	struct database_asker asker;
	/* How a row becomes part of the answer; false: it is not told. */
	bool (*read)(struct query *q, const struct query_value *row);
	struct database_answer answer;
	union {
		struct database_account account;
		struct database_call call;
		struct database_counts counts;
		struct shared_place place;
		struct shared_relay relay;
		char id[33];
		uint8_t secret[32];
	} found;
	struct database *database; /* borrowed; what `read` may need */
	/* The engine's. */
	int64_t patience_ms;
	int64_t deadline_ms; /* 0: not known yet */
	unsigned tries;	     /* begun so often */
	size_t answered;     /* steps */
	struct {
		void *rows; /* owned */
		const char *gives;
	} results[QUERY_RESULTS_MAX]; /* of the steps that have rows */
	char sentence[200];
};

/* NULL: out of memory; all that follow take it. */
struct query *query_new(struct database_asker asker, enum query_rule rule);
/* One whose first step is `s`, and whose rows `read` reads. */
struct query *query_rows(struct database_asker asker, enum query_rule rule,
			 enum schema_statement s,
			 bool (*read)(struct query *q,
				      const struct query_value *row));
void query_free(struct query *q);

void query_step(struct query *q, enum schema_statement statement);
void query_text(struct query *q, const char *text);
void query_number(struct query *q, int64_t number);
void query_bytes(struct query *q, const void *bytes, size_t len);

struct query_value query_value(const struct query *q, size_t index);

/* One row has come. */
void query_row(struct query *q, const struct query_value *row);
/* How many rows a step has changed or found: of the first that is of
 * interest. */
void query_count(struct query *q, size_t step, size_t rows);
/* Tells the asker, and frees it. */
void query_end(struct query *q, enum err e, const char *why);
/* The same for a request that no memory was found for. */
void query_refuse(struct database_asker asker, enum err e, const char *why);

/* Of columns. */
void query_copy(const struct query_value *v, char *out, size_t size);
void query_copy_bytes(const struct query_value *v, void *out, size_t size);
