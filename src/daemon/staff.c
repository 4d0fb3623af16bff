/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/staff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "io/random.h"
#include "daemon/answer.h"
#include "office/logbook.h"
#include "web/printer.h"
#include "trust/secret.h"

enum {
	AUDIT_PAGE = 1000,   /* entries of one answer */
	TO_A_LINE = 200,     /* addresses: a line of the socket is bounded */
	ROWS_MAX = 32 << 20, /* octets of an import */
	ROWS_COUNT = 100000, /* rows of it */
	HEX = 2 * PEOPLE_ID_SIZE + 1,
};

/* A password that is being hashed for somebody. */
struct hiring {
	struct work_item item;
	struct list link;
	struct staff *staff;
	struct local_session *session; /* NULL: it is gone */
	struct people_user user;
	bool is_new;
	char password[SECRET_PASSWORD_MAX + 1];
	enum err fault;
};

struct staff {
	struct staff_parts parts;
	struct list hirings;
};

/* One request, while it is answered. */
struct request {
	struct staff *staff;
	struct local_session *session;
	const json_t *in;
	int fd; /* that came with it; -1: none */
};

static uint64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const char *text_of(const struct request *r, const char *key)
{
	const char *text = json_string_value(json_object_get(r->in, key));

	return text ? text : "";
}

/* Tells the log first: what it cannot take does not happen. */
static enum err note(struct staff *s, const char *action, const char *what,
		     const char *detail, struct why *why)
{
	return logbook_note(s->parts.audit, ROLE_LOCAL, action, what, detail,
			    why);
}

static void finish(const struct request *r, enum err e, const struct why *why)
{
	if (e == OK)
		answer_end(r->session);
	else
		answer_fail(r->session, e, why);
}

static json_t *roles_json(unsigned roles)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < ROLES; i++)
		if (roles & 1U << i)
			json_array_append_new(all,
					      json_string(role_name(1U << i)));
	return all;
}

static enum err take_roles(const struct request *r, unsigned *roles,
			   struct why *why)
{
	const json_t *one;
	size_t i;

	*roles = 0;
	json_array_foreach(json_object_get(r->in, "roles"), i, one)
	{
		const char *name = json_string_value(one);
		unsigned role = name ? role_of(name) : 0;

		if (role == 0) {
			*roles = 0;
			break;
		}
		*roles |= role;
	}
	if (*roles != 0)
		return OK;
	why_set(why, "Say which roles: send, read, administer.");
	return ERR_BAD;
}

/* --- users --- */

static void user_list(const struct request *r)
{
	const struct people *p = r->staff->parts.people;

	for (size_t i = 0; i < people_users(p); i++) {
		const struct people_user *u = people_user_at(p, i);

		answer_say(r->session,
			   json_pack("{s:s, s:s, s:o, s:I}", "user", u->user,
				     "name", u->name, "roles",
				     roles_json(u->roles), "created_ms",
				     (json_int_t)u->created_ms));
	}
	answer_end(r->session);
}

static void drop_hiring(struct hiring *h)
{
	list_remove(&h->link);
	secret_wipe(h, sizeof(*h));
	free(h);
}

static void hash(struct work_item *w)
{
	struct hiring *h = list_entry(w, struct hiring, item);

	h->fault = secret_hash(h->password, h->user.hash);
}

static enum err keep(const struct hiring *h, struct why *why)
{
	const struct people_change change = { .hash = h->user.hash };
	struct staff *s = h->staff;
	char text[ROLE_TEXT_SIZE];
	enum err e;

	if (h->is_new) {
		e = people_user_may_add(s->parts.people, &h->user, why);
		if (e == OK)
			e = note(s, "user-added", h->user.user,
				 role_text(h->user.roles, text), why);
		return e == OK ? people_user_add(s->parts.people, &h->user, why)
			       : e;
	}
	e = people_user_may_change(s->parts.people, h->user.user, &change, why);
	if (e == OK)
		e = note(s, "user-changed", h->user.user, "password", why);
	if (e == OK)
		e = people_user_change(s->parts.people, h->user.user, &change,
				       why);
	if (e == OK)
		(void)access_close_user(s->parts.access, h->user.user, NULL);
	return e;
}

static void hashed(struct work_item *w, bool ran)
{
	struct hiring *h = list_entry(w, struct hiring, item);
	struct why why = { "" };
	enum err e = ran ? h->fault : ERR_CLOSED;

	/* Who has gone away meanwhile has not been told of it: nothing is. */
	if (h->session && e == OK)
		e = keep(h, &why);
	if (h->session) {
		struct request r = { .staff = h->staff, .session = h->session };

		finish(&r, e, &why);
	}
	drop_hiring(h);
}

/* Begins what hashed() ends. */
static enum err hire(const struct request *r, struct hiring *h, struct why *why)
{
	const char *password = text_of(r, "password");
	enum err e = secret_password_check(password, why);

	if (e != OK)
		return e;
	(void)text_copy(h->password, sizeof(h->password), password);
	h->item.run = hash;
	h->item.done = hashed;
	e = work_add(r->staff->parts.work, &h->item);
	if (e == ERR_LIMIT)
		why_set(why, "Too many passwords are looked at just now; try "
			     "again.");
	return e;
}

static struct hiring *new_hiring(const struct request *r, bool is_new)
{
	struct hiring *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->staff = r->staff;
	h->session = r->session;
	h->is_new = is_new;
	list_append(&r->staff->hirings, &h->link);
	return h;
}

static enum err check_hiring(const struct request *r, struct hiring *h,
			     struct why *why)
{
	const struct people *p = r->staff->parts.people;
	enum err e;

	/* Too long for any user's is no user's; the check says so. */
	if (!text_copy(h->user.user, sizeof(h->user.user), text_of(r, "user")))
		h->user.user[0] = '\0';
	if (!h->is_new)
		return people_user_may_change(
			p, h->user.user, &(struct people_change){ .hash = "" },
			why);
	if (!text_copy(h->user.name, sizeof(h->user.name), text_of(r, "name")))
		(void)text_copy(h->user.name, sizeof(h->user.name), "\n");
	h->user.created_ms = wall_ms();
	e = take_roles(r, &h->user.roles, why);
	return e == OK ? people_user_may_add(p, &h->user, why) : e;
}

static void user_hire(const struct request *r, bool is_new)
{
	struct hiring *h = new_hiring(r, is_new);
	struct why why = { "" };
	enum err e = ERR_MEMORY;

	if (h)
		e = check_hiring(r, h, &why);
	if (e == OK)
		e = hire(r, h, &why);
	if (e == OK)
		return;
	if (h)
		drop_hiring(h);
	answer_fail(r->session, e, &why);
}

static void user_add(const struct request *r)
{
	user_hire(r, true);
}

static void user_passwd(const struct request *r)
{
	user_hire(r, false);
}

static void user_roles(const struct request *r)
{
	struct staff *s = r->staff;
	const char *user = text_of(r, "user");
	unsigned roles;
	const struct people_change change = { .roles = &roles };
	char text[ROLE_TEXT_SIZE];
	struct why why = { "" };
	enum err e = take_roles(r, &roles, &why);

	if (e == OK)
		e = people_user_may_change(s->parts.people, user, &change,
					   &why);
	if (e == OK)
		e = note(s, "user-changed", user, role_text(roles, text), &why);
	if (e == OK)
		e = people_user_change(s->parts.people, user, &change, &why);
	if (e == OK)
		(void)access_close_user(s->parts.access, user, NULL);
	finish(r, e, &why);
}

static void user_remove(const struct request *r)
{
	struct staff *s = r->staff;
	const char *user = text_of(r, "user");
	struct why why = { "" };
	enum err e = people_user_may_remove(s->parts.people, user, &why);

	if (e == OK)
		e = note(s, "user-removed", user, "", &why);
	if (e == OK)
		e = people_user_remove(s->parts.people, user, &why);
	if (e == OK)
		(void)access_close_user(s->parts.access, user, NULL);
	finish(r, e, &why);
}

/* --- tokens --- */

static json_t *token_json(const struct people_token *t)
{
	char hex[HEX];

	text_to_hex(t->id, PEOPLE_ID_SIZE, hex);
	return json_pack("{s:s, s:s, s:o, s:I, s:I}", "token", hex, "name",
			 t->name, "roles", roles_json(t->roles), "created_ms",
			 (json_int_t)t->created_ms, "used_ms",
			 (json_int_t)t->used_ms);
}

static void token_list(const struct request *r)
{
	const struct people *p = r->staff->parts.people;

	for (size_t i = 0; i < people_tokens(p); i++)
		answer_say(r->session, token_json(people_token_at(p, i)));
	answer_end(r->session);
}

static void token_add(const struct request *r)
{
	struct staff *s = r->staff;
	struct people_token t = { .created_ms = wall_ms() };
	char secret[SECRET_TOKEN_SIZE], text[ROLE_TEXT_SIZE];
	struct why why = { "" };
	enum err e = take_roles(r, &t.roles, &why);

	if (!text_copy(t.name, sizeof(t.name), text_of(r, "name")))
		t.name[0] = '\0';
	random_bytes(t.id, sizeof(t.id));
	if (e == OK)
		e = secret_token(secret, t.digest);
	if (e == OK)
		e = people_token_may_add(s->parts.people, &t, &why);
	if (e == OK)
		e = note(s, "token-made", t.name, role_text(t.roles, text),
			 &why);
	if (e == OK)
		e = people_token_add(s->parts.people, &t, &why);
	if (e == OK) {
		json_t *answer = token_json(&t);

		json_object_set_new(answer, "secret", json_string(secret));
		answer_say(r->session, answer);
	}
	secret_wipe(secret, sizeof(secret));
	finish(r, e, &why);
}

static void token_remove(const struct request *r)
{
	struct staff *s = r->staff;
	const char *hex = text_of(r, "token");
	const struct people_token *t = people_token_named(s->parts.people, hex);
	struct why why = { "" };
	enum err e = t ? note(s, "token-removed", t->name, "", &why) : OK;

	if (e == OK)
		e = people_token_remove(s->parts.people, hex, &why);
	finish(r, e, &why);
}

/* --- the audit log --- */

static void say_entry(void *owner, const struct audit_entry *e)
{
	answer_say(owner,
		   json_pack("{s:I, s:I, s:s, s:s, s:s, s:s}", "number",
			     (json_int_t)e->number, "at_ms",
			     (json_int_t)e->at_ms, "user", e->user, "action",
			     e->action, "what", e->what, "detail", e->detail));
}

static void audit_list(const struct request *r)
{
	json_int_t before =
		json_integer_value(json_object_get(r->in, "before"));
	json_int_t limit = json_integer_value(json_object_get(r->in, "limit"));
	struct why why = { "" };
	enum err e;

	if (limit < 1 || limit > AUDIT_PAGE)
		limit = AUDIT_PAGE;
	e = audit_read(r->staff->parts.audit, before > 0 ? (uint64_t)before : 0,
		       (size_t)limit, say_entry, r->session, &why);
	finish(r, e, &why);
}

/* --- contacts --- */

/* One with many addresses takes several lines. */
static void say_contact(const struct request *r, const struct contacts_entry *e)
{
	char hex[2 * CONTACTS_ID_SIZE + 1];
	size_t i = 0;

	text_to_hex(e->id, CONTACTS_ID_SIZE, hex);
	while (i < e->count) {
		json_t *to = json_array();

		for (size_t n = 0; n < TO_A_LINE && i < e->count; n++, i++)
			json_array_append_new(to, json_string(e->to[i]));
		answer_say(r->session,
			   json_pack("{s:s, s:s, s:s, s:o}", "contact", hex,
				     "name", e->name, "note", e->note, "to",
				     to));
	}
}

static void contacts_list(const struct request *r)
{
	const struct contacts *c = r->staff->parts.contacts;

	for (size_t i = 0; i < contacts_count(c); i++)
		say_contact(r, contacts_at(c, i));
	answer_end(r->session);
}

/* The texts are borrowed from `in`; `to` is owned. False: memory is out. */
static bool read_row(const json_t *in, struct contacts_entry *e)
{
	const json_t *to = json_object_get(in, "to");
	const char *name = json_string_value(json_object_get(in, "name"));
	const char *note = json_string_value(json_object_get(in, "note"));
	const char **texts = calloc(json_array_size(to) + 1, sizeof(*texts));

	if (!texts)
		return false;
	*e = (struct contacts_entry){ .name = name ? name : "",
				      .note = note,
				      .to = texts,
				      .count = json_array_size(to) };
	for (size_t i = 0; i < e->count; i++) {
		const char *one = json_string_value(json_array_get(to, i));

		texts[i] = one ? one : "";
	}
	random_bytes(e->id, sizeof(e->id));
	return true;
}

static void free_row(const struct contacts_entry *e)
{
	union {
		const char *const *is;
		void *as;
	} to = { e->to };

	free(to.as);
}

static void contacts_done(const struct request *r, enum err e,
			  const struct why *why)
{
	if (e == OK)
		r->staff->parts.contacts_changed(r->staff->parts.owner);
	finish(r, e, why);
}

static void contact_add(const struct request *r)
{
	struct contacts_entry e;
	struct why why = { "" };
	enum err fault = ERR_MEMORY;

	if (read_row(r->in, &e)) {
		fault = contacts_add(r->staff->parts.contacts, &e, 1, &why);
		if (fault == OK)
			fault = note(r->staff, "contact-added", e.name, "",
				     &why);
		free_row(&e);
	}
	contacts_done(r, fault, &why);
}

/* By its ID, or by its name. */
static void contact_remove(const struct request *r)
{
	struct contacts *c = r->staff->parts.contacts;
	const char *word = text_of(r, "contact");
	const struct contacts_entry *named = contacts_named(c, word);
	char hex[2 * CONTACTS_ID_SIZE + 1];
	struct why why = { "" };
	enum err e;

	if (named)
		text_to_hex(named->id, CONTACTS_ID_SIZE, hex);
	e = contacts_remove(c, named ? hex : word, &why);
	if (e == OK)
		e = note(r->staff, "contact-removed", word, "", &why);
	contacts_done(r, e, &why);
}

/* What came with the request, as JSON; NULL: it is none. */
static json_t *read_rows(int fd)
{
	struct stat st;
	char *text;
	json_t *rows = NULL;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > ROWS_MAX)
		return NULL;
	text = malloc((size_t)st.st_size + 1);
	if (text && pread(fd, text, (size_t)st.st_size, 0) == st.st_size)
		rows = json_loadb(text, (size_t)st.st_size, 0, NULL);
	free(text);
	if (json_array_size(rows) <= ROWS_COUNT)
		return rows;
	json_decref(rows);
	return NULL;
}

static void contacts_import(const struct request *r)
{
	json_t *rows = read_rows(r->fd);
	size_t count = json_array_size(rows), made = 0;
	struct contacts_entry *entries = calloc(count + 1, sizeof(*entries));
	struct why why = { "" };
	char detail[24];
	enum err e = entries ? OK : ERR_MEMORY;

	if (count == 0) {
		why_set(&why,
			"There is nothing to import, or too much: %d "
			"rows at most.",
			ROWS_COUNT);
		e = ERR_BAD;
	}
	while (e == OK && made < count)
		if (read_row(json_array_get(rows, made), &entries[made]))
			made++;
		else
			e = ERR_MEMORY;
	(void)snprintf(detail, sizeof(detail), "%zu", count);
	if (e == OK)
		e = contacts_merge(r->staff->parts.contacts, entries, count,
				   &why);
	if (e == OK)
		e = note(r->staff, "contacts-imported", "", detail, &why);
	while (made > 0)
		free_row(&entries[--made]);
	free(entries);
	json_decref(rows);
	contacts_done(r, e, &why);
}

/* --- the page --- */

static void page(const struct request *r)
{
	struct staff *s = r->staff;
	const char *address = s->parts.page(s->parts.owner);
	char ticket[SECRET_TOKEN_SIZE], url[512];
	uint8_t digest[SECRET_DIGEST_SIZE];
	struct why why = { "" };
	enum err e;

	if (!address) {
		answer_refuse(r->session, EX_UNAVAILABLE,
			      "The page is not to be had: the terminal's log "
			      "says why.");
		return;
	}
	e = secret_token(ticket, digest);
	if (e == OK)
		e = note(s, "ticket-made", "page", "", &why);
	if (e == OK) {
		access_ticket_add(s->parts.access, digest, ROLE_LOCAL, ROLE_ALL,
				  loop_now(s->parts.loop));
		snprintf(url, sizeof(url), "%s/#ticket=%s", address, ticket);
		answer_say(r->session, json_pack("{s:s}", "url", url));
	}
	secret_wipe(ticket, sizeof(ticket));
	secret_wipe(url, sizeof(url));
	finish(r, e, &why);
}

static void printer(const struct request *r)
{
	const struct staff_parts *parts = &r->staff->parts;
	const char *address = parts->page(parts->owner);
	char uri[PRINTER_URI_SIZE];

	if (!address) {
		answer_refuse(r->session, EX_UNAVAILABLE,
			      "There is no printer without the page, and that "
			      "is not to be had: the terminal's log says why.");
		return;
	}
	printer_uri(address, uri);
	answer_say(r->session, json_pack("{s:s}", "printer", uri));
	answer_end(r->session);
}

/* --- requests --- */

static const struct {
	const char *command;
	const char *what; /* "do"; NULL: there is but one thing to do */
	void (*run)(const struct request *r);
} commands[] = {
	{ "user", "list", user_list },
	{ "user", "add", user_add },
	{ "user", "passwd", user_passwd },
	{ "user", "roles", user_roles },
	{ "user", "remove", user_remove },
	{ "token", "list", token_list },
	{ "token", "add", token_add },
	{ "token", "remove", token_remove },
	{ "audit", NULL, audit_list },
	{ "contacts", "list", contacts_list },
	{ "contacts", "add", contact_add },
	{ "contacts", "remove", contact_remove },
	{ "contacts", "import", contacts_import },
	{ "page", NULL, page },
	{ "printer", NULL, printer },
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

bool staff_knows(const char *command)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].command, command) == 0)
			return true;
	return false;
}

void staff_ask(struct staff *s, struct local_session *session, const json_t *in,
	       const int *fds, size_t n)
{
	struct request r = { s, session, in, n > 0 ? fds[0] : -1 };
	const char *command = text_of(&r, "command"), *what = text_of(&r, "do");
	bool known = false;

	for (size_t i = 0; i < COMMANDS && !known; i++) {
		known = strcmp(commands[i].command, command) == 0 &&
			(!commands[i].what ||
			 strcmp(commands[i].what, what) == 0);
		if (known)
			commands[i].run(&r);
	}
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
	if (!known)
		answer_refuse(session, EX_USAGE,
			      "The terminal does not know this command; is it "
			      "of the same version?");
}

void staff_gone(struct staff *s, struct local_session *session)
{
	for (struct list *l = s->hirings.next; l != &s->hirings; l = l->next) {
		struct hiring *h = list_entry(l, struct hiring, link);

		if (h->session == session)
			h->session = NULL;
	}
}

struct staff *staff_new(const struct staff_parts *parts)
{
	struct staff *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->parts = *parts;
	list_init(&s->hirings);
	return s;
}

void staff_free(struct staff *s)
{
	free(s);
}
