/* SPDX-License-Identifier: Apache-2.0 */
#include "store/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"

struct thing {
	char name[8];
	uint8_t id[3];
	uint64_t big;
	uint32_t middle;
	uint16_t small;
	bool flag;
	uint16_t later;
};

static const struct record_field table[] = {
	RECORD(struct thing, name, RECORD_TEXT),
	RECORD(struct thing, id, RECORD_HEX),
	RECORD(struct thing, big, RECORD_NUMBER),
	RECORD(struct thing, middle, RECORD_NUMBER),
	RECORD(struct thing, small, RECORD_NUMBER),
	RECORD(struct thing, flag, RECORD_FLAG),
	RECORD_LATER(struct thing, later, RECORD_NUMBER),
	{ .key = NULL },
};

static const char good[] = "{\"name\":\"seven77\",\"id\":\"0aff10\","
			   "\"big\":9223372036854775807,"
			   "\"middle\":4294967295,\"small\":65535,"
			   "\"flag\":true}";

static bool decode(const char *text, struct thing *t)
{
	return record_decode(text, strlen(text), table, t);
}

static void what_was_written_is_read(void **state)
{
	struct thing from = { "\"\xc3\xa4\n", { 1, 2, 3 }, 1, 2, 3, true, 4 };
	struct thing to = { .name = "" };

	(void)state;
	assert_int_equal(record_write(scratch("r"), table, &from, NULL), OK);
	assert_int_equal(record_read(scratch("r"), table, &to, NULL), OK);
	assert_string_equal(to.name, from.name);
	assert_memory_equal(to.id, from.id, 3);
	assert_int_equal(to.big, 1);
	assert_int_equal(to.middle, 2);
	assert_int_equal(to.small, 3);
	assert_true(to.flag);
}

static void what_came_later_may_lack(void **state)
{
	struct thing t = { .later = 7 };

	(void)state;
	assert_true(decode(good, &t));
	assert_int_equal(t.later, 7);
	assert_false(decode("{\"name\":\"\",\"id\":\"0aff10\",\"big\":1,"
			    "\"middle\":1,\"small\":1,\"flag\":true,"
			    "\"later\":\"x\"}",
			    &t));
	assert_true(decode("{\"name\":\"\",\"id\":\"0aff10\",\"big\":1,"
			   "\"middle\":1,\"small\":1,\"flag\":true,"
			   "\"later\":9}",
			   &t));
	assert_int_equal(t.later, 9);
}

static void the_largest_values_fit(void **state)
{
	struct thing t;

	(void)state;
	assert_true(decode(good, &t));
	assert_string_equal(t.name, "seven77");
	assert_int_equal(t.id[1], 0xff);
	assert_int_equal(t.big, INT64_MAX);
	assert_int_equal(t.middle, UINT32_MAX);
	assert_int_equal(t.small, UINT16_MAX);
}

static void a_newer_program_s_keys_are_skipped(void **state)
{
	char text[400];
	struct thing t;

	(void)state;
	snprintf(text, sizeof(text), "{\"new\":[1,{}],%s", good + 1);
	assert_true(decode(text, &t));
}

/* Puts `instead` where `part` was; must no longer be a record. */
static void refuse(const char *part, const char *instead)
{
	const char *at = strstr(good, part);
	char text[400];
	struct thing t;

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good,
		 instead, at + strlen(part));
	if (decode(text, &t))
		fail_msg("taken: %s", text);
}

static void what_does_not_fit_is_refused(void **state)
{
	(void)state;
	refuse("seven77", "eight888");
	refuse("\"seven77\"", "7");
	refuse("\"seven77\"", "null");
	refuse("0aff10", "0aff1");
	refuse("0aff10", "0aff1000");
	refuse("0aff10", "0affxx");
	refuse("9223372036854775807", "9223372036854775808");
	refuse("4294967295", "4294967296");
	refuse("4294967295", "-1");
	refuse("65535", "65536");
	refuse("65535", "1.5");
	refuse("65535", "\"1\"");
	refuse("true", "1");
	refuse("\"flag\":true", "\"flak\":true");
	refuse("\"flag\":true", "\"flag\":true,\"flag\":true");
	refuse("{", "[");
}

static void every_prefix_is_refused(void **state)
{
	struct thing t;

	(void)state;
	for (size_t n = 0; n < strlen(good); n++)
		assert_false(record_decode(good, n, table, &t));
}

static void no_changed_byte_does_harm(void **state)
{
	char text[sizeof(good)];
	struct thing t;

	(void)state;
	for (size_t i = 0; i < strlen(good); i++)
		for (int b = 0; b < 256; b++) {
			memcpy(text, good, sizeof(good));
			text[i] = (char)b;
			t.name[7] = '\0';
			(void)record_decode(text, strlen(good), table, &t);
			assert_int_equal(t.name[7], '\0');
		}
}

static void a_damaged_file_is_told(void **state)
{
	struct why why;
	struct thing t;

	(void)state;
	scratch_write("r", good, 20);
	assert_int_equal(record_read(scratch("r"), table, &t, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "damaged"));
	assert_int_equal(record_read(scratch("no"), table, &t, &why),
			 ERR_MISSING);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read),
		TEST(what_came_later_may_lack),
		TEST(the_largest_values_fit),
		TEST(a_newer_program_s_keys_are_skipped),
		TEST(what_does_not_fit_is_refused),
		TEST(every_prefix_is_refused),
		TEST(no_changed_byte_does_harm),
		TEST(a_damaged_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
