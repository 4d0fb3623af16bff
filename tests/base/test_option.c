/* SPDX-License-Identifier: Apache-2.0 */
#include "base/option.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The linker puts this in malloc's place. */
static bool memory_is_out;
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return memory_is_out ? NULL : __real_malloc(size);
}

struct config {
	bool verbose;
	bool fast;
	int64_t spares;
	int64_t offset;
	const char *home;
	const char *name;
	struct option_list peers;
	const char *config;
};

/* clang-format off */
static const struct option table[] = {
	{ .key = "verbose", .kind = OPTION_FLAG,
	  .at = offsetof(struct config, verbose), .help = "say more" },
	{ .key = "fast", .kind = OPTION_FLAG, .initial = "yes",
	  .at = offsetof(struct config, fast), .help = "go fast" },
	{ .key = "spares", .kind = OPTION_NUMBER, .min = 0, .max = 16,
	  .at = offsetof(struct config, spares), .initial = "2",
	  .argument = "N", .help = "idle connections to keep" },
	{ .key = "offset", .kind = OPTION_NUMBER, .min = -5, .max = 5,
	  .at = offsetof(struct config, offset),
	  .argument = "N", .help = "an offset" },
	{ .key = "home", .kind = OPTION_TEXT, .min = 1, .max = 20,
	  .at = offsetof(struct config, home), .initial = "/srv/fax",
	  .argument = "DIR", .help = "where the faxes lie" },
	{ .key = "name", .kind = OPTION_TEXT, .min = 3, .max = 5,
	  .at = offsetof(struct config, name),
	  .argument = "TEXT", .help = "a name" },
	{ .key = "peer", .kind = OPTION_LIST, .min = 1, .max = 9,
	  .at = offsetof(struct config, peers),
	  .argument = "ID", .help = "a peer; may be given often" },
	{ .key = "config", .kind = OPTION_TEXT, .max = 200,
	  .at = offsetof(struct config, config), .command_line_only = true,
	  .argument = "FILE", .help = "the configuration file" },
	{ 0 },
};
/* clang-format on */

static struct config c;
static struct why why;
static struct option_layer layer;

static int set_up(void **state)
{
	(void)state;
	memset(&c, 0x5a, sizeof(c));
	why.text[0] = '\0';
	option_defaults(table, &c);
	layer = (struct option_layer){ .table = table, .config = &c };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	option_forget();
	return 0;
}

static const struct option *row(const char *key)
{
	const struct option *o = table;

	while (strcmp(o->key, key) != 0)
		o++;
	return o;
}

enum { WORDS = 40 };

static const char *words[WORDS];
static size_t count;

/* Parses a command line whose words are parted by single spaces; `_` alone
 * stands for an empty word. */
static enum err parse(const char *line)
{
	static char copy[400];
	char *argv[WORDS + 1] = { NULL };
	char *rest = copy;
	int argc = 0;

	snprintf(copy, sizeof(copy), "program%s%s", line[0] ? " " : "", line);
	while (rest) {
		char *word = strsep(&rest, " ");

		argv[argc++] = strcmp(word, "_") == 0 ? word + 1 : word;
	}
	layer.set = 0;
	return option_parse(&layer, argc, argv, words, &count, &why);
}

/* Reads a file of these bytes; its name in sentences is replaced by FILE. */
static enum err read_bytes_as_file(const void *bytes, size_t len)
{
	char path[] = "/tmp/test_option.XXXXXX";
	int fd = mkstemp(path);
	char text[sizeof(why.text)];
	enum err e;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
	layer.set = 0;
	e = option_read_file(&layer, path, &why);
	unlink(path);
	if (strncmp(why.text, path, strlen(path)) == 0) {
		snprintf(text, sizeof(text), "FILE%s", why.text + strlen(path));
		memcpy(why.text, text, sizeof(text));
	}
	return e;
}

static enum err read_file(const char *text)
{
	return read_bytes_as_file(text, strlen(text));
}

static void defaults_come_from_the_table(void **state)
{
	(void)state;
	assert_false(c.verbose);
	assert_true(c.fast);
	assert_int_equal(c.spares, 2);
	assert_int_equal(c.offset, 0);
	assert_string_equal(c.home, "/srv/fax");
	assert_null(c.name);
	assert_int_equal(c.peers.count, 0);
}

static void values_come_after_a_space_or_an_equals_sign(void **state)
{
	(void)state;
	assert_int_equal(parse("--spares 7 --home=/a=b --name=abcde"), OK);
	assert_int_equal(c.spares, 7);
	assert_string_equal(c.home, "/a=b");
	assert_string_equal(c.name, "abcde");
	assert_int_equal(parse("--name abc"), OK);
	assert_string_equal(c.name, "abc");
	assert_int_equal(count, 0);
}

static void a_flag_needs_no_value_and_takes_no_word(void **state)
{
	(void)state;
	assert_int_equal(parse("--verbose no --fast=no"), OK);
	assert_true(c.verbose);
	assert_false(c.fast);
	assert_int_equal(count, 1);
	assert_string_equal(words[0], "no");
}

static void words_and_options_may_be_mixed(void **state)
{
	(void)state;
	assert_int_equal(parse("send --spares 1 ben - _ -- --verbose -- x"),
			 OK);
	assert_int_equal(count, 7);
	assert_string_equal(words[0], "send");
	assert_string_equal(words[1], "ben");
	assert_string_equal(words[2], "-");
	assert_string_equal(words[3], "");
	assert_string_equal(words[4], "--verbose");
	assert_string_equal(words[5], "--");
	assert_string_equal(words[6], "x");
	assert_false(c.verbose);
}

static void a_value_may_look_like_an_option(void **state)
{
	(void)state;
	assert_int_equal(parse("--home --verbose --offset -5"), OK);
	assert_string_equal(c.home, "--verbose");
	assert_int_equal(c.offset, -5);
	assert_false(c.verbose);
}

static void an_empty_command_line_is_fine(void **state)
{
	(void)state;
	assert_int_equal(parse(""), OK);
	assert_int_equal(count, 0);
}

static void the_last_value_wins_and_lists_grow(void **state)
{
	(void)state;
	assert_int_equal(parse("--home /a --home /b --peer x --peer=y"), OK);
	assert_string_equal(c.home, "/b");
	assert_int_equal(c.peers.count, 2);
	assert_string_equal(c.peers.items[0], "x");
	assert_string_equal(c.peers.items[1], "y");
}

static void a_value_outlives_the_words_it_came_from(void **state)
{
	char text[] = "/first";

	(void)state;
	assert_int_equal(option_set(&layer, "--home", "home", text, NULL), OK);
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(c.home, "/first");
}

/* clang-format off */
static void a_bad_command_line_is_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *line;
		enum err e;
		const char *sentence;
	} rows[] = {
		{ "--nope", ERR_MISSING,
		  "--nope: there is no such option; see --help" },
		{ "--nope=secret", ERR_MISSING,
		  "--nope: there is no such option; see --help" },
		{ "--spare 3", ERR_MISSING,
		  "--spare: there is no such option; see --help" },
		{ "-v", ERR_MISSING,
		  "-v: there is no such option; see --help" },
		{ "-spares=3", ERR_MISSING,
		  "-spares: there is no such option; see --help" },
		{ "--=3", ERR_MISSING,
		  "--: there is no such option; see --help" },
		{ "--bad\nname", ERR_MISSING,
		  "--bad?name: there is no such option; see --help" },
		{ "x --spares", ERR_BAD,
		  "--spares: a value is missing: --spares N" },
		{ "--spares 17", ERR_BAD,
		  "--spares: \"17\" is not a number from 0 to 16" },
		{ "--spares=-1", ERR_BAD,
		  "--spares: \"-1\" is not a number from 0 to 16" },
		{ "--spares=", ERR_BAD,
		  "--spares: \"\" is not a number from 0 to 16" },
		{ "--spares=\033", ERR_BAD,
		  "--spares: \"?\" is not a number from 0 to 16" },
		{ "--fast=maybe", ERR_BAD,
		  "--fast: \"maybe\" is neither yes nor no" },
		{ "--home=", ERR_BAD, "--home: the value is empty" },
		{ "--name=ab", ERR_BAD,
		  "--name: the value is shorter than 3 bytes" },
		{ "--name=abcdef", ERR_BAD,
		  "--name: the value is longer than 5 bytes" },
		{ "--peer=0123456789", ERR_BAD,
		  "--peer: the value is longer than 9 bytes" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].line), rows[i].e);
		assert_string_equal(why.text, rows[i].sentence);
	}
}
/* clang-format on */

static void a_refused_value_leaves_the_old_one(void **state)
{
	(void)state;
	assert_int_equal(parse("--spares 99"), ERR_BAD);
	assert_int_equal(parse("--home="), ERR_BAD);
	assert_int_equal(parse("--fast=?"), ERR_BAD);
	assert_int_equal(c.spares, 2);
	assert_string_equal(c.home, "/srv/fax");
	assert_true(c.fast);
}

static void an_endless_option_name_is_only_unknown(void **state)
{
	char name[300];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	memcpy(name, "--", 2);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(parse(name), ERR_MISSING);
}

static void a_list_is_full_at_its_end(void **state)
{
	(void)state;
	for (int i = 0; i < OPTION_LIST_MAX; i++)
		assert_int_equal(option_set(&layer, "x", "peer", "p", &why),
				 OK);
	assert_int_equal(option_set(&layer, "--peer", "peer", "p", &why),
			 ERR_LIMIT);
	assert_string_equal(why.text, "--peer: given more than 128 times");
	assert_int_equal(c.peers.count, OPTION_LIST_MAX);
}

static void memory_that_is_out_is_an_error(void **state)
{
	enum err e;

	(void)state;
	memory_is_out = true;
	e = option_set(&layer, "--home", "home", "/elsewhere", &why);
	memory_is_out = false;
	assert_int_equal(e, ERR_MEMORY);
	assert_string_equal(why.text, "--home: out of memory");
	assert_string_equal(c.home, "/srv/fax");
	memory_is_out = true;
	e = option_set(&layer, "--peer", "peer", "ben", &why);
	memory_is_out = false;
	assert_int_equal(e, ERR_MEMORY);
	assert_int_equal(c.peers.count, 0);
}

static void nobody_need_ask_why(void **state)
{
	(void)state;
	assert_int_equal(option_set(&layer, "x", "nope", "1", NULL),
			 ERR_MISSING);
	assert_int_equal(option_set(&layer, "x", "spares", "?", NULL), ERR_BAD);
}

static void a_layers_list_takes_the_place_of_the_one_below(void **state)
{
	(void)state;
	assert_int_equal(read_file("peer = ben\npeer = cyd\nspares = 5\n"), OK);
	assert_int_equal(c.peers.count, 2);
	assert_int_equal(parse("--peer dora --peer eve --peer fay"), OK);
	assert_int_equal(c.peers.count, 3);
	assert_string_equal(c.peers.items[0], "dora");
	assert_int_equal(c.spares, 5);
	assert_true(option_is_set(&layer, row("peer")));
	assert_false(option_is_set(&layer, row("spares")));
}

static void a_file_sets_values_and_comments_do_not(void **state)
{
	(void)state;
	assert_int_equal(read_file("# the office\n"
				   "; of ana\n"
				   "\n"
				   "spares = 5\n"
				   "  home=/var/fax   \n"
				   "\tpeer = ben ; and not me\n"
				   "peer: cyd\n"
				   "verbose = yes\r\n"
				   "fast = off"),
			 OK);
	assert_string_equal(why.text, "");
	assert_int_equal(c.spares, 5);
	assert_string_equal(c.home, "/var/fax");
	assert_int_equal(c.peers.count, 2);
	assert_string_equal(c.peers.items[0], "ben");
	assert_string_equal(c.peers.items[1], "cyd");
	assert_true(c.verbose);
	assert_false(c.fast);
}

static void every_word_for_yes_and_no_is_known(void **state)
{
	static const char *const yes[] = { "yes", "true", "on" };
	static const char *const no[] = { "no", "false", "off" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(option_set(&layer, "x", "fast", no[i], NULL),
				 OK);
		assert_false(c.fast);
		assert_int_equal(option_set(&layer, "x", "fast", yes[i], NULL),
				 OK);
		assert_true(c.fast);
	}
}

static void an_empty_file_changes_nothing(void **state)
{
	(void)state;
	assert_int_equal(read_file(""), OK);
	assert_int_equal(read_file("\n\n# only words"), OK);
	assert_int_equal(c.spares, 2);
}

/* clang-format off */
static void a_bad_file_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text;
		enum err e;
		const char *sentence;
	} rows[] = {
		{ "# x\n\nspares = many\n", ERR_BAD,
		  "FILE:3: spares: \"many\" is not a number from 0 to 16" },
		{ "spare = 3", ERR_MISSING,
		  "FILE:1: spare: there is no such option" },
		{ "spares = 3\nhello\n", ERR_BAD,
		  "FILE:2: this is not of the form key = value" },
		{ "hello\nspares = many\n", ERR_BAD,
		  "FILE:1: this is not of the form key = value" },
		{ "spares = many\nhello\n", ERR_BAD,
		  "FILE:1: spares: \"many\" is not a number from 0 to 16" },
		{ "[terminal]\nspares = 3\n", ERR_BAD,
		  "FILE:2: sections are not used here" },
		{ "config = /other\n", ERR_BAD,
		  "FILE:1: this option belongs on the command line" },
		{ "home =\n", ERR_BAD, "FILE:1: home: the value is empty" },
		{ "verbose =\n", ERR_BAD,
		  "FILE:1: verbose: \"\" is neither yes nor no" },
		{ "\xff = 3\n", ERR_MISSING,
		  "FILE:1: ?: there is no such option" },
		{ "= 3\n", ERR_MISSING,
		  "FILE:1: : there is no such option" },
		{ "spares = 3\n[open\n", ERR_BAD,
		  "FILE:2: this is not of the form key = value" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(read_file(rows[i].text), rows[i].e);
		assert_string_equal(why.text, rows[i].sentence);
	}
}
/* clang-format on */

static void nothing_after_the_first_fault_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_file("spares = 4\nspares = x\nspares = 5\n"),
			 ERR_BAD);
	assert_int_equal(c.spares, 4);
}

static void a_line_is_taken_whole_or_refused(void **state)
{
	char text[400];

	(void)state;
	for (size_t len = 190; len < 206; len++) {
		memset(text, '#', len);
		snprintf(text + len, sizeof(text) - len, "\nspares = 9\n");
		c.spares = 2;
		if (len <= 197) {
			assert_int_equal(read_file(text), OK);
			assert_int_equal(c.spares, 9);
		} else {
			assert_int_equal(read_file(text), ERR_BAD);
			assert_string_equal(why.text,
					    "FILE:1: the line is too long");
			assert_int_equal(c.spares, 2);
		}
	}
}

static void a_nul_byte_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_bytes_as_file("spares = 3\n\0x\n", 14), ERR_BAD);
	assert_string_equal(why.text, "FILE:2: a NUL byte stands here");
}

static void a_file_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	assert_int_equal(option_read_file(&layer, "/no/such/file", &why),
			 ERR_MISSING);
	assert_string_equal(why.text,
			    "/no/such/file: No such file or directory");
	assert_int_equal(option_read_file(&layer, "/", &why), ERR_IO);
	assert_string_equal(why.text, "/: Is a directory");
}

static const char help[] = "  --verbose      say more\n"
			   "  --fast         go fast\n"
			   "  --spares N     idle connections to keep (2)\n"
			   "  --offset N     an offset\n"
			   "  --home DIR     where the faxes lie (/srv/fax)\n"
			   "  --name TEXT    a name\n"
			   "  --peer ID      a peer; may be given often\n"
			   "  --config FILE  the configuration file\n";

static void help_has_a_line_an_option(void **state)
{
	char out[sizeof(help)];

	(void)state;
	assert_int_equal(option_help(table, out, sizeof(out)), strlen(help));
	assert_string_equal(out, help);
}

static void help_never_passes_its_room(void **state)
{
	(void)state;
	assert_int_equal(option_help(table, NULL, 0), strlen(help));
	for (size_t room = 1; room < sizeof(help); room++) {
		char out[sizeof(help) + 1];

		memset(out, 'z', sizeof(out));
		assert_int_equal(option_help(table, out, room), strlen(help));
		assert_int_equal(strlen(out), room - 1);
		assert_memory_equal(out, help, room - 1);
		assert_int_equal(out[room], 'z');
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(defaults_come_from_the_table),
		CASE(values_come_after_a_space_or_an_equals_sign),
		CASE(a_flag_needs_no_value_and_takes_no_word),
		CASE(words_and_options_may_be_mixed),
		CASE(a_value_may_look_like_an_option),
		CASE(an_empty_command_line_is_fine),
		CASE(the_last_value_wins_and_lists_grow),
		CASE(a_value_outlives_the_words_it_came_from),
		CASE(a_bad_command_line_is_refused_with_a_sentence),
		CASE(a_refused_value_leaves_the_old_one),
		CASE(an_endless_option_name_is_only_unknown),
		CASE(a_list_is_full_at_its_end),
		CASE(memory_that_is_out_is_an_error),
		CASE(nobody_need_ask_why),
		CASE(a_layers_list_takes_the_place_of_the_one_below),
		CASE(a_file_sets_values_and_comments_do_not),
		CASE(every_word_for_yes_and_no_is_known),
		CASE(an_empty_file_changes_nothing),
		CASE(a_bad_file_is_refused_with_its_line),
		CASE(nothing_after_the_first_fault_is_read),
		CASE(a_line_is_taken_whole_or_refused),
		CASE(a_nul_byte_is_refused),
		CASE(a_file_that_cannot_be_read_is_named),
		CASE(help_has_a_line_an_option),
		CASE(help_never_passes_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
