/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sweep.h"

static void every_reason_has_the_name_that_the_protocol_gives(void **state)
{
	static const char *const names[] = {
		"done",		 "unknown",   "offline",      "busy",
		"refused",	 "no-answer", "collision",    "too-many",
		"unreachable",	 "cancelled", "peer-lost",    "draining",
		"idle-too-long", "protocol",  "incompatible", "replaced",
		"disabled",	 "logout",    "failed",	      "shutdown",
		"surplus",	 "unable",
	};

	(void)state;
	assert_int_equal(REASONS, sizeof(names) / sizeof(names[0]));
	for (uint16_t i = 0; i < REASONS; i++)
		assert_string_equal(reason_name(i), names[i]);
}

static void every_reason_has_a_sentence_of_its_own(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < REASONS; i++) {
		const char *sentence = reason_sentence(i);

		assert_in_range(sentence[0], 'A', 'Z');
		assert_int_equal(sentence[strlen(sentence) - 1], '.');
		assert_null(strchr(sentence, '\n'));
		for (uint16_t k = 0; k < i; k++)
			assert_string_not_equal(sentence, reason_sentence(k));
	}
}

static void a_number_from_a_later_version_is_named_unknown(void **state)
{
	(void)state;
	assert_string_equal(reason_name(REASONS), "unknown-reason");
	assert_string_equal(reason_name(UINT16_MAX), "unknown-reason");
	assert_string_equal(reason_sentence(REASONS),
			    reason_sentence(UINT16_MAX));
}

static bool check_row(const char *line)
{
	unsigned number;
	char name[24];

	if (sscanf(line, "| %u | %23s |", &number, name) != 2)
		return false;
	assert_string_equal(reason_name((uint16_t)number), name);
	return true;
}

static void the_documents_table_of_reasons_is_true(void **state)
{
	(void)state;
	assert_int_equal(sweep_table("reasons", check_row), REASONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_reason_has_the_name_that_the_protocol_gives),
		cmocka_unit_test(every_reason_has_a_sentence_of_its_own),
		cmocka_unit_test(
			a_number_from_a_later_version_is_named_unknown),
		cmocka_unit_test(the_documents_table_of_reasons_is_true),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
