/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/exif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A JPEG's beginning: JFIF, then Exif with two tags. */
static const uint8_t little[] = {
	0xff, 0xd8, 0xff, 0xe0, 0,   6,	  'J',	'F', 'I',  'F',	 0xff, 0xe1,
	0,    46,   'E',  'x',	'i', 'f', 0,	0,   'I',  'I',	 42,   0,
	8,    0,    0,	  0,	2,   0,	  0,	1,   3,	   0,	 1,    0,
	0,    0,    7,	  0,	0,   0,	  0x12, 1,   3,	   0,	 1,    0,
	0,    0,    6,	  0,	0,   0,	  0,	0,   0xff, 0xda,
};
enum { VALUE = 52 };

static const uint8_t big[] = {
	0xff, 0xd8, 0xff, 0xe1, 0, 30, 'E', 'x', 'i', 'f', 0,	 0,
	'M',  'M',  0,	  42,	0, 0,  0,   8,	 0,   1,   1,	 0x12,
	0,    3,    0,	  0,	0, 1,  0,   8,	 0,   0,   0xff, 0xda,
};

/* From memory of just the size. */
static unsigned orientation(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len + (len == 0));
	unsigned n;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	n = exif_orientation(copy, len);
	free(copy);
	return n;
}

static void what_the_camera_wrote_is_found(void **state)
{
	uint8_t bytes[sizeof little];

	(void)state;
	assert_int_equal(orientation(little, sizeof little), 6);
	assert_int_equal(orientation(big, sizeof big), 8);
	memcpy(bytes, little, sizeof little);
	for (unsigned i = 0; i < 256; i++) {
		bytes[VALUE - 2] = (uint8_t)i;
		assert_int_equal(orientation(bytes, sizeof bytes),
				 i >= 1 && i <= 8 ? i : 1);
	}
}

static void a_file_that_does_not_say_is_upright(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof little; n++)
		assert_in_range(orientation(little, n), 1, 1);
	assert_int_equal(orientation(little + 2, sizeof little - 2), 1);
}

static void any_changed_byte_is_survived(void **state)
{
	uint8_t bytes[sizeof little];

	(void)state;
	for (size_t at = 0; at < sizeof little; at++)
		for (unsigned v = 0; v < 256; v++) {
			memcpy(bytes, little, sizeof little);
			bytes[at] = (uint8_t)v;
			assert_in_range(orientation(bytes, sizeof bytes), 1, 8);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_camera_wrote_is_found),
		cmocka_unit_test(a_file_that_does_not_say_is_upright),
		cmocka_unit_test(any_changed_byte_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
