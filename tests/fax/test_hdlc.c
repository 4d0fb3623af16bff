/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/hdlc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FINAL = 0xc8, NOT_FINAL = 0xc0 };

/* Typed from T.30 5.3.6.1 and T.4 Annex A, X as 0: who says it, and the
 * lengths of its frame. */
static const struct {
	uint8_t fcf;
	const char *who; /* "r" caller, "e" callee, "re" both */
	size_t min;
	size_t max;
	bool image;
} known[] = {
	{ 0x01, "e", 6, 64, false },  { 0x02, "e", 3, 23, false },
	{ 0x21, "e", 3, 3, false },   { 0x22, "e", 3, 3, false },
	{ 0x23, "e", 3, 3, false },   { 0x31, "e", 3, 3, false },
	{ 0x32, "e", 3, 3, false },   { 0x33, "e", 3, 3, false },
	{ 0x34, "e", 3, 3, false },   { 0x35, "e", 3, 3, false },
	{ 0x37, "e", 3, 3, false },   { 0x38, "e", 3, 3, false },
	{ 0x3d, "e", 35, 35, false }, { 0x41, "r", 6, 22, false },
	{ 0x42, "r", 3, 23, false },  { 0x48, "r", 5, 5, false },
	{ 0x53, "re", 4, 95, false }, { 0x58, "re", 3, 3, false },
	{ 0x5f, "re", 3, 3, false },  { 0x60, "r", 5, 260, true },
	{ 0x61, "r", 3, 3, true },    { 0x71, "r", 3, 3, false },
	{ 0x72, "r", 3, 3, false },   { 0x73, "r", 4, 4, false },
	{ 0x74, "r", 3, 3, false },   { 0x76, "r", 3, 3, false },
	{ 0x78, "r", 3, 3, false },   { 0x79, "r", 3, 3, false },
	{ 0x7a, "r", 3, 3, false },   { 0x7c, "r", 3, 3, false },
	{ 0x7d, "r", 7, 7, false },
};

enum { KNOWN = sizeof(known) / sizeof(known[0]) };

static enum hdlc_verdict check(enum hdlc_side from, const void *bytes,
			       size_t len, bool image)
{
	struct hdlc_check c = { .from = from };
	uint8_t *copy = malloc(len + (len == 0)); /* of just the size */
	enum hdlc_verdict v;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	v = hdlc_check(&c, copy, len, image);
	assert_int_equal(v == HDLC_REFUSE, c.fault != NULL);
	free(copy);
	return v;
}

static const uint8_t *frame_of(uint8_t control, uint8_t fcf)
{
	static uint8_t frame[HDLC_MAX + 1];

	memset(frame, 0, sizeof(frame));
	frame[0] = 0xff;
	frame[1] = control;
	frame[2] = fcf;
	return frame;
}

static int row_of(uint8_t fcf)
{
	for (int i = 0; i < KNOWN; i++)
		if (known[i].fcf == fcf)
			return i;
	return -1;
}

static bool says(int row, enum hdlc_side side)
{
	return strchr(known[row].who, side == HDLC_CALLER ? 'r' : 'e') != NULL;
}

/* X as 1 is allowed from row 0x1x on, but FCD and RCP have none. */
static int row_for(uint8_t fcf)
{
	bool has_x = (fcf & 0x70) != 0 && (fcf & 0x7e) != 0x60;

	return row_of(has_x ? fcf & 0x7f : fcf);
}

static void
test_every_control_field_of_every_length_from_either_side(void **state)
{
	static const enum hdlc_side sides[] = { HDLC_CALLER, HDLC_CALLEE };

	(void)state;
	for (unsigned fcf = 0; fcf < 256; fcf++)
		for (size_t len = 3; len <= HDLC_MAX + 1; len++)
			for (int s = 0; s < 2; s++) {
				int row = row_for((uint8_t)fcf);
				bool passes = row >= 0 && says(row, sides[s]) &&
					      len >= known[row].min &&
					      len <= known[row].max;
				bool image = row >= 0 && known[row].image;

				assert_int_equal(
					check(sides[s],
					      frame_of(FINAL, (uint8_t)fcf),
					      len, image) == HDLC_PASS,
					passes);
			}
}

static void test_an_unknown_frame_is_dropped_unless_it_is_the_last(void **state)
{
	static const uint8_t optional[] = { 0x04, 0x43, 0x45, 0x83,
					    0x85, 0x44, 0x46, 0x0f };

	(void)state;
	for (size_t i = 0; i < sizeof(optional); i++) {
		assert_int_equal(check(HDLC_CALLER,
				       frame_of(NOT_FINAL, optional[i]), 20,
				       false),
				 HDLC_DROP);
		assert_int_equal(check(HDLC_CALLER,
				       frame_of(FINAL, optional[i]), 20, false),
				 HDLC_REFUSE);
	}
}

static void test_a_poll_is_refused(void **state)
{
	(void)state;
	assert_int_equal(check(HDLC_CALLER, frame_of(FINAL, 0x81), 10, false),
			 HDLC_REFUSE);
	assert_int_equal(check(HDLC_CALLEE, frame_of(FINAL, 0x81), 10, false),
			 HDLC_REFUSE);
}

static void test_each_frame_comes_by_its_own_modem(void **state)
{
	(void)state;
	for (int i = 0; i < KNOWN; i++) {
		enum hdlc_side from =
			says(i, HDLC_CALLER) ? HDLC_CALLER : HDLC_CALLEE;

		assert_int_equal(check(from, frame_of(FINAL, known[i].fcf),
				       known[i].min, !known[i].image),
				 HDLC_REFUSE);
	}
}

static void test_a_frame_needs_its_header(void **state)
{
	const uint8_t *frame = frame_of(FINAL, 0x5f);

	(void)state;
	for (size_t len = 0; len < 3; len++)
		assert_int_equal(check(HDLC_CALLER, frame, len, false),
				 HDLC_REFUSE);
	for (unsigned v = 0; v < 256; v++) {
		uint8_t f[] = { (uint8_t)v, FINAL, 0x5f };
		uint8_t g[] = { 0xff, (uint8_t)v, 0x5f };

		assert_int_equal(check(HDLC_CALLER, f, 3, false) == HDLC_PASS,
				 v == 0xff);
		assert_int_equal(check(HDLC_CALLER, g, 3, false) == HDLC_PASS,
				 v == FINAL || v == NOT_FINAL);
	}
}

/* A DCS with these bits of T.30 Table 2. */
static enum hdlc_verdict check_dcs(const unsigned *bits, size_t n, size_t len)
{
	uint8_t frame[HDLC_MAX] = { 0xff, FINAL, 0xc1 };

	for (size_t i = 0; i < n; i++)
		frame[3 + (bits[i] - 1) / 8] |=
			(uint8_t)(0x80 >> (bits[i] - 1) % 8);
	return check(HDLC_CALLER, frame, len, false);
}

#define DCS(...)                                                               \
	check_dcs((const unsigned[]){ __VA_ARGS__ },                           \
		  sizeof((const unsigned[]){ __VA_ARGS__ }) /                  \
			  sizeof(unsigned),                                    \
		  22)

static void test_a_dcs_asks_only_for_what_was_offered(void **state)
{
	/* What our DIS offers, and what means nothing to an engine. */
	static const unsigned fine[] = { 1,  3,	 9,  10, 11, 12,  14, 15, 16,
					 17, 18, 19, 20, 21, 22,  23, 24, 25,
					 27, 28, 32, 41, 42, 43,  44, 45, 46,
					 47, 49, 50, 76, 77, 121, 123 };

	(void)state;
	for (unsigned n = 1; n <= 152; n++) {
		bool ok = false;

		for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
			ok |= fine[i] == n;
		if (ok)
			assert_int_equal(DCS(n), HDLC_PASS);
	}
	assert_int_equal(DCS(13), HDLC_REFUSE);
	assert_int_equal(DCS(17, 18), HDLC_REFUSE);
	assert_int_equal(DCS(31), HDLC_REFUSE);
	assert_int_equal(DCS(31, 27), HDLC_PASS);
	assert_int_equal(DCS(26), HDLC_REFUSE);	 /* uncompressed */
	assert_int_equal(DCS(68), HDLC_REFUSE);	 /* JPEG */
	assert_int_equal(DCS(78), HDLC_REFUSE);	 /* JBIG */
	assert_int_equal(DCS(105), HDLC_REFUSE); /* 600 dpi */
	assert_int_equal(DCS(106), HDLC_REFUSE); /* 1,200 dpi */
	assert_int_equal(DCS(109), HDLC_REFUSE);
}

static void test_what_lies_behind_a_short_dcs_is_not_looked_at(void **state)
{
	static const unsigned none = 1;

	(void)state;
	for (size_t len = 6; len <= 22; len++)
		assert_int_equal(check_dcs(&none, 1, len), HDLC_PASS);
}

static void test_a_ctc_names_a_modem_that_there_is(void **state)
{
	(void)state;
	for (unsigned rate = 0; rate < 256; rate++) {
		uint8_t f[] = { 0xff, FINAL, 0xc8, 0, (uint8_t)rate };

		assert_int_equal(check(HDLC_CALLER, f, sizeof(f), false) ==
					 HDLC_PASS,
				 (rate & 0x08) == 0);
	}
}

static void test_a_page_ends_in_a_way_that_there_is(void **state)
{
	static const uint8_t ways[] = { 0x00, 0x71, 0x72, 0x74,
					0x78, 0x79, 0x7a, 0x7c };

	(void)state;
	for (unsigned way = 0; way < 256; way++) {
		uint8_t pps[] = { 0xff, FINAL, 0xfd, (uint8_t)way, 0, 0, 0 };
		uint8_t eor[] = { 0xff, FINAL, 0xf3, (uint8_t)way };
		bool ok = memchr(ways, way & 0x7f, sizeof(ways)) != NULL;

		assert_int_equal(check(HDLC_CALLER, pps, sizeof(pps), false) ==
					 HDLC_PASS,
				 ok);
		assert_int_equal(check(HDLC_CALLER, eor, sizeof(eor), false) ==
					 HDLC_PASS,
				 ok);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_every_control_field_of_every_length_from_either_side),
		cmocka_unit_test(
			test_an_unknown_frame_is_dropped_unless_it_is_the_last),
		cmocka_unit_test(test_a_poll_is_refused),
		cmocka_unit_test(test_each_frame_comes_by_its_own_modem),
		cmocka_unit_test(test_a_frame_needs_its_header),
		cmocka_unit_test(test_a_dcs_asks_only_for_what_was_offered),
		cmocka_unit_test(
			test_what_lies_behind_a_short_dcs_is_not_looked_at),
		cmocka_unit_test(test_a_ctc_names_a_modem_that_there_is),
		cmocka_unit_test(test_a_page_ends_in_a_way_that_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
