/* SPDX-License-Identifier: Apache-2.0 */
#include "store/postgres.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "store/dialling.h"
#include "store/pipeline.h"

enum {
	CONNECT_MS = 5000,
	RETRY_MIN_MS = 100,
	RETRY_MAX_MS = 2000, /* less than any request waits */
	/* Some batches; the rest waits here and not in a socket. */
	SENT_MAX = 256,
};

enum state {
	STATE_AWAY,	  /* to be dialled when `at_ms` has come */
	STATE_CONNECTING, /* PQconnectPoll; until `at_ms` */
	STATE_GREETING,	  /* its version was asked for; too */
	STATE_PREPARING,  /* too */
	STATE_UP,
};

struct postgres {
	struct dialling dialling;
	PGconn *conn; /* owned; NULL: away */
	enum state state;
	int64_t at_ms;
	int64_t pause_ms; /* before the next dial */
	int version;	  /* of the schema, as it said; 0: none */
	bool polls_write; /* what PQconnectPoll waits for */
	bool unsent;	  /* not all that was said has left */
	unsigned serial;
	unsigned epoch;
	struct list waiting; /* queries, in order */
	struct list sent;
	size_t waiting_count, sent_count;
	enum err trouble_err;
	struct why trouble;
	void (*wake)(void *owner);
	void *wake_owner;
};

static struct query *first(struct list *l)
{
	return list_entry(l->next, struct query, link);
}

enum err postgres_open(struct postgres **out, const char *url, struct why *why)
{
	struct postgres *p = calloc(1, sizeof(*p));
	enum err e;

	if (!p)
		return ERR_MEMORY;
	e = dialling_init(&p->dialling, url, why);
	if (e != OK) {
		free(p);
		return e;
	}
	list_init(&p->waiting);
	list_init(&p->sent);
	p->trouble_err = ERR_TIMEOUT;
	*out = p;
	return OK;
}

void postgres_close(struct postgres *p)
{
	if (!p)
		return;
	while (!list_empty(&p->sent)) {
		pipeline_reset(first(&p->sent));
		query_free(first(&p->sent));
	}
	while (!list_empty(&p->waiting))
		query_free(first(&p->waiting));
	PQfinish(p->conn);
	dialling_fini(&p->dialling);
	free(p);
}

void postgres_on_wake(struct postgres *p, void (*wake)(void *owner),
		      void *owner)
{
	p->wake = wake;
	p->wake_owner = owner;
}

unsigned postgres_epoch(const struct postgres *p)
{
	return p->epoch;
}

const char *postgres_trouble(const struct postgres *p)
{
	return p->trouble.text;
}

void postgres_submit(struct postgres *p, struct query *q)
{
	if (p->waiting_count >= DATABASE_WAITING_MAX) {
		query_end(q, ERR_LIMIT, "Too many requests wait.");
		return;
	}
	list_append(&p->waiting, &q->link);
	p->waiting_count++;
	if (p->wake)
		p->wake(p->wake_owner);
}

void postgres_wants(const struct postgres *p, struct database_wants *out)
{
	struct list *const lists[] = { (struct list *)(uintptr_t)&p->waiting,
				       (struct list *)(uintptr_t)&p->sent };

	out->fd = p->conn ? PQsocket(p->conn) : -1;
	out->serial = p->serial;
	out->write = p->state == STATE_CONNECTING ? p->polls_write : p->unsent;
	out->read = p->state != STATE_CONNECTING || !p->polls_write;
	out->at_ms = p->state == STATE_UP ? INT64_MAX : p->at_ms;
	for (int i = 0; i < 2; i++)
		if (!list_empty(lists[i]) &&
		    first(lists[i])->deadline_ms < out->at_ms)
			out->at_ms = first(lists[i])->deadline_ms;
}

/* --- losing it --- */

static void trouble(struct postgres *p, enum err e, const char *what)
{
	char text[200];

	dialling_message(what, text, sizeof(text));
	p->trouble_err = e;
	why_set(&p->trouble, "The database cannot be reached: %s.",
		*text ? text : "the connection broke");
}

/* One that was under way when the connection broke. */
static void settle(struct postgres *p, struct query *q, struct list *again,
		   int64_t now)
{
	pipeline_reset(q);
	list_remove(&q->link);
	if (q->deadline_ms <= now) {
		query_end(q, ERR_TIMEOUT, p->trouble.text);
	} else if (q->tries < 2 && pipeline_may_repeat(q)) {
		list_append(again, &q->link);
		p->waiting_count++;
	} else {
		query_end(q, ERR_CLOSED,
			  "The connection to the database broke, and what was "
			  "asked for may have been done.");
	}
}

/* In their order, before those that wait. */
static void prepend(struct list *to, struct list *from)
{
	while (!list_empty(from)) {
		struct list *last = from->prev;

		list_remove(last);
		list_append(to->next, last);
	}
}

static void lost(struct postgres *p, const char *what, int64_t now)
{
	struct list again, were;

	trouble(p, ERR_TIMEOUT, what);
	PQfinish(p->conn);
	p->conn = NULL;
	p->serial++;
	p->unsent = false;
	p->state = STATE_AWAY;
	p->at_ms = now + p->pause_ms;
	p->pause_ms = 2 * p->pause_ms;
	if (p->pause_ms < RETRY_MIN_MS)
		p->pause_ms = RETRY_MIN_MS;
	if (p->pause_ms > RETRY_MAX_MS)
		p->pause_ms = RETRY_MAX_MS;
	/* Whoever is told may ask again. */
	list_init(&again);
	list_init(&were);
	prepend(&were, &p->sent);
	p->sent_count = 0;
	while (!list_empty(&were))
		settle(p, first(&were), &again, now);
	prepend(&p->waiting, &again);
}

/* What comes of no further try: a schema that is not ours. All that wait hear
 * of it; it is looked at again after a while. */
static void refuse(struct postgres *p, enum err e, const char *what,
		   int64_t now)
{
	struct list told;

	p->pause_ms = RETRY_MAX_MS;
	lost(p, "", now);
	p->trouble_err = e;
	why_set(&p->trouble, "%s", what);
	list_init(&told);
	prepend(&told, &p->waiting);
	p->waiting_count = 0;
	while (!list_empty(&told)) {
		struct query *q = first(&told);

		list_remove(&q->link);
		query_end(q, e, p->trouble.text);
	}
}

/* --- getting it --- */

static void dial(struct postgres *p, int64_t now)
{
	p->at_ms = now + CONNECT_MS;
	p->conn = dialling_start(&p->dialling);
	p->serial++;
	p->polls_write = true;
	p->state = STATE_CONNECTING;
	if (!p->conn || PQstatus(p->conn) == CONNECTION_BAD)
		lost(p, p->conn ? PQerrorMessage(p->conn) : "no memory", now);
	else
		PQsetNoticeProcessor(p->conn, dialling_no_notice, NULL);
}

static void greet(struct postgres *p, int64_t now)
{
	p->version = 0;
	p->state = STATE_GREETING;
	if (PQsetnonblocking(p->conn, 1) != 0 ||
	    PQenterPipelineMode(p->conn) != 1 ||
	    PQsendQueryParams(p->conn, "SELECT version FROM schema_version", 0,
			      NULL, NULL, NULL, NULL, 0) != 1 ||
	    PQpipelineSync(p->conn) != 1)
		lost(p, PQerrorMessage(p->conn), now);
}

static void go_on_connecting(struct postgres *p, int64_t now)
{
	PostgresPollingStatusType s = PQconnectPoll(p->conn);

	p->serial++; /* it may have taken another socket */
	p->polls_write = s == PGRES_POLLING_WRITING;
	if (s == PGRES_POLLING_FAILED)
		lost(p, PQerrorMessage(p->conn), now);
	else if (s == PGRES_POLLING_OK)
		greet(p, now);
}

static void judge(struct postgres *p, int64_t now)
{
	char text[200];

	if (p->version == SCHEMA_VERSION) {
		p->state = STATE_PREPARING;
		if (!pipeline_prepare(p->conn))
			lost(p, PQerrorMessage(p->conn), now);
		return;
	}
	snprintf(text, sizeof(text),
		 p->version == 0 ? "The database is not set up: say "
				   "faxwire-relay database init."
		 : p->version < SCHEMA_VERSION
			 ? "The database is of version %d, and this program "
			   "needs %d: say faxwire-relay database migrate."
			 : "The database is of version %d, and this program "
			   "knows only %d: install a newer one.",
		 p->version, SCHEMA_VERSION);
	refuse(p, ERR_UNSUPPORTED, text, now);
}

static void come_up(struct postgres *p)
{
	dialling_succeeded(&p->dialling, p->conn);
	p->state = STATE_UP;
	p->epoch++;
	p->pause_ms = 0;
	p->trouble_err = ERR_TIMEOUT;
	p->trouble.text[0] = '\0';
	if (p->wake)
		p->wake(p->wake_owner);
}

/* A result before it is up. */
static void take_greeting(struct postgres *p, PGresult *r, int64_t now)
{
	ExecStatusType status = PQresultStatus(r);
	const char *sqlstate = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	enum err e = dialling_err(sqlstate);
	char what[200] = "";

	dialling_message(PQresultErrorMessage(r), what, sizeof(what));
	if (status == PGRES_TUPLES_OK && PQntuples(r) == 1)
		p->version = atoi(PQgetvalue(r, 0, 0));
	PQclear(r);
	if (status == PGRES_PIPELINE_SYNC && p->state == STATE_GREETING)
		judge(p, now);
	else if (status == PGRES_PIPELINE_SYNC)
		come_up(p);
	else if (status == PGRES_FATAL_ERROR && e == ERR_CLOSED)
		lost(p, what, now);
	else if (status == PGRES_FATAL_ERROR &&
		 !(p->state == STATE_GREETING && e == ERR_UNSUPPORTED))
		refuse(p, e, what, now);
}

/* --- while it is there --- */

/* It has hung up, whatever it said before. */
static bool is_gone(const struct postgres *p)
{
	struct pollfd f = { .fd = PQsocket(p->conn), .events = POLLRDHUP };

	return poll(&f, 1, 0) > 0 &&
	       (f.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void send_waiting(struct postgres *p, int64_t now)
{
	/* Nothing was awaited of it: it may have gone without our noticing,
	 * and what is not sent yet is sent later instead of being lost. */
	if (p->state == STATE_UP && p->sent_count == 0 &&
	    !list_empty(&p->waiting) && is_gone(p))
		lost(p, "the connection broke", now);
	while (p->state == STATE_UP && !list_empty(&p->waiting) &&
	       p->sent_count < SENT_MAX) {
		struct query *q = first(&p->waiting);

		list_remove(&q->link);
		p->waiting_count--;
		list_append(&p->sent, &q->link);
		p->sent_count++;
		if (!pipeline_send(p->conn, q))
			lost(p, PQerrorMessage(p->conn), now);
	}
}

static void flush(struct postgres *p, int64_t now)
{
	int left;

	if (p->state < STATE_GREETING)
		return;
	left = PQflush(p->conn);
	p->unsent = left == 1;
	if (left < 0)
		lost(p, PQerrorMessage(p->conn), now);
}

static void take(struct postgres *p, PGresult *r, int64_t now)
{
	struct query *q;
	enum pipeline_result came;

	if (p->state != STATE_UP) {
		take_greeting(p, r, now);
		return;
	}
	if (list_empty(&p->sent)) {
		/* It says goodbye, perhaps. */
		PQclear(r);
		return;
	}
	q = first(&p->sent);
	came = pipeline_take(q, r);
	if (came == PIPELINE_LOST) {
		lost(p, q->sentence, now);
	} else if (came == PIPELINE_DONE) {
		list_remove(&q->link);
		p->sent_count--;
		pipeline_end(q);
	}
}

/* After each statement's results comes a NULL; two mean that no more is
 * here. */
static void take_all(struct postgres *p, int64_t now)
{
	int nulls = 0;

	while (p->conn && nulls < 2 && !PQisBusy(p->conn)) {
		PGresult *r = PQgetResult(p->conn);

		nulls = r ? 0 : nulls + 1;
		if (r)
			take(p, r, now);
	}
}

/* New ones stand at the end. */
static void stamp(struct postgres *p, int64_t now)
{
	for (struct list *l = p->waiting.prev; l != &p->waiting; l = l->prev) {
		struct query *q = list_entry(l, struct query, link);

		if (q->deadline_ms > 0)
			return;
		q->deadline_ms = now + q->patience_ms;
	}
}

void postgres_ready(struct postgres *p, int64_t now)
{
	if (p->state == STATE_AWAY)
		return;
	if (p->state == STATE_CONNECTING) {
		go_on_connecting(p, now);
		flush(p, now);
		return;
	}
	if (PQconsumeInput(p->conn) != 1) {
		/* What it said before it went is still to be heard. */
		char what[200];

		dialling_message(PQerrorMessage(p->conn), what, sizeof(what));
		take_all(p, now);
		if (p->conn)
			lost(p, what, now);
		return;
	}
	take_all(p, now);
	stamp(p, now);
	send_waiting(p, now);
	flush(p, now);
}

static void expire(struct postgres *p, int64_t now)
{
	while (!list_empty(&p->waiting) &&
	       first(&p->waiting)->deadline_ms <= now) {
		struct query *q = first(&p->waiting);

		list_remove(&q->link);
		p->waiting_count--;
		query_end(q, p->trouble_err,
			  *p->trouble.text ? p->trouble.text
					   : "The database takes too long.");
	}
}

void postgres_tick(struct postgres *p, int64_t now)
{
	stamp(p, now);
	if (!list_empty(&p->sent) && first(&p->sent)->deadline_ms <= now)
		lost(p, "it does not answer", now);
	if (p->state == STATE_AWAY && p->at_ms <= now)
		dial(p, now);
	else if (p->state != STATE_AWAY && p->state != STATE_UP &&
		 p->at_ms <= now)
		lost(p, "it does not answer", now);
	expire(p, now);
	send_waiting(p, now);
	flush(p, now);
	/* What they were told may have made them ask. */
	stamp(p, now);
}
