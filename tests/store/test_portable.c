/* SPDX-License-Identifier: Apache-2.0 */
#include "store/portable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct database_account sample(void)
{
	struct database_account a = { .id = "ana",
				      .kind = DATABASE_RELAY,
				      .numbers = "4912 81123456",
				      .groups = { "law", "tax" },
				      .groups_count = 2,
				      .allowed = "ben cleo",
				      .enabled = true,
				      .connections_max = 65535,
				      .places_max = 1,
				      .created_ms = 1700000000000,
				      .last_login_ms = 5,
				      .iterations = 4096 };

	memset(a.salt, 1, sizeof(a.salt));
	memset(a.stored_key, 2, sizeof(a.stored_key));
	memset(a.server_key, 255, sizeof(a.server_key));
	return a;
}

static void an_account_comes_back_from_its_line(void **state)
{
	struct database_account a = sample(), b;
	char *line = portable_encode(&a);

	(void)state;
	assert_non_null(line);
	assert_null(strchr(line, '\n'));
	assert_int_equal(portable_decode(line, strlen(line), &b, NULL), OK);
	assert_memory_equal(&a, &b, sizeof(a));
	free(line);
}

static void the_largest_account_comes_back(void **state)
{
	struct database_account a = sample(), b;
	char *line;

	(void)state;
	a.groups_count = DATABASE_GROUPS_MAX;
	a.numbers[0] = a.allowed[0] = '\0';
	for (int i = 0; i < DATABASE_GROUPS_MAX; i++) {
		memset(a.groups[i], 'a' + i, 32);
		a.groups[i][32] = '\0';
	}
	for (int i = 0; i < DATABASE_ALLOWED_MAX; i++)
		sprintf(a.allowed + strlen(a.allowed), "%s%032d", i ? " " : "",
			i);
	for (int i = 0; i < DATABASE_NUMBERS_MAX; i++)
		sprintf(a.numbers + strlen(a.numbers), "%s%020d", i ? " " : "",
			i);
	line = portable_encode(&a);
	assert_int_equal(portable_decode(line, strlen(line), &b, NULL), OK);
	assert_memory_equal(&a, &b, sizeof(a));
	free(line);
}

static void no_part_of_a_line_is_an_account(void **state)
{
	struct database_account a = sample();
	char *line = portable_encode(&a);
	struct why why;

	(void)state;
	for (size_t n = 0; n < strlen(line); n++)
		assert_int_equal(portable_decode(line, n, &a, &why), ERR_BAD);
	free(line);
}

/* Whatever is changed: it is refused, or sound. */
static void a_changed_octet_is_refused_or_sound(void **state)
{
	struct database_account a = sample();
	char *line = portable_encode(&a);

	(void)state;
	for (size_t i = 0; i < strlen(line); i++) {
		char was = line[i];

		for (int x = 1; x < 256; x += 5) {
			struct database_account b;
			char *again;

			line[i] = (char)(was ^ x);
			if (portable_decode(line, strlen(line), &b, NULL) != OK)
				continue;
			again = portable_encode(&b);
			assert_int_equal(
				portable_decode(again, strlen(again), &a, NULL),
				OK);
			assert_memory_equal(&a, &b, sizeof(a));
			free(again);
		}
		line[i] = was;
	}
	free(line);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *from, *to, *named;
	} changes[] = {
		{ "\"ana\"", "\"ANA\"", "id" },
		{ "\"relay\"", "\"fax\"", "kind" },
		{ ":true", ":1", "enabled" },
		{ "\"4912\"", "\"49x2\"", "numbers" },
		{ "\"law\"", "\"Law\"", "groups" },
		{ "\"ben\"", "\"be n\"", "allowed" },
		{ ":65535", ":65536", "max_connections" },
		{ "max_places\":1", "max_places\":0", "max_places" },
		{ ":4096", ":4095", "iterations" },
		{ "0101", "010", "salt" },
		{ "0202", "02020", "stored_key" },
		{ "ffff", "fffg", "server_key" },
	};
	struct database_account a = sample();
	char *line = portable_encode(&a);

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *at = strstr(line, changes[i].from);
		char changed[4000], named[40];
		struct why why = { "" };

		assert_non_null(at);
		snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - line),
			 line, changes[i].to, at + strlen(changes[i].from));
		assert_int_equal(
			portable_decode(changed, strlen(changed), &a, &why),
			ERR_BAD);
		snprintf(named, sizeof(named), "\"%s\"", changes[i].named);
		assert_non_null(strstr(why.text, named));
	}
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_account_comes_back_from_its_line),
		cmocka_unit_test(the_largest_account_comes_back),
		cmocka_unit_test(no_part_of_a_line_is_an_account),
		cmocka_unit_test(a_changed_octet_is_refused_or_sound),
		cmocka_unit_test(what_is_wrong_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
