/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_error_has_words_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ERRS; i++) {
		const char *text = err_text((enum err)i);

		assert_non_null(text);
		assert_true(strlen(text) > 0);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(text, err_text((enum err)j));
	}
}

static void errno_values_map_as_the_header_says(void **state)
{
	static const struct {
		int number;
		enum err e;
	} rows[] = {
		{ 0, OK },
		{ ENOSPC, ERR_SPACE },
		{ EDQUOT, ERR_SPACE },
		{ ENOENT, ERR_MISSING },
		{ EACCES, ERR_DENIED },
		{ EPERM, ERR_DENIED },
		{ ENOMEM, ERR_MEMORY },
		{ EEXIST, ERR_EXISTS },
		{ EIO, ERR_IO },
		{ EMFILE, ERR_IO },
		{ -1, ERR_IO },
		{ 100000, ERR_IO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(err_from_errno(rows[i].number), rows[i].e);
}

static void nobody_need_ask_why(void **state)
{
	(void)state;
	why_set(NULL, "%s", "nobody reads this");
}

static void a_sentence_is_kept_whole_up_to_its_room(void **state)
{
	struct why why;
	char text[sizeof(why.text)];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	why_set(&why, "%s", text);
	assert_string_equal(why.text, text);
	why_set(&why, "%s%s", text, "y");
	assert_string_equal(why.text, text);
	why_set(&why, "%d pages", 3);
	assert_string_equal(why.text, "3 pages");
}

/* Each of one to four bytes, slid over the end of the room. */
static void a_long_sentence_is_cut_between_characters(void **state)
{
	static const char *const characters[] = { "a", "\xc3\xbc",
						  "\xe2\x82\xac",
						  "\xf0\x9f\x93\xa0" };
	struct why why;
	enum { ROOM = sizeof(why.text) - 1 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		size_t width = strlen(characters[i]);

		for (size_t before = ROOM - 5; before <= ROOM; before++) {
			bool fits = before + width <= ROOM;

			why_set(&why, "%*s%s%s", (int)before, "x",
				characters[i], "0123456789");
			if (!fits)
				assert_int_equal(strlen(why.text), before);
			else
				assert_memory_equal(why.text + before,
						    characters[i], width);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_words_of_its_own),
		cmocka_unit_test(errno_values_map_as_the_header_says),
		cmocka_unit_test(nobody_need_ask_why),
		cmocka_unit_test(a_sentence_is_kept_whole_up_to_its_room),
		cmocka_unit_test(a_long_sentence_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
