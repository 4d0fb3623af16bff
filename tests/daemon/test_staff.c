/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/staff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../io/turn.h"
#include "../store/scratch.h"
#include "office/books.h"
#include "talk.h"
#include "trust/secret.h"

static struct loop *l;
static struct books books;
static struct staff *staff;
static struct local_server *server;
static const char *address;
static unsigned contacts_told;

/* --- the terminal's side --- */

static void on_request(void *owner, struct local_session *s, const char *line,
		       const int *fds, size_t n)
{
	json_t *in = json_loads(line, 0, NULL);

	(void)owner;
	assert_true(
		staff_knows(json_string_value(json_object_get(in, "command"))));
	staff_ask(staff, s, in, fds, n);
	json_decref(in);
}

static void on_gone(void *owner, struct local_session *s)
{
	(void)owner;
	staff_gone(staff, s);
}

static const char *page(void *owner)
{
	(void)owner;
	return address;
}

static void on_contacts(void *owner)
{
	(void)owner;
	contacts_told++;
}

static int set_up(void **state)
{
	static const struct local_handlers handlers = { on_request, on_gone };
	struct config config = { .keep_audit_d = 10 };
	struct why why;

	if (scratch_set_up(state) != 0)
		return -1;
	config.home = scratch("");
	address = "http://127.0.0.1:4381";
	contacts_told = 0;
	l = loop_new();
	if (!l || books_open(&books, l, &config, &why) != OK)
		return -1;
	staff = staff_new(
		&(struct staff_parts){ .loop = l,
				       .people = books.people,
				       .access = books.access,
				       .audit = books.audit,
				       .contacts = books.contacts,
				       .work = books.work,
				       .page = page,
				       .contacts_changed = on_contacts });
	return staff && local_listen(l, scratch("control"), &handlers, NULL,
				     &server, &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	local_free(server);
	books_close(&books);
	staff_free(staff);
	loop_free(l);
	return scratch_tear_down(state);
}

/* --- the command's side --- */

static bool said(const char *answer, const char *words)
{
	return strstr(answer, words) != NULL;
}

static void add_ana(void)
{
	assert_string_equal(ask(l, "{'command':'user','do':'add','user':'ana',"
				   "'password':'correct horse','roles':"
				   "['administer','send']}"),
			    "{\"end\":true}\n");
}

/* The last entries of the log, as "action what: detail|". */
static char log_text[4096];

static void take_entry(void *owner, const struct audit_entry *e)
{
	size_t used = strlen(log_text);

	(void)owner;
	assert_string_equal(e->user, "local");
	snprintf(log_text + used, sizeof(log_text) - used, "%s %s: %s|",
		 e->action, e->what, e->detail);
}

static const char *log_of(size_t count)
{
	struct why why;

	log_text[0] = '\0';
	assert_int_equal(
		audit_read(books.audit, 0, count, take_entry, NULL, &why), OK);
	return log_text;
}

/* --- the tests --- */

static void a_user_is_added_with_a_hash_of_the_password(void **state)
{
	const struct people_user *u;

	(void)state;
	add_ana();
	u = people_user_find(books.people, "ana");
	assert_non_null(u);
	assert_int_equal(u->roles, ROLE_ADMINISTER | ROLE_SEND);
	assert_true(secret_verify("correct horse", u->hash));
	assert_true(said(ask(l, "{'command':'user','do':'list'}"),
			 "\"user\":\"ana\",\"name\":\"\",\"roles\":"
			 "[\"send\",\"administer\"]"));
	assert_false(said(talk.answer, "scrypt"));
	assert_string_equal(log_of(9), "user-added ana: send, administer|");
}

static void what_is_refused_is_not_in_the_log(void **state)
{
	static const char *const requests[] = {
		"{'command':'user','do':'add','user':'ana','password':'correct "
		"horse','roles':['send']}",
		"{'command':'user','do':'add','user':'ben','password':'short',"
		"'roles':['send']}",
		"{'command':'user','do':'add','user':'ben','password':'correct "
		"horse','roles':['king']}",
		"{'command':'user','do':'add','user':'ben','password':'correct "
		"horse'}",
		"{'command':'user','do':'add','password':'correct horse',"
		"'roles':['send']}",
		"{'command':'user','do':'passwd','user':'zoe','password':"
		"'correct horse'}",
		"{'command':'user','do':'roles','user':'ana','roles':['send']}",
		"{'command':'user','do':'remove','user':'ana'}",
		"{'command':'user','do':'dance'}",
		"{'command':'token','do':'add','name':'','roles':['read']}",
		"{'command':'token','do':'remove','token':'77'}",
		"{'command':'contacts','do':'add','name':'B','to':['a b']}",
		"{'command':'contacts','do':'remove','contact':'nobody'}",
		"{'command':'contacts','do':'import'}",
	};

	(void)state;
	add_ana();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		assert_true(said(ask(l, requests[i]), "{\"error\":\""));
		assert_true(said(talk.answer, "\"code\":"));
	}
	assert_string_equal(log_of(9), "user-added ana: send, administer|");
	assert_int_equal(people_users(books.people), 1);
	assert_int_equal(contacts_told, 0);
}

static void a_change_signs_the_user_out(void **state)
{
	const uint8_t digest[ACCESS_DIGEST_SIZE] = { 1 };

	(void)state;
	add_ana();
	access_open(books.access, digest, "ana", ROLE_SEND, loop_now(l));
	(void)ask(l, "{'command':'user','do':'passwd','user':'ana','password':"
		     "'another horse'}");
	assert_int_equal(access_count(books.access), 0);
	assert_true(secret_verify("another horse",
				  people_user_find(books.people, "ana")->hash));
	access_open(books.access, digest, "ana", ROLE_SEND, loop_now(l));
	(void)ask(l, "{'command':'user','do':'roles','user':'ana','roles':"
		     "['administer']}");
	assert_int_equal(access_count(books.access), 0);
	assert_string_equal(log_of(2), "user-changed ana: administer|"
				       "user-changed ana: password|");
}

static void who_hangs_up_while_it_is_hashed_has_asked_for_nothing(void **state)
{
	(void)state;
	talk.hang_up = true;
	(void)ask(l, "{'command':'user','do':'add','user':'ana','password':"
		     "'correct horse','roles':['send']}");
	talk.hang_up = false;
	/* One behind it in the queue shows that it is over. */
	(void)ask(l, "{'command':'user','do':'add','user':'ben','password':"
		     "'correct horse','roles':['administer']}");
	turn_for(l, 50);
	assert_null(people_user_find(books.people, "ana"));
	assert_non_null(people_user_find(books.people, "ben"));
}

static void a_token_is_told_once(void **state)
{
	char secret[SECRET_TOKEN_SIZE];
	uint8_t digest[SECRET_DIGEST_SIZE];
	const char *at;

	(void)state;
	(void)ask(l, "{'command':'token','do':'add','name':'archive','roles':"
		     "['read']}");
	at = strstr(talk.answer, "\"secret\":\"");
	assert_non_null(at);
	memcpy(secret, at + 10, SECRET_TOKEN_SIZE - 1);
	secret_digest(secret, SECRET_TOKEN_SIZE - 1, digest);
	assert_non_null(people_token_find(books.people, digest));
	assert_false(said(ask(l, "{'command':'token','do':'list'}"), "secret"));
	assert_true(said(talk.answer, "\"name\":\"archive\""));
	assert_string_equal(log_of(1), "token-made archive: read|");
}

static void a_link_is_a_ticket(void **state)
{
	uint8_t digest[SECRET_DIGEST_SIZE];
	char user[ROLE_USER_SIZE];
	unsigned roles;
	const char *at;

	(void)state;
	at = strstr(ask(l, "{'command':'page'}"), "4381/#ticket=");
	assert_non_null(at);
	at += strlen("4381/#ticket=");
	secret_digest(at, SECRET_TOKEN_SIZE - 1, digest);
	assert_true(access_ticket_use(books.access, digest, user, &roles,
				      loop_now(l)));
	assert_string_equal(user, ROLE_LOCAL);
	assert_int_equal(roles, ROLE_ALL);
	address = NULL;
	assert_true(said(ask(l, "{'command':'page'}"), "\"error\""));
}

static void contacts_come_as_a_table_and_in_lines_that_fit(void **state)
{
	unsigned lines = 0;
	FILE *f;

	(void)state;
	talk.fd = memfd_create("rows", MFD_CLOEXEC);
	f = fdopen(dup(talk.fd), "w");
	assert_non_null(f);
	fputs("[{\"name\":\"All\",\"to\":[\"u0\"", f);
	for (int i = 1; i < CONTACTS_TO_MAX; i++)
		fprintf(f, ",\"u%d\"", i);
	fputs("]},{\"name\":\"Ben\",\"to\":[\"ben@north\"],\"note\":\"x\"}]",
	      f);
	fclose(f);
	assert_string_equal(ask(l, "{'command':'contacts','do':'import'}"),
			    "{\"end\":true}\n");
	close(talk.fd);
	talk.fd = -1;
	assert_int_equal(contacts_told, 1);
	assert_int_equal(contacts_named(books.contacts, "All")->count,
			 CONTACTS_TO_MAX);
	(void)ask(l, "{'command':'contacts','do':'list'}");
	for (const char *c = talk.answer; (c = strstr(c, "\"contact\"")); c++)
		lines++;
	assert_int_equal(lines, 6);
	(void)ask(l, "{'command':'contacts','do':'remove','contact':'Ben'}");
	assert_null(contacts_named(books.contacts, "Ben"));
	assert_int_equal(contacts_told, 2);
}

static void the_log_is_read_in_pages(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		(void)ask(l, "{'command':'page'}");
	assert_true(
		said(ask(l, "{'command':'audit','limit':2}"), "\"number\":3"));
	assert_true(said(talk.answer, "\"number\":2"));
	assert_false(said(talk.answer, "\"number\":1"));
	assert_true(said(ask(l, "{'command':'audit','before':2}"),
			 "\"number\":1,"));
	assert_false(said(talk.answer, "\"number\":2"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_user_is_added_with_a_hash_of_the_password),
		TEST(what_is_refused_is_not_in_the_log),
		TEST(a_change_signs_the_user_out),
		TEST(who_hangs_up_while_it_is_hashed_has_asked_for_nothing),
		TEST(a_token_is_told_once),
		TEST(a_link_is_a_ticket),
		TEST(contacts_come_as_a_table_and_in_lines_that_fit),
		TEST(the_log_is_read_in_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
