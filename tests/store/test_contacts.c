/* SPDX-License-Identifier: Apache-2.0 */
#include "store/contacts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"

static struct why why;
static struct contacts *c;

static bool valid(const char *address)
{
	return *address && !strchr(address, ' ');
}

static const char *const one_to[] = { "ben@north" };
static const char *const group_to[] = { "ben", "+81312345678", "zoe@far" };
static const struct contacts_entry ben = { .id = { 1 },
					   .name = "Ben \xe4\xba\x8c",
					   .note = "ground floor\nmornings",
					   .to = one_to,
					   .count = 1 };
static const struct contacts_entry clinic = { .id = { 2, [7] = 0xab },
					      .name = "Clinics",
					      .note = "",
					      .to = group_to,
					      .count = 3 };
static const char ben_hex[] = "0100000000000000";
static const char clinic_hex[] = "02000000000000ab";

static int set_up(void **state)
{
	return scratch_set_up(state) == 0 &&
			       contacts_open(&c, scratch(""), valid, &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	contacts_close(c);
	c = NULL;
	return scratch_tear_down(state);
}

static void reopen(const char *name)
{
	contacts_close(c);
	c = NULL;
	assert_int_equal(contacts_open(&c, scratch(name), valid, &why), OK);
}

static void same(const struct contacts_entry *one,
		 const struct contacts_entry *other)
{
	assert_non_null(one);
	assert_memory_equal(one->id, other->id, CONTACTS_ID_SIZE);
	assert_string_equal(one->name, other->name);
	assert_string_equal(one->note, other->note);
	assert_int_equal(one->count, other->count);
	for (size_t i = 0; i < one->count; i++)
		assert_string_equal(one->to[i], other->to[i]);
}

static void what_was_added_is_there_the_next_time(void **state)
{
	const struct contacts_entry both[] = { ben, clinic };

	(void)state;
	assert_int_equal(contacts_count(c), 0);
	assert_int_equal(contacts_add(c, both, 2, &why), OK);
	reopen("");
	assert_int_equal(contacts_count(c), 2);
	same(contacts_at(c, 0), &ben);
	same(contacts_find(c, clinic_hex), &clinic);
	same(contacts_named(c, "Clinics"), &clinic);
	assert_null(contacts_at(c, 2));
	assert_null(contacts_find(c, "02"));
	assert_null(contacts_find(c, "0200000000000000"));
	assert_null(contacts_named(c, "clinics"));
}

static void no_note_is_an_empty_one(void **state)
{
	struct contacts_entry e = ben;

	(void)state;
	e.note = NULL;
	assert_int_equal(contacts_add(c, &e, 1, &why), OK);
	assert_string_equal(contacts_at(c, 0)->note, "");
}

static void what_is_no_contact_is_refused_with_a_sentence(void **state)
{
	static const char *const bad_to[] = { "ben", "a b\x1b" };
	char name[CONTACTS_NAME_MAX + 2];
	struct contacts_entry e = ben;

	(void)state;
	e.to = bad_to;
	e.count = 2;
	assert_int_equal(contacts_add(c, &e, 1, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "\"a b?\" is no address"));
	e.count = 0;
	assert_int_equal(contacts_add(c, &e, 1, &why), ERR_BAD);
	e = ben;
	e.name = "";
	assert_int_equal(contacts_add(c, &e, 1, &why), ERR_BAD);
	e.name = "a\tb";
	assert_int_equal(contacts_add(c, &e, 1, &why), ERR_BAD);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	e.name = name;
	assert_int_equal(contacts_add(c, &e, 1, &why), ERR_BAD);
	name[CONTACTS_NAME_MAX] = '\0';
	e.note = "bell\a";
	assert_int_equal(contacts_add(c, &e, 1, &why), ERR_BAD);
	e.note = "";
	assert_int_equal(contacts_add(c, &e, 1, &why), OK);
	assert_int_equal(contacts_add(c, &e, 1, &why), ERR_EXISTS);
}

static void a_row_that_is_wrong_keeps_all_out(void **state)
{
	struct contacts_entry rows[3] = { ben, clinic, clinic };

	(void)state;
	rows[2].id[3] = 9;
	assert_int_equal(contacts_add(c, rows, 3, &why), ERR_EXISTS);
	assert_non_null(strstr(why.text, "Clinics already"));
	assert_int_equal(contacts_count(c), 0);
	assert_false(scratch_exists("contacts.json"));
	assert_int_equal(contacts_add(c, rows, 2, &why), OK);
}

static void a_contact_is_changed_as_a_whole(void **state)
{
	struct contacts_entry e = clinic;

	(void)state;
	assert_int_equal(contacts_add(c, &ben, 1, &why), OK);
	assert_int_equal(contacts_change(c, &clinic, &why), ERR_MISSING);
	assert_int_equal(contacts_add(c, &clinic, 1, &why), OK);
	memcpy(e.id, ben.id, sizeof(e.id));
	assert_int_equal(contacts_change(c, &e, &why), ERR_EXISTS);
	same(contacts_find(c, ben_hex), &ben);
	e.name = "Others";
	assert_int_equal(contacts_change(c, &e, &why), OK);
	e.note = "its own name is free";
	assert_int_equal(contacts_change(c, &e, &why), OK);
	reopen("");
	same(contacts_find(c, ben_hex), &e);
	e.count = 0;
	assert_int_equal(contacts_change(c, &e, &why), ERR_BAD);
}

static void rows_join_the_contact_of_their_name(void **state)
{
	static const char *const first[] = { "ben", "zoe" };
	static const char *const second[] = { "zoe@far", "kim" };
	struct contacts_entry rows[4] = {
		{ .id = { 5 }, .name = "Clinics", .to = first, .count = 2 },
		{ .id = { 6 }, .name = "New", .to = first, .count = 1 },
		{ .id = { 7 },
		  .name = "Clinics",
		  .note = "all",
		  .to = second,
		  .count = 2 },
		{ .id = { 8 }, .name = "Bad", .to = first, .count = 0 },
	};
	const struct contacts_entry *e;

	(void)state;
	assert_int_equal(contacts_add(c, &clinic, 1, &why), OK);
	/* One that is wrong keeps all out. */
	assert_int_equal(contacts_merge(c, rows, 4, &why), ERR_BAD);
	assert_int_equal(contacts_count(c), 1);
	same(contacts_at(c, 0), &clinic);
	assert_int_equal(contacts_merge(c, rows, 3, &why), OK);
	assert_int_equal(contacts_merge(c, rows, 3, &why), OK);
	reopen("");
	assert_int_equal(contacts_count(c), 2);
	e = contacts_find(c, clinic_hex);
	assert_int_equal(e->count, 5);
	assert_string_equal(e->to[0], "ben");
	assert_string_equal(e->to[2], "zoe@far");
	assert_string_equal(e->to[3], "zoe");
	assert_string_equal(e->to[4], "kim");
	assert_string_equal(e->note, "all");
	assert_int_equal(contacts_named(c, "New")->count, 1);
}

static void one_that_is_removed_leaves_the_others(void **state)
{
	const struct contacts_entry both[] = { ben, clinic };

	(void)state;
	assert_int_equal(contacts_add(c, both, 2, &why), OK);
	assert_int_equal(contacts_remove(c, ben_hex, &why), OK);
	assert_int_equal(contacts_remove(c, ben_hex, &why), ERR_MISSING);
	reopen("");
	assert_int_equal(contacts_count(c), 1);
	same(contacts_at(c, 0), &clinic);
}

static void a_group_has_a_thousand_and_no_more(void **state)
{
	const char *to[CONTACTS_TO_MAX + 1];
	struct contacts_entry e = clinic;

	(void)state;
	for (size_t i = 0; i <= CONTACTS_TO_MAX; i++)
		to[i] = "ben";
	e.to = to;
	e.count = CONTACTS_TO_MAX + 1;
	assert_int_equal(contacts_add(c, &e, 1, &why), ERR_LIMIT);
	e.count = CONTACTS_TO_MAX;
	assert_int_equal(contacts_add(c, &e, 1, &why), OK);
	reopen("");
	same(contacts_at(c, 0), &e);
}

static void a_book_has_an_end(void **state)
{
	struct contacts_entry *rows = calloc(CONTACTS_MAX + 1, sizeof(*rows));
	static char names[CONTACTS_MAX + 1][12];

	(void)state;
	assert_non_null(rows);
	for (unsigned i = 0; i <= CONTACTS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "n%u", i);
		rows[i] = ben;
		rows[i].id[6] = (uint8_t)i;
		rows[i].id[7] = (uint8_t)(i >> 8);
		rows[i].name = names[i];
	}
	assert_int_equal(contacts_add(c, rows, CONTACTS_MAX, &why), OK);
	assert_int_equal(contacts_add(c, rows + CONTACTS_MAX, 1, &why),
			 ERR_LIMIT);
	free(rows);
	reopen("");
	assert_int_equal(contacts_count(c), CONTACTS_MAX);
}

static void what_the_disk_refuses_has_not_happened(void **state)
{
	struct contacts_entry e = ben;

	(void)state;
	if (!scratch_small_disk(64))
		skip();
	reopen("small");
	assert_int_equal(contacts_add(c, &ben, 1, &why), OK);
	scratch_fill();
	e.name = "Benedict";
	assert_int_equal(contacts_change(c, &e, &why), ERR_SPACE);
	assert_int_equal(contacts_add(c, &clinic, 1, &why), ERR_SPACE);
	assert_int_equal(contacts_remove(c, ben_hex, &why), ERR_SPACE);
	assert_int_equal(contacts_count(c), 1);
	same(contacts_at(c, 0), &ben);
	scratch_make_room();
	assert_int_equal(contacts_add(c, &clinic, 1, &why), OK);
	reopen("small");
	assert_int_equal(contacts_count(c), 2);
}

static void a_damaged_book_is_told_and_left(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"contacts\":{}}",
		"{\"contacts\":[{}]}",
		"{\"contacts\":[{\"contact\":\"01\",\"name\":\"a\",\"to\":"
		"[\"b\"],\"note\":\"\"}]}",
		"{\"contacts\":[{\"contact\":\"0100000000000000\",\"name\":"
		"\"a\",\"to\":[1],\"note\":\"\"}]}",
		"{\"contacts\":[{\"contact\":\"0100000000000000\",\"name\":"
		"\"a\",\"to\":\"b\",\"note\":\"\"}]}",
	};
	struct contacts *other;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		scratch_write("contacts.json", bad[i], strlen(bad[i]));
		assert_int_equal(
			contacts_open(&other, scratch(""), valid, &why),
			ERR_BAD);
		assert_non_null(strstr(why.text, "contacts.json is damaged"));
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_added_is_there_the_next_time),
		TEST(no_note_is_an_empty_one),
		TEST(what_is_no_contact_is_refused_with_a_sentence),
		TEST(a_row_that_is_wrong_keeps_all_out),
		TEST(a_contact_is_changed_as_a_whole),
		TEST(rows_join_the_contact_of_their_name),
		TEST(one_that_is_removed_leaves_the_others),
		TEST(a_group_has_a_thousand_and_no_more),
		TEST(a_book_has_an_end),
		TEST(what_the_disk_refuses_has_not_happened),
		TEST(a_damaged_book_is_told_and_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
