/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Standard error goes into a pipe while a test runs, so that what was
 * written, and in how many writes, can be seen: O_DIRECT keeps them apart. */
struct capture {
	int saved;
	int pipe[2];
};

static int start_capture(void **state)
{
	struct capture *c = calloc(1, sizeof(*c));

	if (!c || pipe2(c->pipe, O_CLOEXEC | O_DIRECT | O_NONBLOCK) != 0)
		return -1;
	c->saved = dup(STDERR_FILENO);
	*state = c;
	log_set_level(LOG_INFO);
	return dup2(c->pipe[1], STDERR_FILENO) < 0 ? -1 : 0;
}

static int end_capture(void **state)
{
	struct capture *c = *state;

	dup2(c->saved, STDERR_FILENO);
	close(c->saved);
	close(c->pipe[0]);
	close(c->pipe[1]);
	free(c);
	return 0;
}

/* The next write, as text; "" when there was none. */
static const char *next_write(void **state, char out[4096])
{
	const struct capture *c = *state;
	ssize_t n = read(c->pipe[0], out, 4095);

	out[n > 0 ? n : 0] = '\0';
	return out;
}

static void a_line_says_its_level_first(void **state)
{
	char out[4096];

	log_line(LOG_ERROR, "event=%s number=%d", "full", 3);
	log_line(LOG_WARN, "event=odd");
	log_line(LOG_INFO, "event=login");
	assert_string_equal(next_write(state, out),
			    "level=error event=full number=3\n");
	assert_string_equal(next_write(state, out), "level=warn event=odd\n");
	assert_string_equal(next_write(state, out), "level=info event=login\n");
	assert_string_equal(next_write(state, out), "");
}

static void lines_above_the_level_are_dropped(void **state)
{
	char out[4096];

	for (unsigned most = 0; most < LOG_LEVELS; most++) {
		log_set_level((enum log_level)most);
		for (unsigned l = 0; l < LOG_LEVELS; l++) {
			log_line((enum log_level)l, "x");
			assert_int_equal(next_write(state, out)[0] != '\0',
					 l <= most);
		}
	}
}

static void every_level_has_its_name(void **state)
{
	(void)state;
	assert_string_equal(log_level_name(LOG_ERROR), "error");
	assert_string_equal(log_level_name(LOG_WARN), "warn");
	assert_string_equal(log_level_name(LOG_INFO), "info");
	assert_string_equal(log_level_name(LOG_DEBUG), "debug");
}

static void a_line_break_never_makes_a_second_line(void **state)
{
	char out[4096];

	log_line(LOG_INFO, "id=%s", "a\nlevel=error\r\x1b");
	assert_string_equal(next_write(state, out),
			    "level=info id=a?level=error??\n");
}

static void a_long_line_is_cut_and_still_one_write(void **state)
{
	char text[2000] = "";
	char out[4096];

	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "\xe2\x82\xac", 4);
	for (int shift = 0; shift < 3; shift++) {
		size_t len;

		log_line(LOG_INFO, "%*s%s", shift, "", text);
		next_write(state, out);
		len = strlen(out);
		assert_in_range(len, LOG_LINE_MAX - 2, LOG_LINE_MAX);
		assert_int_equal(out[len - 1], '\n');
		assert_null(strchr(out, '?'));
		assert_string_equal(next_write(state, out), "");
	}
}

static void a_sentence_stands_quoted_at_the_end(void **state)
{
	char out[4096];

	log_sentence(LOG_ERROR, "\"a b\" is none.", "conn=%d event=bad", 7);
	assert_string_equal(next_write(state, out),
			    "level=error conn=7 event=bad "
			    "what=\"\\\"a b\\\" is none.\"\n");
	log_sentence(LOG_DEBUG, "Nobody asked.", "event=quiet");
	assert_string_equal(next_write(state, out), "");
}

static void a_value_is_quoted_when_it_must_be(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "ana@north", "ana@north" },
		{ "+49-30/1", "+49-30/1" },
		{ "", "\"\"" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
		{ "back\\slash", "\"back\\\\slash\"" },
		{ "a\nb", "\"a?b\"" },
		{ "\xc3\xbc", "\"\xc3\xbc\"" },
		{ "\xff", "\"?\"" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_ptr_equal(log_value(rows[i].in, out, sizeof(out)), out);
		assert_string_equal(out, rows[i].out);
	}
}

static void a_value_that_is_cut_keeps_its_quotes(void **state)
{
	static const char *const cut[] = {
		"\"\"",	     "\"a\"",	  "\"a\"",
		"\"a\\\"\"", "\"a\\\"\"", "\"a\\\"\xc3\xbc\"",
	};

	(void)state;
	for (size_t size = 3; size <= 8; size++) {
		char out[10];

		memset(out, 'z', sizeof(out));
		log_value("a\"\xc3\xbc!!", out, size);
		assert_string_equal(out, cut[size - 3]);
		assert_int_equal(out[size], 'z');
	}
}

static void a_plain_word_that_is_cut_shows_it_by_its_quotes(void **state)
{
	char out[6];

	(void)state;
	assert_string_equal(log_value("abcde", out, sizeof(out)), "abcde");
	assert_string_equal(log_value("abcdef", out, sizeof(out)), "\"abc\"");
}

#define CAPTURED(name)                                                         \
	cmocka_unit_test_setup_teardown(name, start_capture, end_capture)

static void every_level_has_a_name_that_leads_back(void **state)
{
	(void)state;
	for (enum log_level l = LOG_ERROR; l < LOG_LEVELS; l++)
		assert_int_equal(log_level_of(log_level_name(l)), l);
	assert_int_equal(log_level_of("loud"), LOG_LEVELS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_level_has_a_name_that_leads_back),
		CAPTURED(a_line_says_its_level_first),
		CAPTURED(lines_above_the_level_are_dropped),
		CAPTURED(a_line_break_never_makes_a_second_line),
		CAPTURED(a_long_line_is_cut_and_still_one_write),
		CAPTURED(a_sentence_stands_quoted_at_the_end),
		cmocka_unit_test(every_level_has_its_name),
		cmocka_unit_test(a_value_is_quoted_when_it_must_be),
		cmocka_unit_test(a_value_that_is_cut_keeps_its_quotes),
		cmocka_unit_test(
			a_plain_word_that_is_cut_shows_it_by_its_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
