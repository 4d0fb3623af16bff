/* SPDX-License-Identifier: Apache-2.0 */
/* The API's room for the terminal itself: its state, whom it can call, its
 * address book, joining. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/random.h"
#include "web/news.h"
#include "office/scan.h"
#include "web/visit.h"
#include "wire/address.h"

enum {
	LOOK_MS = 100, /* whether the list of terminals has come */
	LOOKS_MAX = 50,
};

/* --- state --- */

static void get_status(struct visit *v)
{
	const struct view_office office = web_office(v->office);

	visit_answer(v, 200, view_status(&office));
}

/* --- the terminals --- */

/* A list that has not come yet. */
struct lookout {
	struct visit *visit; /* borrowed */
	struct follow_watcher watcher;
	struct timer timer;
	unsigned looks;
};

static void on_terminal(void *owner, const struct roster_entry *e, bool news)
{
	(void)owner;
	(void)e;
	(void)news;
}

static void answer_terminals(struct visit *v)
{
	const struct roster *r = follow_roster(v->office->follow);
	json_t *all = json_array();

	for (size_t i = 0; r && i < r->count; i++)
		if (r->entries[i].state != ROSTER_GONE)
			json_array_append_new(all,
					      view_terminal(&r->entries[i]));
	visit_answer(
		v, 200,
		json_pack("{s:o, s:b}", "terminals", all, "known", r != NULL));
}

static void end_lookout(void *pending)
{
	struct lookout *l = pending;

	timer_clear(l->visit->office->loop, &l->timer);
	follow_remove(l->visit->office->follow, &l->watcher);
	free(l);
}

static void on_look(struct timer *t)
{
	struct lookout *l = t->owner;
	struct visit *v = l->visit;
	struct loop *loop = v->office->loop;

	if (!follow_roster(v->office->follow) && ++l->looks < LOOKS_MAX) {
		timer_set(loop, t, loop_now(loop) + LOOK_MS);
		return;
	}
	answer_terminals(v);
	end_lookout(l);
}

static void get_terminals(struct visit *v)
{
	struct loop *loop = v->office->loop;
	struct lookout *l;

	if (follow_roster(v->office->follow)) {
		answer_terminals(v);
		return;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
		return;
	}
	l->visit = v;
	l->watcher =
		(struct follow_watcher){ .terminal = on_terminal, .owner = l };
	l->timer = (struct timer){ .due = on_look, .owner = l };
	v->pending = l;
	v->cancel = end_lookout;
	follow_add(v->office->follow, &l->watcher);
	timer_set(loop, &l->timer, loop_now(loop) + LOOK_MS);
}

/* --- the address book --- */

static json_t *contact_json(const struct contacts_entry *c)
{
	char hex[2 * CONTACTS_ID_SIZE + 1];
	json_t *to = json_array();

	text_to_hex(c->id, CONTACTS_ID_SIZE, hex);
	for (size_t i = 0; i < c->count; i++)
		json_array_append_new(to, json_string(c->to[i]));
	return json_pack("{s:s, s:s, s:o, s:s}", "contact", hex, "name",
			 c->name, "to", to, "note", c->note);
}

static void list_contacts(struct visit *v)
{
	const struct contacts *c = v->office->contacts;
	json_t *all = json_array();

	for (size_t i = 0; i < contacts_count(c); i++)
		json_array_append_new(all, contact_json(contacts_at(c, i)));
	visit_answer(v, 200, json_pack("{s:o}", "contacts", all));
}

/* The addresses; NULL: refused. The caller frees the array, not the texts. */
static const char **take_addresses(struct visit *v, size_t *count)
{
	const json_t *list = json_object_get(v->in, "to");
	const char **to;
	const json_t *item;
	size_t i;

	*count = json_array_size(list);
	to = calloc(*count + 1, sizeof(*to));
	if (!to) {
		visit_fail(v, ERR_MEMORY, &(struct why){ "" });
		return NULL;
	}
	json_array_foreach(list, i, item) to[i] =
		json_is_string(item) ? json_string_value(item) : "";
	return to;
}

/* With this ID; `is_new`: it gets one. */
static void keep_contact(struct visit *v, const uint8_t *id, bool is_new)
{
	const char *name = visit_text(v, "name"), *note = visit_text(v, "note");
	struct contacts_entry entry = { .name = name ? name : "",
					.note = note ? note : "" };
	const char **to;
	char hex[2 * CONTACTS_ID_SIZE + 1];
	struct why why = { "" };
	enum err e;

	if (!visit_audit(v, is_new ? "contact-added" : "contact-changed",
			 entry.name, ""))
		return;
	to = take_addresses(v, &entry.count);
	if (!to)
		return;
	entry.to = to;
	memcpy(entry.id, id, sizeof(entry.id));
	e = is_new ? contacts_add(v->office->contacts, &entry, 1, &why)
		   : contacts_change(v->office->contacts, &entry, &why);
	free(to);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	text_to_hex(id, CONTACTS_ID_SIZE, hex);
	news_contacts(web_news(v->web));
	visit_answer(v, is_new ? 201 : 200,
		     contact_json(contacts_find(v->office->contacts, hex)));
}

static void add_contact(struct visit *v)
{
	uint8_t id[CONTACTS_ID_SIZE];

	random_bytes(id, sizeof(id));
	keep_contact(v, id, true);
}

static void change_contact(struct visit *v)
{
	const struct contacts_entry *c =
		contacts_find(v->office->contacts, v->words[0]);
	uint8_t id[CONTACTS_ID_SIZE];

	if (!c) {
		visit_refuse(v, 404, "missing", "There is no such contact.");
		return;
	}
	memcpy(id, c->id, sizeof(id));
	keep_contact(v, id, false);
}

static void remove_contact(struct visit *v)
{
	const struct contacts_entry *c =
		contacts_find(v->office->contacts, v->words[0]);
	struct why why = { "" };
	enum err e;

	if (c && !visit_audit(v, "contact-removed", c->name, ""))
		return;
	e = contacts_remove(v->office->contacts, v->words[0], &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	news_contacts(web_news(v->web));
	visit_done(v);
}

/* --- joining --- */

static void join(struct visit *v)
{
	const char *url = visit_text(v, "url");
	struct address_relays others = { .count = 0 };
	struct address_join j;
	struct membership m;
	struct why why = { "" };
	enum err e = address_join_decode(&j, url ? url : "", &why);

	if (e != OK) {
		visit_fail(v, ERR_BAD, &why);
		return;
	}
	if (!visit_audit(v, "joined", j.id, j.relays.at[0].host))
		return;
	membership_init(&m, j.id, j.secret, j.relays.at[0].host,
			j.relays.at[0].port, j.pinned ? j.pin : NULL);
	for (size_t i = 1; i < j.relays.count; i++)
		others.at[others.count++] = j.relays.at[i];
	(void)address_relays_encode(&others, m.others, sizeof(m.others));
	random_bytes(m.place, sizeof(m.place));
	e = membership_write(v->office->config->home, &m, &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	v->office->rejoin(v->office->owner);
	get_status(v);
}

/* --- joining by a picture --- */

static void on_scanned(void *owner, enum err e, const char *url,
		       const struct why *why)
{
	struct visit *v = owner;

	if (e == OK)
		visit_answer(v, 200, json_pack("{s:s}", "url", url));
	else
		visit_fail(v, e, why);
}

static void cancel_scan(void *pending)
{
	scan_cancel(pending);
}

/* Only reads what it says; joining is another request. */
static void scan_picture(struct visit *v)
{
	int fd = v->file;

	v->file = -1; /* the scan's from now on */
	v->pending = scan_new(v->office->loop, fd, on_scanned, v);
	v->cancel = cancel_scan;
	if (!v->pending)
		visit_refuse(v, 503, "busy",
			     "Other pictures are looked at; try again.");
}

/* --- settings --- */

static void get_settings(struct visit *v)
{
	visit_answer(v, 200,
		     json_pack("{s:o}", "settings",
			       config_settings(v->office->config)));
}

/* Which, and not to what: one of them may hold a password. */
static bool audit_settings(struct visit *v)
{
	char keys[200] = "";
	size_t used = 0;
	const char *key;
	json_t *value;

	json_object_foreach(v->in, key, value) if (used < sizeof(keys)) used +=
		(size_t)snprintf(keys + used, sizeof(keys) - used, "%s%s",
				 used > 0 ? ", " : "", key);
	return visit_audit(v, "settings-changed", keys, "");
}

static void change_settings(struct visit *v)
{
	struct why why = { "" };
	enum err e = config_may_change(v->office->config, v->in, &why);

	if (e == OK && !audit_settings(v))
		return;
	if (e == OK)
		e = config_change(v->office->config, v->in, &why);
	if (e != OK) {
		visit_fail(v, e, &why);
		return;
	}
	v->office->reconfigured(v->office->owner);
	news_status(web_news(v->web));
	get_settings(v);
}

const struct visit_route setup_routes[] = {
	{ HTTP_GET, "settings", ROLE_ADMINISTER, VISIT_NOTHING, get_settings,
	  0 },
	{ HTTP_PUT, "settings", ROLE_ADMINISTER, VISIT_JSON, change_settings,
	  0 },
	{ HTTP_GET, "status", ROLE_ALL, VISIT_NOTHING, get_status, 0 },
	{ HTTP_GET, "terminals", ROLE_SEND, VISIT_NOTHING, get_terminals, 0 },
	{ HTTP_GET, "contacts", ROLE_SEND, VISIT_NOTHING, list_contacts, 0 },
	{ HTTP_POST, "contacts", ROLE_SEND, VISIT_JSON, add_contact, 0 },
	{ HTTP_PUT, "contacts/*", ROLE_SEND, VISIT_JSON, change_contact, 0 },
	{ HTTP_DELETE, "contacts/*", ROLE_SEND, VISIT_NOTHING, remove_contact,
	  0 },
	{ HTTP_POST, "join", ROLE_ADMINISTER, VISIT_JSON, join, 0 },
	{ HTTP_POST, "join/scan", ROLE_ADMINISTER, VISIT_FILE, scan_picture,
	  SCAN_PICTURE_MAX },
	{ .path = NULL },
};
