/* SPDX-License-Identifier: Apache-2.0 */
#include "store/engine.h"

#include <stdio.h>
#include <string.h>

#include "store/postgres.h"
#include "store/sqlite.h"

enum { GROUPS_TEXT_MAX = DATABASE_GROUPS_MAX * 33 + 1 };

void engine_submit(struct database *d, struct query *q,
		   struct database_asker asker)
{
	if (q && !q->broken) {
		q->database = d;
		if (d->postgres)
			postgres_submit(d->postgres, q);
		else
			sqlite_run(d->sqlite, q);
		return;
	}
	query_free(q);
	query_refuse(asker, ERR_MEMORY, "There is no memory left.");
}

static void join_groups(const struct database_account *a,
			char out[GROUPS_TEXT_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < a->groups_count; i++)
		used += (size_t)snprintf(out + used, GROUPS_TEXT_MAX - used,
					 i ? " %s" : "%s", a->groups[i]);
}

static void split_groups(struct database_account *a, const char *text)
{
	while (*text && a->groups_count < DATABASE_GROUPS_MAX) {
		size_t len = strcspn(text, " ");

		if (len < sizeof(a->groups[0])) {
			memcpy(a->groups[a->groups_count], text, len);
			a->groups[a->groups_count++][len] = '\0';
		}
		text += len + strspn(text + len, " ");
	}
}

void engine_read_account(const struct query_value *row,
			 struct database_account *a)
{
	char groups[GROUPS_TEXT_MAX];

	memset(a, 0, sizeof(*a));
	query_copy(&row[0], a->id, sizeof(a->id));
	a->kind = row[1].number == DATABASE_RELAY ? DATABASE_RELAY
						  : DATABASE_TERMINAL;
	query_copy(&row[2], groups, sizeof(groups));
	split_groups(a, groups);
	a->enabled = row[3].number != 0;
	a->connections_max = (uint16_t)row[4].number;
	a->places_max = (uint16_t)row[5].number;
	a->created_ms = row[6].number;
	a->last_login_ms = row[7].number;
	query_copy_bytes(&row[8], a->salt, sizeof(a->salt));
	a->iterations = (uint32_t)row[9].number;
	query_copy_bytes(&row[10], a->stored_key, sizeof(a->stored_key));
	query_copy_bytes(&row[11], a->server_key, sizeof(a->server_key));
	query_copy(&row[12], a->allowed, sizeof(a->allowed));
	query_copy(&row[13], a->numbers, sizeof(a->numbers));
}

void engine_account(struct query *q, enum schema_statement s,
		    const struct database_account *a)
{
	char groups[GROUPS_TEXT_MAX];

	join_groups(a, groups);
	query_step(q, s);
	query_text(q, a->id);
	query_number(q, a->kind);
	query_text(q, groups);
	query_number(q, a->enabled);
	query_number(q, a->connections_max);
	query_number(q, a->places_max);
	query_number(q, a->created_ms);
	query_number(q, a->last_login_ms);
	query_bytes(q, a->salt, sizeof(a->salt));
	query_number(q, a->iterations);
	query_bytes(q, a->stored_key, sizeof(a->stored_key));
	query_bytes(q, a->server_key, sizeof(a->server_key));
	query_text(q, a->allowed);
}

void engine_changed(struct query *q, const char *id)
{
	query_step(q, SCHEMA_CHANGED);
	query_text(q, id);
}
