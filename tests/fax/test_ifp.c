/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/ifp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIELDS(...)                                                            \
	(const uint8_t[]){ __VA_ARGS__ },                                      \
		sizeof((const uint8_t[]){ __VA_ARGS__ })

static const struct {
	const uint8_t *bytes;
	size_t len;
} sound[] = {
	{ FIELDS(0x00) },	      /* no signal */
	{ FIELDS(0x06) },	      /* V.21 preamble */
	{ FIELDS(0x1e) },	      /* V.17 14,400 long training */
	{ FIELDS(0xc0, 0x00) },	      /* V.21, no fields */
	{ FIELDS(0xc0, 0x01, 0x20) }, /* FCS OK, and half an octet */
	{ FIELDS(0xc0, 0x02, 0x80, 0x00, 0x02, 0xff, 0xc8, 0x21, 0x40) },
	/* Two fields without data share an octet. */
	{ FIELDS(0xc0, 0x02, 0x21) },
	/* The second of them has data: aligned by chance. */
	{ FIELDS(0xd0, 0x02, 0x28, 0x00, 0x00, 0xff) },
	{ FIELDS(0xd0, 0x01, 0xf0, 0x00, 0x01, 0x00, 0x00) },
	/* Data, nothing, data, nothing. */
	{ FIELDS(0xd0, 0x04, 0xe0, 0x00, 0x00, 0x55, 0x2e, 0x00, 0x00, 0xaa,
		 0x70) },
};

enum { SOUND = sizeof(sound) / sizeof(sound[0]) };

/* From memory of just the size; what decodes is encoded as it was. */
static bool decode(struct ifp *p, const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len + (len == 0));
	uint8_t again[IFP_MAX];
	bool ok;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	ok = ifp_decode(p, copy, len);
	if (ok && (p->is_indicator || p->fields > 0)) {
		assert_int_equal(ifp_encode(p, again, sizeof(again)), len);
		assert_memory_equal(again, bytes, len);
		assert_int_equal(ifp_encode(p, again, len - 1), 0);
	}
	free(copy);
	return ok;
}

static void test_sound_packets_decode_and_come_out_the_same(void **state)
{
	struct ifp p;

	(void)state;
	for (int i = 0; i < SOUND; i++)
		assert_true(decode(&p, sound[i].bytes, sound[i].len));
	assert_int_equal(p.fields, 4);
	assert_int_equal(p.type, IFP_V17_14400);
	assert_int_equal(p.field[0].type, IFP_NON_ECM_DATA);
	assert_int_equal(p.field[0].len, 1);
	assert_int_equal(p.field[1].type, IFP_HDLC_FCS_OK);
	assert_int_equal(p.field[1].len, 0);
	assert_int_equal(p.field[2].len, 1);
	assert_int_equal(p.field[3].type, IFP_NON_ECM_SIG_END);
}

static void test_every_prefix_and_anything_longer_is_refused(void **state)
{
	struct ifp p;

	(void)state;
	for (int i = 0; i < SOUND; i++) {
		uint8_t longer[64] = { 0 };

		for (size_t len = 0; len < sound[i].len; len++)
			assert_false(decode(&p, sound[i].bytes, len));
		memcpy(longer, sound[i].bytes, sound[i].len);
		assert_false(decode(&p, longer, sound[i].len + 1));
	}
}

static void test_every_changed_octet_is_refused_or_means_itself(void **state)
{
	struct ifp p;

	(void)state;
	for (int i = 0; i < SOUND; i++) {
		uint8_t bytes[64];

		memcpy(bytes, sound[i].bytes, sound[i].len);
		for (size_t at = 0; at < sound[i].len; at++)
			for (int d = 1; d < 256; d++) {
				bytes[at] ^= (uint8_t)d;
				decode(&p, bytes, sound[i].len);
				bytes[at] ^= (uint8_t)d;
			}
	}
}

static void test_all_first_octets_but_the_known_ones_are_refused(void **state)
{
	struct ifp p;

	(void)state;
	for (unsigned head = 0; head < 256; head++) {
		uint8_t bytes[] = { (uint8_t)head };
		bool is_indicator = head < 0x20 && head % 2 == 0;
		/* Data without the optional list of fields. */
		bool is_data = head >= 0x40 && head <= 0x50 && head % 2 == 0;

		assert_int_equal(ifp_decode(&p, bytes, 1),
				 is_indicator || is_data);
	}
}

static void
test_a_packet_has_a_greatest_length_and_number_of_fields(void **state)
{
	static uint8_t bytes[IFP_MAX + 1] = { 0xd0, 1, 0xe0 };
	size_t data = IFP_MAX - 5;
	struct ifp p;

	(void)state;
	bytes[3] = (uint8_t)((data - 1) >> 8);
	bytes[4] = (uint8_t)(data - 1);
	assert_true(decode(&p, bytes, IFP_MAX));
	assert_int_equal(p.field[0].len, data);
	bytes[4]++;
	assert_false(decode(&p, bytes, IFP_MAX + 1));
	memset(bytes, 0x22, sizeof(bytes));
	bytes[0] = 0xc0;
	bytes[1] = IFP_FIELDS_MAX;
	assert_true(decode(&p, bytes, 2 + IFP_FIELDS_MAX / 2));
	bytes[1] = IFP_FIELDS_MAX + 2;
	assert_false(decode(&p, bytes, 2 + IFP_FIELDS_MAX / 2 + 1));
	bytes[1] = 0x80; /* a list whose length has two octets */
	assert_false(decode(&p, bytes, 66));
}

/* Steps through one packet of one field. */
static enum ifp_verdict check(struct ifp_check *c, uint8_t type,
			      enum ifp_field_type field, const char *data,
			      size_t len)
{
	struct ifp p = { .type = type, .fields = 1 };
	static struct ifp out;
	enum ifp_verdict v;

	p.field[0] = (struct ifp_field){ field, (const uint8_t *)data,
					 (uint16_t)len };
	assert_int_equal(ifp_steps(&p), 1);
	v = ifp_check_step(c, &p, 0, &out);
	assert_int_equal(v == IFP_REFUSE, c->fault != NULL);
	return v;
}

static const char dcn[] = "\xff\xc8\xdf";

static void test_a_frame_is_held_until_it_is_whole(void **state)
{
	struct ifp p = { .type = IFP_V21, .fields = 1 };
	struct ifp_check c;
	struct ifp out;

	(void)state;
	ifp_check_init(&c, HDLC_CALLER);
	for (int i = 0; i < 3; i++)
		assert_int_equal(check(&c, IFP_V21, IFP_HDLC_DATA, dcn + i, 1),
				 IFP_HOLD);
	p.field[0] = (struct ifp_field){ .type = IFP_HDLC_FCS_OK_SIG_END };
	assert_int_equal(ifp_check_step(&c, &p, 0, &out), IFP_PASS);
	assert_int_equal(out.type, IFP_V21);
	assert_int_equal(out.fields, 2);
	assert_int_equal(out.field[0].type, IFP_HDLC_DATA);
	assert_int_equal(out.field[0].len, 3);
	assert_memory_equal(out.field[0].bytes, dcn, 3);
	assert_int_equal(out.field[1].type, IFP_HDLC_FCS_OK_SIG_END);
	/* The same end once more, as some do: without a frame. */
	assert_int_equal(ifp_check_step(&c, &p, 0, &out), IFP_PASS);
	assert_int_equal(out.fields, 1);
}

static void test_a_frame_that_nobody_uses_leaves_its_end(void **state)
{
	struct ifp p = { .type = IFP_V21, .fields = 2 };
	struct ifp_check c;
	struct ifp out;

	(void)state;
	ifp_check_init(&c, HDLC_CALLER);
	p.field[0] =
		(struct ifp_field){ IFP_HDLC_DATA,
				    (const uint8_t *)"\xff\xc0\xc3 12", 6 };
	p.field[1].type = IFP_HDLC_FCS_OK;
	assert_int_equal(ifp_check_step(&c, &p, 0, &out), IFP_HOLD);
	assert_int_equal(ifp_check_step(&c, &p, 1, &out), IFP_PASS);
	assert_int_equal(out.fields, 1);
	assert_int_equal(out.field[0].type, IFP_HDLC_FCS_OK);
}

static void test_an_indicator_breaks_a_frame_off(void **state)
{
	struct ifp quiet = { .is_indicator = true };
	struct ifp_check c;
	struct ifp out;

	(void)state;
	ifp_check_init(&c, HDLC_CALLER);
	assert_int_equal(check(&c, IFP_V21, IFP_HDLC_DATA, "abc", 3), IFP_HOLD);
	assert_int_equal(ifp_steps(&quiet), 1);
	assert_int_equal(ifp_check_step(&c, &quiet, 0, &out), IFP_PASS);
	assert_true(out.is_indicator);
	assert_int_equal(check(&c, IFP_V21, IFP_HDLC_DATA, dcn, 3), IFP_HOLD);
	assert_int_equal(check(&c, IFP_V21, IFP_HDLC_FCS_OK, NULL, 0),
			 IFP_PASS);
}

static void test_a_bad_frame_passes_as_bad_whatever_is_in_it(void **state)
{
	struct ifp_check c;

	(void)state;
	ifp_check_init(&c, HDLC_CALLER);
	assert_int_equal(check(&c, 8, IFP_HDLC_DATA, "x", 1), IFP_HOLD);
	assert_int_equal(check(&c, 8, IFP_HDLC_FCS_BAD, NULL, 0), IFP_PASS);
	assert_int_equal(check(&c, 8, IFP_HDLC_DATA, "x", 1), IFP_HOLD);
	assert_int_equal(check(&c, 8, IFP_HDLC_FCS_OK, NULL, 0), IFP_REFUSE);
}

static void test_a_frame_is_no_longer_than_the_engine_can_take(void **state)
{
	static char data[HDLC_MAX + 1] = "\xff\xc0\x60";
	struct ifp_check c;

	(void)state;
	ifp_check_init(&c, HDLC_CALLER);
	assert_int_equal(check(&c, 8, IFP_HDLC_DATA, data, HDLC_MAX), IFP_HOLD);
	assert_int_equal(check(&c, 8, IFP_HDLC_FCS_OK, NULL, 0), IFP_PASS);
	assert_int_equal(check(&c, 8, IFP_HDLC_DATA, data, HDLC_MAX), IFP_HOLD);
	assert_int_equal(check(&c, 8, IFP_HDLC_DATA, data, 1), IFP_REFUSE);
	ifp_check_init(&c, HDLC_CALLER);
	assert_int_equal(check(&c, 8, IFP_HDLC_DATA, data, HDLC_MAX + 1),
			 IFP_REFUSE);
}

static void test_a_frame_keeps_to_one_modem(void **state)
{
	struct ifp_check c;

	(void)state;
	ifp_check_init(&c, HDLC_CALLER);
	assert_int_equal(check(&c, 8, IFP_HDLC_DATA, dcn, 1), IFP_HOLD);
	assert_int_equal(check(&c, 0, IFP_HDLC_DATA, dcn, 1), IFP_REFUSE);
	ifp_check_init(&c, HDLC_CALLER);
	assert_int_equal(check(&c, 8, IFP_HDLC_DATA, dcn, 3), IFP_HOLD);
	assert_int_equal(check(&c, 0, IFP_HDLC_FCS_OK, NULL, 0), IFP_REFUSE);
}

static void test_only_the_caller_uses_the_image_modem(void **state)
{
	static const uint8_t types[] = { IFP_HDLC_DATA, IFP_NON_ECM_DATA,
					 IFP_NON_ECM_SIG_END };
	struct ifp_check c;

	(void)state;
	for (int i = 0; i < 3; i++) {
		ifp_check_init(&c, HDLC_CALLEE);
		assert_int_equal(check(&c, 8, types[i], "x", 1), IFP_REFUSE);
		ifp_check_init(&c, HDLC_CALLER);
		assert_int_not_equal(check(&c, 8, types[i], "x", 1),
				     IFP_REFUSE);
	}
	for (int i = 1; i < 3; i++) {
		ifp_check_init(&c, HDLC_CALLER);
		assert_int_equal(check(&c, IFP_V21, types[i], "x", 1),
				 IFP_REFUSE);
	}
}

static void test_the_end_of_a_frame_carries_no_data(void **state)
{
	struct ifp_check c;

	(void)state;
	for (unsigned t = IFP_HDLC_SIG_END; t <= IFP_HDLC_FCS_BAD_SIG_END;
	     t++) {
		ifp_check_init(&c, HDLC_CALLER);
		assert_int_equal(check(&c, 0, t, NULL, 0), IFP_PASS);
		assert_int_equal(check(&c, 0, t, "x", 1), IFP_REFUSE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_sound_packets_decode_and_come_out_the_same),
		cmocka_unit_test(
			test_every_prefix_and_anything_longer_is_refused),
		cmocka_unit_test(
			test_every_changed_octet_is_refused_or_means_itself),
		cmocka_unit_test(
			test_all_first_octets_but_the_known_ones_are_refused),
		cmocka_unit_test(
			test_a_packet_has_a_greatest_length_and_number_of_fields),
		cmocka_unit_test(test_a_frame_is_held_until_it_is_whole),
		cmocka_unit_test(test_a_frame_that_nobody_uses_leaves_its_end),
		cmocka_unit_test(test_an_indicator_breaks_a_frame_off),
		cmocka_unit_test(
			test_a_bad_frame_passes_as_bad_whatever_is_in_it),
		cmocka_unit_test(
			test_a_frame_is_no_longer_than_the_engine_can_take),
		cmocka_unit_test(test_a_frame_keeps_to_one_modem),
		cmocka_unit_test(test_only_the_caller_uses_the_image_modem),
		cmocka_unit_test(test_the_end_of_a_frame_carries_no_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
