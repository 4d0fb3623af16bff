/* SPDX-License-Identifier: Apache-2.0 */
#include "store/people.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "store/atomic.h"

static struct why why;
static struct people *p;

static const struct people_user ana = {
	.user = "ana",
	.name = "Ana L\xc3\xb3pez",
	.hash = "$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA",
	.roles = ROLE_SEND | ROLE_ADMINISTER,
	.created_ms = 1800000000000,
};
static const struct people_user ben = {
	.user = "ben",
	.hash = "$scrypt$other",
	.roles = ROLE_READ,
	.created_ms = 1800000000001,
};
static const struct people_token printer = {
	.id = { 1, 2, 0xff },
	.name = "the archive's script",
	.digest = { 9, [31] = 1 },
	.roles = ROLE_READ | ROLE_SEND,
	.created_ms = 1800000000002,
};
static const char printer_hex[] = "0102ff0000000000";

static int set_up(void **state)
{
	return scratch_set_up(state) == 0 &&
			       people_open(&p, scratch(""), &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	people_close(p);
	p = NULL;
	return scratch_tear_down(state);
}

static void reopen(void)
{
	people_close(p);
	p = NULL;
	assert_int_equal(people_open(&p, scratch(""), &why), OK);
}

static void same_user(const struct people_user *one,
		      const struct people_user *other)
{
	assert_non_null(one);
	assert_string_equal(one->user, other->user);
	assert_string_equal(one->name, other->name);
	assert_string_equal(one->hash, other->hash);
	assert_int_equal(one->roles, other->roles);
	assert_int_equal(one->created_ms, other->created_ms);
}

static void who_was_added_is_there_the_next_time(void **state)
{
	const struct people_token *t;

	(void)state;
	assert_int_equal(people_users(p), 0);
	assert_int_equal(people_user_add(p, &ana, &why), OK);
	assert_int_equal(people_user_add(p, &ben, &why), OK);
	assert_int_equal(people_token_add(p, &printer, &why), OK);
	reopen();
	assert_int_equal(people_users(p), 2);
	same_user(people_user_at(p, 0), &ana);
	same_user(people_user_find(p, "ben"), &ben);
	assert_null(people_user_at(p, 2));
	assert_null(people_user_find(p, "zoe"));
	assert_null(people_user_find(p, "Ana"));
	assert_int_equal(people_tokens(p), 1);
	t = people_token_find(p, printer.digest);
	assert_ptr_equal(t, people_token_at(p, 0));
	assert_ptr_equal(t, people_token_named(p, printer_hex));
	assert_string_equal(t->name, printer.name);
	assert_int_equal(t->roles, printer.roles);
	assert_int_equal(t->created_ms, printer.created_ms);
	assert_int_equal(t->used_ms, 0);
	assert_null(people_token_named(p, "0102"));
	assert_null(people_token_named(p, "0102ff0000000001"));
	assert_null(people_token_at(p, 1));
}

static void nobody_else_may_read_the_hashes(void **state)
{
	struct people *other;
	struct stat st;

	(void)state;
	assert_int_equal(people_user_add(p, &ana, &why), OK);
	assert_int_equal(stat(scratch("people.json"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(scratch("people.json"), 0640), 0);
	assert_int_equal(people_open(&other, scratch(""), &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "chmod 600"));
}

static void what_is_no_user_is_refused_with_a_sentence(void **state)
{
	struct people_user u = ben;

	(void)state;
	assert_int_equal(people_user_add(p, &ana, &why), OK);
	assert_int_equal(people_user_add(p, &ana, &why), ERR_EXISTS);
	assert_non_null(strstr(why.text, "ana already"));
	strcpy(u.user, "a b");
	assert_int_equal(people_user_add(p, &u, &why), ERR_BAD);
	strcpy(u.user, ROLE_LOCAL);
	assert_int_equal(people_user_add(p, &u, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "taken"));
	u = ben;
	u.roles = 0;
	assert_int_equal(people_user_add(p, &u, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "role"));
	u.roles = 8;
	assert_int_equal(people_user_add(p, &u, &why), ERR_BAD);
	u = ben;
	strcpy(u.name, "a\nb");
	assert_int_equal(people_user_add(p, &u, &why), ERR_BAD);
	assert_int_equal(people_users(p), 1);
}

static void a_change_changes_what_it_names(void **state)
{
	struct people_user now = ana;
	unsigned roles = ROLE_ALL;

	(void)state;
	assert_int_equal(people_user_add(p, &ana, &why), OK);
	assert_int_equal(
		people_user_change(p, "ana",
				   &(struct people_change){ .hash = "$new" },
				   &why),
		OK);
	strcpy(now.hash, "$new");
	same_user(people_user_find(p, "ana"), &now);
	assert_int_equal(
		people_user_change(p, "ana",
				   &(struct people_change){ .roles = &roles,
							    .name = "Ana" },
				   &why),
		OK);
	now.roles = roles;
	strcpy(now.name, "Ana");
	reopen();
	same_user(people_user_find(p, "ana"), &now);
	assert_int_equal(people_user_change(p, "zoe",
					    &(struct people_change){ 0 }, &why),
			 ERR_MISSING);
	roles = 0;
	assert_int_equal(
		people_user_change(p, "ana",
				   &(struct people_change){ .roles = &roles },
				   &why),
		ERR_BAD);
}

static void the_last_administrator_stays(void **state)
{
	unsigned none = ROLE_SEND, all = ROLE_ALL;

	(void)state;
	assert_int_equal(people_user_add(p, &ana, &why), OK);
	assert_int_equal(people_user_add(p, &ben, &why), OK);
	assert_int_equal(people_user_remove(p, "ana", &why), ERR_DENIED);
	assert_non_null(strstr(why.text, "only administrator"));
	assert_int_equal(
		people_user_change(p, "ana",
				   &(struct people_change){ .roles = &none },
				   &why),
		ERR_DENIED);
	assert_int_equal(
		people_user_change(p, "ben",
				   &(struct people_change){ .roles = &all },
				   &why),
		OK);
	assert_int_equal(people_user_remove(p, "ana", &why), OK);
	assert_null(people_user_find(p, "ana"));
	assert_int_equal(people_user_remove(p, "ana", &why), ERR_MISSING);
	assert_int_equal(people_user_remove(p, "ben", &why), ERR_DENIED);
}

static void one_that_is_removed_leaves_the_others_in_order(void **state)
{
	struct people_user u = ana;

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(u.user, sizeof(u.user), "u%d", i);
		assert_int_equal(people_user_add(p, &u, &why), OK);
	}
	assert_int_equal(people_user_remove(p, "u1", &why), OK);
	assert_int_equal(people_user_remove(p, "u4", &why), OK);
	reopen();
	assert_int_equal(people_users(p), 3);
	assert_string_equal(people_user_at(p, 0)->user, "u0");
	assert_string_equal(people_user_at(p, 1)->user, "u2");
	assert_string_equal(people_user_at(p, 2)->user, "u3");
}

static void a_token_goes_and_no_other(void **state)
{
	struct people_token t = printer;

	(void)state;
	assert_int_equal(people_token_add(p, &printer, &why), OK);
	t.id[7] = 1;
	t.digest[0]++;
	assert_int_equal(people_token_add(p, &t, &why), OK);
	assert_int_equal(people_token_remove(p, printer_hex, &why), OK);
	assert_null(people_token_find(p, printer.digest));
	assert_non_null(people_token_find(p, t.digest));
	assert_int_equal(people_token_remove(p, printer_hex, &why),
			 ERR_MISSING);
	assert_int_equal(people_token_remove(p, "no", &why), ERR_MISSING);
	t.name[0] = '\0';
	assert_int_equal(people_token_add(p, &t, &why), ERR_BAD);
}

static void the_use_of_a_token_is_kept(void **state)
{
	(void)state;
	assert_int_equal(people_token_add(p, &printer, &why), OK);
	people_token_used(p, printer.digest, 1800000000099);
	people_token_used(p, (const uint8_t[32]){ 0 }, 5);
	assert_int_equal(people_token_at(p, 0)->used_ms, 1800000000099);
	reopen();
	assert_int_equal(people_token_at(p, 0)->used_ms, 1800000000099);
}

static void there_is_an_end_to_users_and_tokens(void **state)
{
	struct people_user u = ana;
	struct people_token t = printer;
	enum err e = OK;

	(void)state;
	/* In the file at once: a thousand writes would tell no more. */
	people_close(p);
	p = NULL;
	{
		FILE *f = fopen(scratch("people.json"), "w");

		assert_non_null(f);
		assert_int_equal(chmod(scratch("people.json"), 0600), 0);
		fputs("{\"users\":[", f);
		for (int i = 0; i < PEOPLE_USERS_MAX; i++)
			fprintf(f,
				"%s{\"user\":\"u%d\",\"name\":\"\",\"hash\":"
				"\"\",\"roles\":[\"read\"],\"created_ms\":1}",
				i ? "," : "", i);
		fputs("],\"tokens\":[", f);
		for (int i = 0; i < PEOPLE_TOKENS_MAX; i++)
			fprintf(f,
				"%s{\"token\":\"%016x\",\"name\":\"t\","
				"\"digest\":\"%064x\",\"roles\":[\"read\"],"
				"\"created_ms\":1,\"used_ms\":0}",
				i ? "," : "", i, i);
		fputs("]}", f);
		fclose(f);
	}
	assert_int_equal(people_open(&p, scratch(""), &why), OK);
	assert_int_equal(people_users(p), PEOPLE_USERS_MAX);
	e = people_user_add(p, &u, &why);
	assert_int_equal(e, ERR_LIMIT);
	e = people_token_add(p, &t, &why);
	assert_int_equal(e, ERR_LIMIT);
}

static void a_damaged_file_is_told_and_left(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"{\"users\":[]}",
		"{\"users\":[{}],\"tokens\":[]}",
		"{\"users\":[],\"tokens\":[7]}",
		"{\"users\":[{\"user\":\"local\",\"name\":\"\",\"hash\":\"\","
		"\"roles\":[],\"created_ms\":1}],\"tokens\":[]}",
		"{\"users\":[{\"user\":\"ana\",\"name\":\"\",\"hash\":\"\","
		"\"roles\":[1],\"created_ms\":1}],\"tokens\":[]}",
		"{\"users\":[{\"user\":\"ana\",\"name\":\"\",\"hash\":\"\","
		"\"roles\":[],\"created_ms\":-1}],\"tokens\":[]}",
	};
	struct people *other;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		scratch_write("people.json", bad[i], strlen(bad[i]));
		assert_int_equal(chmod(scratch("people.json"), 0600), 0);
		assert_int_equal(people_open(&other, scratch(""), &why),
				 ERR_BAD);
		assert_non_null(strstr(why.text, "people.json is damaged"));
	}
}

static void what_the_disk_refuses_has_not_happened(void **state)
{
	unsigned roles = ROLE_ALL;

	(void)state;
	if (!scratch_small_disk(64))
		skip();
	people_close(p);
	p = NULL;
	assert_int_equal(people_open(&p, scratch("small"), &why), OK);
	assert_int_equal(people_user_add(p, &ana, &why), OK);
	assert_int_equal(people_user_add(p, &ben, &why), OK);
	assert_int_equal(people_token_add(p, &printer, &why), OK);
	scratch_fill();
	{
		struct people_user u = ana;
		struct people_token t = printer;

		strcpy(u.user, "zoe");
		t.id[0]++;
		assert_int_equal(people_user_add(p, &u, &why), ERR_SPACE);
		assert_int_equal(people_token_add(p, &t, &why), ERR_SPACE);
	}
	assert_int_equal(people_user_remove(p, "ben", &why), ERR_SPACE);
	assert_int_equal(people_token_remove(p, printer_hex, &why), ERR_SPACE);
	assert_int_equal(
		people_user_change(p, "ana",
				   &(struct people_change){ .roles = &roles },
				   &why),
		ERR_SPACE);
	assert_int_equal(people_users(p), 2);
	same_user(people_user_at(p, 0), &ana);
	same_user(people_user_at(p, 1), &ben);
	assert_int_equal(people_tokens(p), 1);
	assert_non_null(people_token_find(p, printer.digest));
	scratch_make_room();
	people_close(p);
	p = NULL;
	assert_int_equal(people_open(&p, scratch("small"), &why), OK);
	same_user(people_user_at(p, 1), &ben);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_was_added_is_there_the_next_time),
		TEST(nobody_else_may_read_the_hashes),
		TEST(what_is_no_user_is_refused_with_a_sentence),
		TEST(a_change_changes_what_it_names),
		TEST(the_last_administrator_stays),
		TEST(one_that_is_removed_leaves_the_others_in_order),
		TEST(a_token_goes_and_no_other),
		TEST(the_use_of_a_token_is_kept),
		TEST(there_is_an_end_to_users_and_tokens),
		TEST(a_damaged_file_is_told_and_left),
		TEST(what_the_disk_refuses_has_not_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
