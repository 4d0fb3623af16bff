/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LETTERS32 "abcdefghijklmnopqrstuvwxyz012345"

static void an_address_names_whom_and_relays(void **state)
{
	static const char *const good[] = {
		"ben",
		"ben@south",
		"ben@far@south",
		"7",
		"+8112345",
		"+81@south",
		"0@0",
		"a@1@2@3@4@5@6@7@8",
		LETTERS32 "@" LETTERS32,
		"00441",
		&"+12345678901234567890"[1],
	};
	static const char *const bad[] = {
		"",
		"@",
		"ben@",
		"@south",
		"ben@@a",
		"Ben",
		"a b",
		"ben@South",
		"ben@a@a",
		"ben@a@b@a",
		"+",
		"+81a",
		"++81",
		"ben@+81",
		"a@1@2@3@4@5@6@7@8@9",
		"+12345678901234567890",
		LETTERS32 "6",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(path_address_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(path_address_valid(bad[i], strlen(bad[i])));
}

static void no_address_is_longer_than_255_octets(void **state)
{
	char text[300] = "+1";

	(void)state;
	for (int i = 0; i < 8; i++)
		sprintf(text + strlen(text), "@%d%s", i, &LETTERS32[1]);
	text[2 + 8 * 33] = '\0';
	assert_int_equal(strlen(text), 266);
	assert_false(path_address_valid(text, strlen(text)));
	assert_true(path_address_valid(text, 233));
}

static void the_last_relay_is_taken_off_first(void **state)
{
	struct span rest, relay;

	(void)state;
	assert_true(
		path_address_split(span_of("ben@far@south"), &rest, &relay));
	assert_true(span_equal(rest, span_of("ben@far")));
	assert_true(span_equal(relay, span_of("south")));
	assert_true(path_address_split(rest, &rest, &relay));
	assert_true(span_equal(rest, span_of("ben")));
	assert_true(span_equal(relay, span_of("far")));
	assert_false(path_address_split(rest, &rest, &relay));
	assert_true(span_equal(rest, span_of("ben")));
	assert_int_equal(relay.len, 0);
}

static void a_path_grows_to_eight_names(void **state)
{
	uint8_t bytes[PATH_MAX_OCTETS];
	struct span path = { bytes, 0 };
	char name[] = "r0";

	(void)state;
	assert_true(path_valid(path));
	assert_int_equal(path_count(path), 0);
	assert_int_equal(path_last(path).len, 0);
	for (int i = 0; i < PATH_RELAYS_MAX; i++) {
		name[1] = (char)('0' + i);
		assert_false(path_has(path, span_of(name)));
		path.len = path_append(path, span_of(name), bytes);
		assert_true(path_valid(path));
		assert_true(path_has(path, span_of(name)));
		assert_true(span_equal(path_last(path), span_of(name)));
	}
	assert_int_equal(path_count(path), PATH_RELAYS_MAX);
	assert_int_equal(path_append(path, span_of("x"), bytes), 0);
}

static void the_longest_names_fit(void **state)
{
	uint8_t bytes[PATH_MAX_OCTETS];
	struct span path = { bytes, 0 };
	char name[] = LETTERS32;

	(void)state;
	for (int i = 0; i < PATH_RELAYS_MAX; i++) {
		name[0] = (char)('a' + i);
		path.len = path_append(path, span_of(name), bytes);
	}
	assert_int_equal(path.len, PATH_MAX_OCTETS);
	assert_true(path_valid(path));
}

static void what_is_no_path_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} bad[] = {
		{ "\0", 1 },	 { "\1", 1 },
		{ "\2a", 2 },	 { "\1A", 2 },
		{ "\1a\1a", 4 }, { "\1a\1b\1a", 6 },
		{ "\1a\0", 3 },	 { "\1a\5b", 4 },
		{ "\377a", 2 },	 { "\1a\1b\1c\1d\1e\1f\1g\1h\1i", 18 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(path_valid((struct span){
			(const uint8_t *)bad[i].bytes, bad[i].len }));
}

static void a_path_is_read_as_it_was_written(void **state)
{
	uint8_t room[PATH_MAX_OCTETS];
	struct writer w = writer_over(room, sizeof(room));
	struct path_names p;

	(void)state;
	path_add(&w, span_of("south"));
	path_add(&w, span_of("far"));
	assert_true(w.ok);
	assert_true(path_decode(&p, (struct span){ room, writer_used(&w) }));
	assert_int_equal(p.count, 2);
	assert_true(span_equal(p.names[0], span_of("south")));
	assert_true(span_equal(p.names[1], span_of("far")));
	assert_true(path_names_has(&p, span_of("far")));
	assert_false(path_names_has(&p, span_of("fa")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_names_whom_and_relays),
		cmocka_unit_test(no_address_is_longer_than_255_octets),
		cmocka_unit_test(the_last_relay_is_taken_off_first),
		cmocka_unit_test(a_path_grows_to_eight_names),
		cmocka_unit_test(the_longest_names_fit),
		cmocka_unit_test(what_is_no_path_is_refused),
		cmocka_unit_test(a_path_is_read_as_it_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
