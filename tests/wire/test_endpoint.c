/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/endpoint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sweep.h"

/* As they were agreed on, byte by byte. */
static const struct {
	uint8_t type;
	const char *hex;
} examples[] = {
	{ ENDPOINT_START, "01 00 0000 00 00" },
	{ ENDPOINT_START, "01 07 003c 03 41 6e 61 02 68 69" },
	{ ENDPOINT_IFP, "02 06" },
	{ ENDPOINT_TAKEN, "03 0000 0000 0000 1234" },
	{ ENDPOINT_STOP, "04 00" },
	{ ENDPOINT_STOP, "04 01" },
	{ ENDPOINT_IDENTITY, "05 04 2b313233" },
	{ ENDPOINT_PAGE, "06 0001 000006c0 000008f4 00001f5f 00001e14"
			 "00000000 0000ffff" },
	{ ENDPOINT_DONE, "07 00 00 0005 00" },
	{ ENDPOINT_DONE, "07 02 01 0000 04 4375 7421" },
};

enum { EXAMPLES = sizeof(examples) / sizeof(examples[0]) };

/* From memory of just the size; what decodes must encode to the same. */
static bool decode(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len + (len == 0));
	uint8_t again[ENDPOINT_MESSAGE_MAX];
	struct endpoint_message m;
	bool sound;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	sound = endpoint_decode(&m, copy, len);
	if (sound) {
		assert_int_equal(endpoint_encode(&m, again, sizeof(again)),
				 len);
		assert_memory_equal(again, bytes, len);
		assert_int_equal(endpoint_encode(&m, again, len - 1), 0);
	}
	free(copy);
	return sound;
}

static void test_every_message_reads_and_writes_as_agreed(void **state)
{
	(void)state;
	for (int i = 0; i < EXAMPLES; i++) {
		struct sweep_bytes b = sweep_hex(examples[i].hex);

		assert_int_equal(b.at[0], examples[i].type);
		assert_true(decode(b.at, b.len));
	}
}

static void test_every_prefix_and_anything_longer_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < EXAMPLES; i++) {
		struct sweep_bytes b = sweep_hex(examples[i].hex);

		for (size_t len = 0; len < b.len; len++)
			assert_false(decode(b.at, len));
		b.at[b.len] = 0;
		assert_int_equal(decode(b.at, b.len + 1),
				 b.at[0] == ENDPOINT_IFP);
	}
}

static void test_every_changed_octet_is_refused_or_means_itself(void **state)
{
	(void)state;
	for (int i = 0; i < EXAMPLES; i++) {
		struct sweep_bytes b = sweep_hex(examples[i].hex);

		for (size_t at = 0; at < b.len; at++)
			for (int d = 1; d < 256; d++) {
				b.at[at] ^= (uint8_t)d;
				decode(b.at, b.len);
				b.at[at] ^= (uint8_t)d;
			}
	}
}

static void test_values_come_out_as_they_went_in(void **state)
{
	struct endpoint_message in = { .type = ENDPOINT_START };
	struct endpoint_message out;
	uint8_t bytes[ENDPOINT_MESSAGE_MAX];
	size_t len;

	(void)state;
	in.start.caller = true;
	in.start.has_pdf = true;
	in.start.patience_s = 0xabcd;
	in.start.name = span_of("+44 1632 960123");
	in.start.heading = span_of("Fri 27 Nov 2026 14:05  ana -> ben");
	len = endpoint_encode(&in, bytes, sizeof(bytes));
	assert_true(endpoint_decode(&out, bytes, len));
	assert_true(out.start.caller && out.start.has_pdf);
	assert_false(out.start.unpaced);
	assert_int_equal(out.start.patience_s, 0xabcd);
	assert_true(span_equal(out.start.name, in.start.name));
	assert_true(span_equal(out.start.heading, in.start.heading));

	in = (struct endpoint_message){ .type = ENDPOINT_DONE };
	in.done.outcome = 9;
	in.done.again = true;
	in.done.pages = 999;
	in.done.sentence = span_of("The far end hung up.");
	len = endpoint_encode(&in, bytes, sizeof(bytes));
	assert_true(endpoint_decode(&out, bytes, len));
	assert_int_equal(out.done.outcome, 9);
	assert_true(out.done.again);
	assert_int_equal(out.done.pages, 999);
	assert_true(span_equal(out.done.sentence, in.done.sentence));
}

static void test_packets_and_texts_have_their_greatest_length(void **state)
{
	static uint8_t long_one[ENDPOINT_IFP_MAX + 2] = { ENDPOINT_IFP };
	struct endpoint_message m = { .type = ENDPOINT_IDENTITY };
	uint8_t out[ENDPOINT_MESSAGE_MAX + 2];

	(void)state;
	assert_true(decode(long_one, ENDPOINT_IFP_MAX + 1));
	assert_false(decode(long_one, ENDPOINT_IFP_MAX + 2));
	m.identity = span_of("12345678901234567890");
	assert_int_equal(endpoint_encode(&m, out, sizeof(out)), 22);
	m.identity = span_of("123456789012345678901");
	assert_int_equal(endpoint_encode(&m, out, sizeof(out)), 0);
	m = (struct endpoint_message){ .type = ENDPOINT_IFP };
	m.ifp = (struct span){ long_one, ENDPOINT_IFP_MAX + 1 };
	assert_int_equal(endpoint_encode(&m, out, sizeof(out)), 0);
	m.ifp.len = 0;
	assert_int_equal(endpoint_encode(&m, out, sizeof(out)), 0);
}

static void test_text_that_is_not_fit_to_print_is_refused(void **state)
{
	static const char *const hex[] = {
		"05 01 00",	       /* NUL */
		"05 01 0a",	       /* a line feed */
		"05 01 ff",	       /* no UTF-8 */
		"05 03 e280ae",	       /* right-to-left override */
		"07 00 00 0000 01 1b", /* escape */
		"01 00 0000 01 7f",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hex) / sizeof(hex[0]); i++) {
		struct sweep_bytes b = sweep_hex(hex[i]);

		assert_false(decode(b.at, b.len));
	}
}

static void test_values_that_there_are_not_are_refused(void **state)
{
	static const char *const hex[] = {
		"00",
		"08",
		"ff",
		"01 08 0000 00",    /* flags */
		"04 02",	    /* why */
		"07 00 02 0000 00", /* again */
		"06 0000 00000000 00000000 00000000 00000000 00000000 00000000",
	};
	struct endpoint_message m = { .type = ENDPOINT_STOP };
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(hex) / sizeof(hex[0]); i++) {
		struct sweep_bytes b = sweep_hex(hex[i]);

		assert_false(decode(b.at, b.len));
	}
	m.stop.why = 2;
	assert_int_equal(endpoint_encode(&m, out, sizeof(out)), 0);
	m = (struct endpoint_message){ .type = ENDPOINT_PAGE };
	assert_int_equal(endpoint_encode(&m, out, sizeof(out)), 0);
	m.type = 99;
	assert_int_equal(endpoint_encode(&m, out, sizeof(out)), 0);
}

static void test_each_type_has_a_name_and_its_senders(void **state)
{
	static const char senders[] = "-pbbpccc-"; /* parent, child, both */

	(void)state;
	for (unsigned t = 0; t < sizeof(senders) - 1; t++) {
		char s = senders[t];

		assert_int_equal(endpoint_type_name((uint8_t)t) != NULL,
				 s != '-');
		assert_int_equal(endpoint_from_parent((uint8_t)t),
				 s == 'p' || s == 'b');
		assert_int_equal(endpoint_from_child((uint8_t)t),
				 s == 'c' || s == 'b');
	}
	assert_null(endpoint_type_name(255));
	assert_string_equal(endpoint_type_name(ENDPOINT_IFP), "IFP");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_message_reads_and_writes_as_agreed),
		cmocka_unit_test(
			test_every_prefix_and_anything_longer_is_refused),
		cmocka_unit_test(
			test_every_changed_octet_is_refused_or_means_itself),
		cmocka_unit_test(test_values_come_out_as_they_went_in),
		cmocka_unit_test(
			test_packets_and_texts_have_their_greatest_length),
		cmocka_unit_test(test_text_that_is_not_fit_to_print_is_refused),
		cmocka_unit_test(test_values_that_there_are_not_are_refused),
		cmocka_unit_test(test_each_type_has_a_name_and_its_senders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
