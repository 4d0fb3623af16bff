/* SPDX-License-Identifier: Apache-2.0 */
#include "office/ruleset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../store/scratch.h"

enum { NOW_MS = 5000 };

static struct ruleset set;
static struct why why;

static int tear_down(void **state)
{
	ruleset_fini(&set);
	return scratch_tear_down(state);
}

/* JSON with ' for ", and without the brackets of the list. */
static enum err decode(const char *text)
{
	char quoted[4000];
	json_t *array;
	enum err e;

	snprintf(quoted, sizeof(quoted), "[%s]", text);
	for (char *p = quoted; *p; p++)
		if (*p == '\'')
			*p = '"';
	array = json_loads(quoted, 0, NULL);
	assert_non_null(array);
	ruleset_fini(&set);
	why.text[0] = '\0';
	e = ruleset_decode(array, NOW_MS, &set, &why);
	json_decref(array);
	return e;
}

static void refused(const char *text, const char *sentence)
{
	assert_int_equal(decode(text), ERR_BAD);
	assert_string_equal(why.text, sentence);
	assert_int_equal(set.count, 0);
}

static const char every_kind[] =
	"{'name':'m','do':'mail','to':['a@b'],'subject':'{from}','body':'x',"
	"'attach':'tiff','from':['ana','*@north'],'number':['81*'],"
	"'last':true,'enabled':false},"
	"{'name':'p','do':'print','printer':'desk','server':'h:631'},"
	"{'name':'f','do':'folder','folder':'/srv','file':'{job}.tif',"
	"'mode':'600'},"
	"{'name':'x','when':'failed','do':'program','command':['/bin/sh','a'],"
	"'seconds':7}";

static void every_field_comes_back(void **state)
{
	static const char *const fields[] = { "to",	"subject", "body",
					      "attach", "from",	   "number",
					      "last",	"enabled", "printer",
					      "server", "folder",  "file",
					      "mode",	"command", "seconds" };
	json_t *once, *twice;
	struct ruleset again;

	(void)state;
	assert_int_equal(decode(every_kind), OK);
	assert_int_equal(set.count, 4);
	once = ruleset_encode(&set);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		bool seen = false;

		for (size_t r = 0; r < 4; r++)
			seen = seen || json_object_get(json_array_get(once, r),
						       fields[i]);
		assert_true(seen);
	}
	assert_int_equal(ruleset_decode(once, NOW_MS + 1, &again, &why), OK);
	twice = ruleset_encode(&again);
	assert_true(json_equal(once, twice));
	assert_string_equal(again.all[0]->from.items[1], "*@north");
	assert_int_equal(again.all[0]->attach, RULES_TIFF);
	assert_false(again.all[0]->enabled);
	assert_int_equal(again.all[3]->seconds, 7);
	assert_int_equal(again.all[3]->since_ms, NOW_MS);
	json_decref(once);
	json_decref(twice);
	ruleset_fini(&again);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	refused("{'do':'mail'}",
		"Every rule needs a name, of 64 octets at most.");
	refused("7", "Every rule needs a name, of 64 octets at most.");
	refused("{'name':'a'}",
		"The rule \"a\": do: it is mail, print, folder or program.");
	refused("{'name':'a','do':'mail','when':'now'}",
		"The rule \"a\": when: it is received or failed.");
	refused("{'name':'a','do':'folder','folder':'/srv','colour':1}",
		"The rule \"a\": colour: a rule of folder has no such field.");
	refused("{'name':'a','do':'folder','folder':'/srv','to':['a@b']}",
		"The rule \"a\": to: a rule of folder has no such field.");
	refused("{'name':'a','do':'folder','folder':7}",
		"The rule \"a\": folder: it is a text, or it is too long.");
	refused("{'name':'a','do':'mail','to':'a@b'}",
		"The rule \"a\": to: it is a list of texts, 32 at most of 255 "
		"octets each.");
	refused("{'name':'a','do':'mail','to':['a@b'],'last':1}",
		"The rule \"a\": last: it is true or false.");
	refused("{'name':'a','do':'mail','to':['a@b'],'attach':'PDF'}",
		"The rule \"a\": attach: it is pdf, tiff or nothing.");
	refused("{'name':'a','do':'program','command':['/a'],'seconds':0}",
		"The rule \"a\": seconds: it is a number, 1 to 3600.");
	refused("{'name':'a','do':'folder','folder':'/srv'},"
		"{'name':'a','do':'folder','folder':'/srv'}",
		"The rule \"a\": name: there are two of this name.");
	refused("{'name':'a','do':'folder','folder':'srv'}",
		"The rule \"a\": folder: it is a path that begins with a "
		"slash.");
	/* What a name is shown as begins no other line. */
	refused("{'name':'a\\nb','do':'folder','folder':7}",
		"The rule \"a?b\": folder: it is a text, or it is too long.");
}

static void there_are_bounds(void **state)
{
	char text[16000], name[RULES_NAME_MAX + 2];
	json_t *array = json_array();
	json_t *object = json_object();

	(void)state;
	memset(name, 'n', sizeof(name));
	name[RULES_NAME_MAX] = '\0';
	snprintf(text, sizeof(text),
		 "{'name':'%s','do':'folder','folder':'/srv'}", name);
	assert_int_equal(decode(text), OK);
	name[RULES_NAME_MAX] = 'n';
	name[RULES_NAME_MAX + 1] = '\0';
	snprintf(text, sizeof(text),
		 "{'name':'%s','do':'folder','folder':'/srv'}", name);
	assert_int_equal(decode(text), ERR_BAD);
	ruleset_fini(&set);
	for (int i = 0; i < RULES_MAX + 1; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		json_array_append_new(array, json_pack("{s:s,s:s,s:s}", "name",
						       name, "do", "folder",
						       "folder", "/srv"));
	}
	assert_int_equal(ruleset_decode(array, 1, &set, &why), ERR_LIMIT);
	json_array_remove(array, 0);
	assert_int_equal(ruleset_decode(array, 1, &set, &why), OK);
	ruleset_fini(&set);
	assert_int_equal(ruleset_decode(object, 1, &set, &why), ERR_BAD);
	assert_int_equal(ruleset_decode(NULL, 1, &set, &why), ERR_BAD);
	json_decref(array);
	json_decref(object);
}

static void a_rule_counts_from_when_it_was_made_or_changed(void **state)
{
	struct ruleset before;

	(void)state;
	assert_int_equal(decode("{'name':'a','do':'folder','folder':'/a'},"
				"{'name':'b','do':'folder','folder':'/b'},"
				"{'name':'c','do':'folder','folder':'/c',"
				"'enabled':false}"),
			 OK);
	before = set;
	set.count = 0;
	assert_int_equal(
		decode("{'name':'a','do':'folder','folder':'/elsewhere'},"
		       "{'name':'b','do':'folder','folder':'/b',"
		       "'from':['ana']},"
		       "{'name':'c','do':'folder','folder':'/c'},"
		       "{'name':'d','do':'folder','folder':'/d',"
		       "'since_ms':1}"),
		OK);
	ruleset_continue(&set, &before, NOW_MS + 9);
	assert_int_equal(set.all[0]->since_ms, NOW_MS);
	assert_int_equal(set.all[1]->since_ms, NOW_MS + 9);
	assert_int_equal(set.all[2]->since_ms, NOW_MS + 9);
	assert_int_equal(set.all[3]->since_ms, NOW_MS + 9);
	ruleset_fini(&before);
}

static void the_file_comes_back_and_none_is_no_rules(void **state)
{
	struct ruleset back;

	(void)state;
	assert_int_equal(ruleset_read(scratch(""), &back, &why), OK);
	assert_int_equal(back.count, 0);
	assert_int_equal(decode(every_kind), OK);
	assert_int_equal(ruleset_write(scratch(""), &set, &why), OK);
	assert_int_equal(ruleset_read(scratch(""), &back, &why), OK);
	assert_int_equal(back.count, 4);
	assert_non_null(ruleset_find(&back, "x"));
	assert_null(ruleset_find(&back, "y"));
	ruleset_fini(&back);
}

static void a_file_that_others_may_write_to_is_refused(void **state)
{
	static const mode_t bad[] = { 0620, 0602, 0666 };
	struct ruleset back;

	(void)state;
	assert_int_equal(decode(every_kind), OK);
	assert_int_equal(ruleset_write(scratch(""), &set, &why), OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(chmod(scratch("rules.json"), bad[i]), 0);
		assert_int_equal(ruleset_read(scratch(""), &back, &why),
				 ERR_DENIED);
		assert_int_equal(back.count, 0);
	}
	assert_int_equal(chmod(scratch("rules.json"), 0644), 0);
	assert_int_equal(ruleset_read(scratch(""), &back, &why), OK);
	ruleset_fini(&back);
}

static void a_file_that_is_wrong_is_told_with_its_line(void **state)
{
	struct ruleset back;

	(void)state;
	scratch_write("rules.json", "{\n\"rules\": [\n}", 14);
	assert_int_equal(ruleset_read(scratch(""), &back, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "rules.json:3: this is no JSON."));
	scratch_write("rules.json", "{\"rules\":[{}]}", 14);
	assert_int_equal(ruleset_read(scratch(""), &back, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "rules.json: Every rule needs"));
	scratch_write("rules.json", "[]", 2);
	assert_int_equal(ruleset_read(scratch(""), &back, &why), ERR_BAD);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_comes_back),
		TEST(what_is_wrong_is_said_with_its_place),
		TEST(there_are_bounds),
		TEST(a_rule_counts_from_when_it_was_made_or_changed),
		TEST(the_file_comes_back_and_none_is_no_rules),
		TEST(a_file_that_others_may_write_to_is_refused),
		TEST(a_file_that_is_wrong_is_told_with_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
