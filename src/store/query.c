/* SPDX-License-Identifier: Apache-2.0 */
#include "store/query.h"

#include <stdlib.h>
#include <string.h>

struct query *query_new(struct database_asker asker, enum query_rule rule)
{
	struct query *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	list_init(&q->link);
	q->asker = asker;
	q->rule = rule;
	q->patience_ms = DATABASE_PATIENCE_MS;
	q->answer.tag = asker.tag;
	q->answer.why = "";
	return q;
}

void query_free(struct query *q)
{
	if (!q)
		return;
	list_remove(&q->link);
	free(q->steps);
	free(q->cells);
	free(q->bytes);
	free(q);
}

/* Room for `more` of what is `size` large. */
static bool grow(struct query *q, void *array, size_t *room, size_t needed,
		 size_t size)
{
	void **at = array;
	size_t wanted = *room ? *room : 16;
	void *bigger;

	while (wanted < needed)
		wanted *= 2;
	if (wanted == *room)
		return true;
	bigger = reallocarray(*at, wanted, size);
	if (!bigger) {
		q->broken = true;
		return false;
	}
	*at = bigger;
	*room = wanted;
	return true;
}

void query_step(struct query *q, enum schema_statement statement)
{
	if (!q || q->broken ||
	    !grow(q, &q->steps, &q->steps_room, q->steps_count + 1,
		  sizeof(*q->steps)))
		return;
	q->steps[q->steps_count++] =
		(struct query_step){ .statement = statement,
				     .first = q->cells_count };
}

struct query *query_rows(struct database_asker asker, enum query_rule rule,
			 enum schema_statement s,
			 bool (*read)(struct query *q,
				      const struct query_value *row))
{
	struct query *q = query_new(asker, rule);

	if (q)
		q->read = read;
	query_step(q, s);
	return q;
}

static void add(struct query *q, int64_t number, const void *bytes, size_t len)
{
	if (!q || q->broken ||
	    !grow(q, &q->cells, &q->cells_room, q->cells_count + 1,
		  sizeof(*q->cells)) ||
	    !grow(q, &q->bytes, &q->room, q->used + len + 1, 1))
		return;
	q->cells[q->cells_count++] = (struct query_cell){ .number = number,
							  .at = q->used,
							  .len = len };
	if (len > 0)
		memcpy(q->bytes + q->used, bytes, len);
	q->used += len;
	q->bytes[q->used++] = '\0';
}

void query_text(struct query *q, const char *text)
{
	add(q, 0, text, strlen(text));
}

void query_number(struct query *q, int64_t number)
{
	add(q, number, NULL, 0);
}

void query_bytes(struct query *q, const void *bytes, size_t len)
{
	add(q, 0, bytes, len);
}

struct query_value query_value(const struct query *q, size_t index)
{
	const struct query_cell *c = &q->cells[index];

	return (struct query_value){ .number = c->number,
				     .bytes = q->bytes + c->at,
				     .len = c->len };
}

void query_row(struct query *q, const struct query_value *row)
{
	if (q->read(q, row) && q->asker.row)
		q->asker.row(q->asker.owner, &q->answer);
}

void query_count(struct query *q, size_t step, size_t rows)
{
	if (step == 0)
		q->answer.count = rows;
}

void query_end(struct query *q, enum err e, const char *why)
{
	if (e == OK && q->rule == QUERY_ONE && q->answer.count == 0)
		e = ERR_MISSING;
	q->answer.id = q->cells_count > 0 ? q->bytes + q->cells[0].at : NULL;
	q->answer.err = e;
	q->answer.why = e == OK ? "" : why;
	if (q->asker.done)
		q->asker.done(q->asker.owner, &q->answer);
	query_free(q);
}

void query_refuse(struct database_asker asker, enum err e, const char *why)
{
	const struct database_answer a = { .err = e,
					   .why = why,
					   .tag = asker.tag };

	if (asker.done)
		asker.done(asker.owner, &a);
}

void query_copy(const struct query_value *v, char *out, size_t size)
{
	size_t len = v->null ? 0 : v->len;

	if (len >= size)
		len = size - 1;
	if (len > 0)
		memcpy(out, v->bytes, len);
	out[len] = '\0';
}

void query_copy_bytes(const struct query_value *v, void *out, size_t size)
{
	memset(out, 0, size);
	if (!v->null && v->len == size)
		memcpy(out, v->bytes, size);
}
