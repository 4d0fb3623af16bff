/* SPDX-License-Identifier: Apache-2.0 */
#include "office/view.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "office/deliver.h"
#include "terminal/online.h"

static void set_hex(json_t *object, const char *key,
		    const uint8_t id[SPOOL_ID_SIZE])
{
	static const uint8_t none[SPOOL_ID_SIZE];
	char hex[2 * SPOOL_ID_SIZE + 1] = "";

	if (memcmp(id, none, sizeof(none)) != 0)
		text_to_hex(id, SPOOL_ID_SIZE, hex);
	json_object_set_new(object, key, json_string(hex));
}

/* Why it waits, or ended so; empty while there is nothing to say. */
static const char *reason_of(const struct outbox_job *j)
{
	return *j->record.last_result || j->state == JOBS_DELIVERED
		       ? reason_name(j->record.last_reason)
		       : "";
}

static json_t *times_of(const struct spool_job *r)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "created_ms",
			 (json_int_t)r->created_ms, "not_before_ms",
			 (json_int_t)r->not_before_ms, "next_try_ms",
			 (json_int_t)r->next_try_ms, "finished_ms",
			 (json_int_t)r->finished_ms, "give_up_ms",
			 (json_int_t)r->give_up_ms);
}

json_t *view_job(const struct outbox_job *j)
{
	const struct spool_job *r = &j->record;
	json_t *times = times_of(r);
	json_t *job = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:i, s:i, s:i, s:i, "
		"s:s, s:s, s:s, s:s, s:b}",
		"job", "", "to", r->to, "title", r->title, "note", r->note,
		"user", r->user, "state", jobs_state_name(j->state), "held",
		(int)(r->held_ms > 0), "priority",
		jobs_priority_name(j->priority), "pages", (int)r->pages,
		"pages_confirmed", (int)r->pages_confirmed, "attempts",
		(int)r->attempts, "faults", (int)r->faults, "last_result",
		r->last_result, "reason", reason_of(j), "resolution",
		r->resolution, "far_ident", r->far_ident, "has_pages",
		(int)j->has_pages);

	set_hex(job, "job", r->id);
	set_hex(job, "batch", r->batch);
	json_object_update(job, times);
	json_decref(times);
	return job;
}

json_t *view_fax(const struct inbox_entry *e)
{
	char hex[2 * INBOX_JOB_SIZE + 1], pdf[ATOMIC_PATH_MAX];
	bool has_pdf = atomic_path(pdf, NULL, "%s/fax.pdf", e->folder) == OK &&
		       access(pdf, R_OK) == 0;

	text_to_hex(e->fax.job, INBOX_JOB_SIZE, hex);
	return json_pack("{s:s, s:b, s:i, s:s, s:s, s:s, s:s, s:I, s:i, s:b, "
			 "s:s, s:s, s:s, s:b, s:o}",
			 "fax", e->name, "unread", (int)e->unread, "number",
			 (int)e->number, "from", e->fax.from, "relay",
			 e->fax.relay, "job", hex, "title", e->fax.title,
			 "received_ms", (json_int_t)e->fax.received_ms, "pages",
			 (int)e->fax.pages, "complete", (int)e->fax.complete,
			 "result", e->fax.result, "far_ident", e->fax.far_ident,
			 "resolution", e->fax.resolution, "pdf", (int)has_pdf,
			 "deliveries", deliver_state(e->folder));
}

json_t *view_fax_here(const struct inbox_entry *e)
{
	json_t *fax = view_fax(e);
	char path[ATOMIC_PATH_MAX];

	if (json_is_true(json_object_get(fax, "pdf")) &&
	    atomic_path(path, NULL, "%s/fax.pdf", e->folder) == OK)
		json_object_set_new(fax, "pdf", json_string(path));
	else
		json_object_set_new(fax, "pdf", json_string(""));
	if (atomic_path(path, NULL, "%s/fax.tif", e->folder) == OK)
		json_object_set_new(fax, "tiff", json_string(path));
	return fax;
}

json_t *view_terminal(const struct roster_entry *e)
{
	return json_pack("{s:s, s:s, s:s}", "id", e->id, "state",
			 roster_state_name(e->state), "relay", e->relay);
}

/* --- the whole --- */

/* Where else this terminal can log in: the first address of each. */
static json_t *others_json(const struct online *o)
{
	const struct homes *h = o ? online_homes(o) : NULL;
	json_t *all = json_array();

	for (size_t i = 0; h && i < h->count; i++) {
		struct address_relays first = h->all[i].relays;
		char text[ADDRESS_RELAYS_TEXT];

		first.count = 1;
		if (i != h->at &&
		    address_relays_encode(&first, text, sizeof(text)))
			json_array_append_new(all, json_string(text));
	}
	return all;
}

/* Printed documents that ask: to whom? */
static int count_printed(const struct drafts *d)
{
	int n = 0;

	for (size_t i = 0; d && i < drafts_count(d); i++)
		n += !*drafts_at(d, i)->user;
	return n;
}

json_t *view_status(const struct view_office *office)
{
	const struct membership *m = office->membership;
	const struct config *c = office->config;
	struct online *o =
		office->exchange ? exchange_online(office->exchange) : NULL;
	struct client_counts n = { 0 };
	const char *host = m ? m->host : "";
	int port = m ? m->port : 0;

	if (o) {
		n = online_counts(o);
		host = online_relay(o)->host;
		port = online_relay(o)->port;
	}
	return json_pack(
		"{s:s, s:b, s:b, s:s, s:s, s:i, s:o, s:s, s:i, s:i, s:i, s:i, "
		"s:I, s:i, s:i, s:b, s:i, s:s, s:s}",
		"version", FAXWIRE_VERSION, "joined", m != NULL, "online",
		n.up > 0, "id", m ? m->id : "", "relay", host, "port", port,
		"others", others_json(o), "proxy", c->way_out.name,
		"connections", (int)n.up, "idle", (int)n.idle, "calls",
		(int)n.calls, "spares", (int)c->spares, "keepalive_ms",
		(json_int_t)n.keepalive_ms, "jobs",
		(int)outbox_waiting(office->outbox), "documents",
		count_printed(office->drafts), "paused",
		outbox_paused(office->outbox), "unread",
		(int)inbox_count_unread(office->inbox), "trouble",
		o ? online_trouble(o) : "", "home", c->home);
}
