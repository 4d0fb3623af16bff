/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../store/scratch.h"

struct values {
	bool refuse;
	int64_t spares, port;
	const char *name, *smtp;
	struct option_list allow;
};

#define AT(member) offsetof(struct values, member)
static const struct option table[] = {
	{ .key = "refuse",
	  .kind = OPTION_FLAG,
	  .at = AT(refuse),
	  .help = "take none",
	  .live = true },
	{ .key = "spares",
	  .kind = OPTION_NUMBER,
	  .at = AT(spares),
	  .max = 64,
	  .initial = "1",
	  .argument = "N",
	  .help = "how many",
	  .live = true },
	{ .key = "name",
	  .kind = OPTION_TEXT,
	  .at = AT(name),
	  .max = 8,
	  .initial = "",
	  .help = "who",
	  .live = true },
	{ .key = "allow",
	  .kind = OPTION_LIST,
	  .at = AT(allow),
	  .max = 8,
	  .help = "whom",
	  .live = true },
	{ .key = "smtp",
	  .kind = OPTION_TEXT,
	  .at = AT(smtp),
	  .max = 80,
	  .initial = "",
	  .help = "where",
	  .live = true,
	  .secret = true },
	{ .key = "port",
	  .kind = OPTION_NUMBER,
	  .at = AT(port),
	  .max = 65535,
	  .initial = "1",
	  .help = "needs a restart" },
	{ .key = NULL },
};

static struct values values;
static struct why why;

static int set_up(void **state)
{
	option_defaults(table, &values);
	return scratch_set_up(state);
}

static enum err apply(const char *text)
{
	json_t *settings = json_loads(text, 0, NULL);
	enum err e;

	assert_non_null(settings);
	e = settings_apply(settings, table, &values, &why);
	json_decref(settings);
	return e;
}

static void what_may_be_set_is_set(void **state)
{
	(void)state;
	assert_int_equal(apply("{\"refuse\": true, \"spares\": 3, \"name\": "
			       "\"ana\", \"allow\": [\"ben\", \"cleo\"]}"),
			 OK);
	assert_true(values.refuse);
	assert_int_equal(values.spares, 3);
	assert_string_equal(values.name, "ana");
	assert_int_equal(values.allow.count, 2);
	assert_string_equal(values.allow.items[1], "cleo");
	/* As one would write it in a file. */
	assert_int_equal(apply("{\"refuse\": \"no\", \"spares\": \"4\"}"), OK);
	assert_false(values.refuse);
	assert_int_equal(values.spares, 4);
	assert_int_equal(apply("{\"allow\": []}"), OK);
	assert_int_equal(values.allow.count, 0);
}

static void nothing_else_is_set(void **state)
{
	static const char *const wrong[] = {
		"{\"port\": 2}",
		"{\"colour\": \"blue\"}",
		"{\"\": 1}",
		"{\"a\\nb\": 1}",
		"{\"spares\": 65}",
		"{\"spares\": -1}",
		"{\"spares\": 1.5}",
		"{\"spares\": null}",
		"{\"spares\": []}",
		"{\"spares\": {}}",
		"{\"refuse\": 7}",
		"{\"refuse\": \"perhaps\"}",
		"{\"name\": \"much too long\"}",
		"{\"allow\": [\"ben\", 7.5]}",
		"{\"allow\": [\"much too long\"]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		why.text[0] = '\0';
		assert_int_equal(apply(wrong[i]), ERR_BAD);
		assert_true(strlen(why.text) > 0);
		assert_null(strchr(why.text, '\n'));
	}
	assert_int_equal(values.port, 1);
	assert_int_equal(values.spares, 1);
	assert_string_equal(values.name, "");
}

static void a_list_has_a_cap(void **state)
{
	json_t *settings = json_object(), *all = json_array();

	(void)state;
	for (int i = 0; i <= OPTION_LIST_MAX; i++)
		json_array_append_new(all, json_string("ben"));
	json_object_set_new(settings, "allow", all);
	assert_int_equal(settings_apply(settings, table, &values, &why),
			 ERR_LIMIT);
	json_decref(settings);
}

static void what_was_saved_is_loaded(void **state)
{
	json_t *settings, *again;

	(void)state;
	assert_int_equal(settings_load(scratch(""), &settings, &why), OK);
	assert_int_equal(json_object_size(settings), 0);
	json_object_set_new(settings, "name", json_string("\xe5\x8c\xbb"));
	assert_int_equal(settings_save(scratch(""), settings, &why), OK);
	assert_int_equal(settings_load(scratch(""), &again, &why), OK);
	assert_true(json_equal(settings, again));
	json_decref(settings);
	json_decref(again);
}

static void a_damaged_file_is_told_of_and_left(void **state)
{
	static const char *const damaged[] = { "", "{", "[]", "7",
					       "{\"a\": 1, \"a\": 2}" };
	json_t *settings;

	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		scratch_write("settings.json", damaged[i], strlen(damaged[i]));
		assert_int_equal(settings_load(scratch(""), &settings, &why),
				 ERR_BAD);
		assert_non_null(strstr(why.text, "settings.json"));
		assert_true(scratch_exists("settings.json"));
	}
}

static void a_full_disk_keeps_the_old_settings(void **state)
{
	json_t *settings = json_pack("{s:i}", "spares", 2), *again;

	(void)state;
	if (!scratch_small_disk(64)) {
		json_decref(settings);
		print_message("this test needs root\n");
		skip();
	}
	assert_int_equal(settings_save(scratch("small"), settings, &why), OK);
	scratch_fill();
	json_object_set_new(settings, "spares", json_integer(3));
	assert_int_equal(settings_save(scratch("small"), settings, &why),
			 ERR_SPACE);
	json_decref(settings);
	assert_int_equal(settings_load(scratch("small"), &again, &why), OK);
	assert_int_equal(json_integer_value(json_object_get(again, "spares")),
			 2);
	json_decref(again);
}

static const json_t *row(const json_t *list, const char *key)
{
	const json_t *one;
	size_t i;

	json_array_foreach(
		list, i,
		one) if (strcmp(json_string_value(json_object_get(one, "key")),
				key) == 0) return one;
	return NULL;
}

static void the_list_shows_what_may_be_set_and_no_secret(void **state)
{
	json_t *list;
	const json_t *one;
	char *text;

	(void)state;
	assert_int_equal(apply("{\"smtp\": \"smtp://u:hunter2@h:1\", "
			       "\"spares\": 5, \"allow\": [\"ben\"]}"),
			 OK);
	list = settings_list(table, &values, 0);
	assert_int_equal(json_array_size(list), 5);
	assert_null(row(list, "port"));
	one = row(list, "spares");
	assert_int_equal(json_integer_value(json_object_get(one, "value")), 5);
	assert_int_equal(json_integer_value(json_object_get(one, "max")), 64);
	assert_string_equal(json_string_value(json_object_get(one, "kind")),
			    "number");
	assert_string_equal(json_string_value(json_object_get(one, "initial")),
			    "1");
	one = row(list, "smtp");
	assert_string_equal(json_string_value(json_object_get(one, "kind")),
			    "secret");
	assert_true(json_is_true(json_object_get(one, "set")));
	text = json_dumps(list, 0);
	assert_null(strstr(text, "hunter2"));
	free(text);
	json_decref(list);
}

static bool is_fixed(const json_t *list, const char *key)
{
	const json_t *fixed = json_object_get(row(list, key), "fixed");

	assert_true(json_is_boolean(fixed));
	return json_is_true(fixed);
}

static void what_a_stronger_layer_set_is_marked(void **state)
{
	struct option_layer file = { .table = table, .config = &values };
	json_t *list;

	(void)state;
	assert_int_equal(apply("{\"allow\": [\"ben\", \"cleo\"]}"), OK);
	assert_int_equal(option_set(&file, "x", "allow", "dora", &why), OK);
	list = settings_list(table, &values, file.set);
	assert_true(is_fixed(list, "allow"));
	assert_false(is_fixed(list, "spares"));
	assert_int_equal(values.allow.count, 1);
	assert_string_equal(values.allow.items[0], "dora");
	json_decref(list);
}

static void an_empty_secret_means_as_it_is(void **state)
{
	json_t *empty = json_string(""), *other = json_string("x");

	(void)state;
	assert_true(settings_keeps(table, "smtp", empty));
	assert_false(settings_keeps(table, "smtp", other));
	assert_false(settings_keeps(table, "smtp", NULL));
	assert_false(settings_keeps(table, "name", empty));
	assert_false(settings_keeps(table, "none", empty));
	json_decref(empty);
	json_decref(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_may_be_set_is_set),
		TEST(nothing_else_is_set),
		TEST(a_list_has_a_cap),
		TEST(what_was_saved_is_loaded),
		TEST(a_damaged_file_is_told_of_and_left),
		TEST(a_full_disk_keeps_the_old_settings),
		TEST(the_list_shows_what_may_be_set_and_no_secret),
		TEST(what_a_stronger_layer_set_is_marked),
		TEST(an_empty_secret_means_as_it_is),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	option_forget();
	return failed;
}
