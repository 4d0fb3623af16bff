/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pipe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sweep.h"

#define SPAN(literal)                                                          \
	{                                                                      \
		(const uint8_t *)(literal), sizeof(literal) - 1                \
	}

/* One of each, typed from docs/protocol.md; a field a line. */
/* clang-format off */
static const struct sample {
	struct pipe_message m;
	const char *text;
	const char *hex;
} samples[] = {
	{ { PIPE_OPEN, .open = { SPAN("0123456789abcdef"), 2,
				 SPAN("Invoice") } },
	  "OPEN job=[16] pages=2 title=\"Invoice\"",
	  "01 00 0022"
	  "01 0010 30313233343536373839616263646566"
	  "02 0002 0002"
	  "03 0007 496e766f696365" },
	{ { PIPE_ANSWER, .answer = { PIPE_STORED_ALREADY, 2 } },
	  "ANSWER verdict=1 pages=2",
	  "02 00 0009"
	  "01 0001 01"
	  "02 0002 0002" },
	{ { PIPE_IFP, .ifp = SPAN("\6") },
	  "IFP octets=1",
	  "03 00 0001"
	  "06" },
	{ { PIPE_TAKEN, .taken = { 0x0102030405060708 } },
	  "TAKEN octets=72623859790382856",
	  "04 00 000b"
	  "01 0008 0102030405060708" },
	{ { PIPE_PAGE, .page = { 258 } },
	  "PAGE number=258",
	  "05 00 0005"
	  "01 0002 0102" },
	{ { PIPE_STORED, .stored = { 2 } },
	  "STORED pages=2",
	  "06 00 0005"
	  "01 0002 0002" },
	{ { PIPE_FAULT, .fault = { 18, 1, SPAN("The disk is full.") } },
	  "FAULT reason=18 again=1 sentence=\"The disk is full.\"",
	  "07 00 001d"
	  "01 0002 0012"
	  "02 0001 01"
	  "03 0011 546865206469736b2069732066756c6c2e" },
};
/* clang-format on */

enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static enum form_result decode(void *m, const struct frame *f)
{
	return (enum form_result)pipe_decode(m, f);
}

static size_t encode(const void *m, uint8_t *out, size_t out_size)
{
	return pipe_encode(m, out, out_size);
}

static size_t print(const void *m, char *out, size_t out_size)
{
	return pipe_print(m, out, out_size);
}

static const struct sweep sweep = { sizeof(struct pipe_message), decode, encode,
				    print };

static enum form_result decodes(const char *hex)
{
	struct sweep_bytes b = sweep_hex(hex);

	return sweep_decode(&sweep, &b);
}

static void every_message_has_the_bytes_of_the_specification(void **state)
{
	uint8_t frame[FRAME_MAX];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct sweep_bytes b = sweep_hex(samples[i].hex);

		assert_int_equal(
			pipe_encode(&samples[i].m, frame, sizeof(frame)),
			b.len);
		assert_memory_equal(frame, b.at, b.len);
		sweep_example(&sweep, samples[i].hex, samples[i].text);
	}
}

static void every_message_of_the_version_is_among_the_samples(void **state)
{
	unsigned count[UINT8_MAX + 1] = { 0 };

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		count[samples[i].m.type]++;
	for (unsigned type = 0; type <= UINT8_MAX; type++)
		assert_int_equal(count[type],
				 pipe_senders((uint8_t)type) ? 1 : 0);
}

static void every_example_in_the_document_is_true(void **state)
{
	unsigned count[UINT8_MAX + 1] = { 0 };

	(void)state;
	sweep_document(&sweep, "pipe", count);
	for (unsigned type = 0; type <= UINT8_MAX; type++)
		assert_int_equal(count[type] > 0,
				 pipe_senders((uint8_t)type) != 0);
}

static bool check_row(const char *line)
{
	static const char *const words[] = { "nobody", "caller", "callee",
					     "both" };
	unsigned type;
	char name[16];
	char senders[16];
	const struct sample *s;

	if (sscanf(line, "| 0x%2x | %15s | %15s |", &type, name, senders) != 3)
		return false;
	assert_in_range(type, 1, SAMPLES);
	s = &samples[type - 1];
	assert_int_equal(s->m.type, type);
	assert_memory_equal(name, s->text, strlen(name));
	assert_string_equal(senders, words[pipe_senders((uint8_t)type)]);
	return true;
}

static void the_documents_table_of_messages_is_true(void **state)
{
	(void)state;
	assert_int_equal(sweep_table("pipe", check_row), SAMPLES);
}

static void every_message_may_be_cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct sweep_bytes b = sweep_hex(samples[i].hex);

		sweep_prefixes(&sweep, &b);
	}
}

static void every_octet_of_every_message_may_change(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct sweep_bytes b = sweep_hex(samples[i].hex);

		sweep_changes(&sweep, &b);
	}
}

static void an_unknown_message_is_skipped_when_it_is_optional(void **state)
{
	(void)state;
	assert_int_equal(decodes("00 00 0000"), FORM_BAD);
	assert_int_equal(decodes("08 00 0001 ff"), FORM_BAD);
	assert_int_equal(decodes("7f 00 0001 ff"), FORM_BAD);
	assert_int_equal(decodes("80 00 0001 ff"), FORM_SKIP);
	assert_int_equal(decodes("ff 00 0001 ff"), FORM_SKIP);
}

static void an_unknown_field_is_skipped_and_a_doubled_one_refused(void **state)
{
	(void)state;
	assert_int_equal(decodes("05 00 0009 01 0002 0001 63 0001 00"),
			 FORM_OK);
	assert_int_equal(decodes("05 00 000a 01 0002 0001 01 0002 0001"),
			 FORM_BAD);
}

static size_t encoded_open(size_t job, size_t title)
{
	uint8_t letters[201];
	struct pipe_message m = { PIPE_OPEN,
				  .open = { .job = { letters, job },
					    .pages = 1,
					    .title = { letters, title } } };
	uint8_t frame[FRAME_MAX];
	struct sweep_bytes b;

	memset(letters, 'a', sizeof(letters));
	b.len = pipe_encode(&m, b.at, sizeof(b.at));
	if (b.len > 0)
		assert_int_equal(sweep_decode(&sweep, &b), FORM_OK);
	return pipe_encode(&m, frame, sizeof(frame));
}

static size_t encoded_fault(size_t sentence)
{
	uint8_t letters[201];
	struct pipe_message m = {
		PIPE_FAULT, .fault = { .sentence = { letters, sentence } }
	};
	uint8_t frame[FRAME_MAX];

	memset(letters, 'a', sizeof(letters));
	return pipe_encode(&m, frame, sizeof(frame));
}

static void every_length_has_the_bounds_of_the_specification(void **state)
{
	(void)state;
	assert_int_equal(encoded_open(15, 0), 0);
	assert_int_equal(encoded_open(16, 0), 4 + 3 + 16 + 3 + 2);
	assert_int_equal(encoded_open(17, 0), 0);
	assert_int_equal(encoded_open(16, 1), 4 + 3 + 16 + 3 + 2 + 3 + 1);
	assert_int_equal(encoded_open(16, 120), 4 + 3 + 16 + 3 + 2 + 3 + 120);
	assert_int_equal(encoded_open(16, 121), 0);
	assert_int_equal(encoded_fault(200), 4 + 3 + 2 + 3 + 200);
	assert_int_equal(encoded_fault(201), 0);
	assert_int_equal(decodes("01 00 0017"
				 "01 000f 303132333435363738396162636465"
				 "02 0002 0001"),
			 FORM_BAD);
	assert_int_equal(decodes("01 00 0019"
				 "01 0011 3031323334353637383961626364656667"
				 "02 0002 0001"),
			 FORM_BAD);
}

static void a_packet_of_any_length_goes_through_as_it_is(void **state)
{
	uint8_t packet[FRAME_PAYLOAD_MAX + 1] = { 0xc0, 0x01 };
	uint8_t frame[FRAME_MAX + 1];
	struct pipe_message m = { .type = PIPE_IFP };

	(void)state;
	m.ifp = (struct span){ packet, FRAME_PAYLOAD_MAX };
	assert_int_equal(pipe_encode(&m, frame, sizeof(frame)), FRAME_MAX);
	assert_memory_equal(frame + FRAME_HEADER, packet, FRAME_PAYLOAD_MAX);
	m.ifp.len++;
	assert_int_equal(pipe_encode(&m, frame, sizeof(frame)), 0);
	assert_int_equal(decodes("03 00 0000"), FORM_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_message_has_the_bytes_of_the_specification),
		cmocka_unit_test(
			every_message_of_the_version_is_among_the_samples),
		cmocka_unit_test(every_example_in_the_document_is_true),
		cmocka_unit_test(the_documents_table_of_messages_is_true),
		cmocka_unit_test(every_message_may_be_cut_anywhere),
		cmocka_unit_test(every_octet_of_every_message_may_change),
		cmocka_unit_test(
			an_unknown_message_is_skipped_when_it_is_optional),
		cmocka_unit_test(
			an_unknown_field_is_skipped_and_a_doubled_one_refused),
		cmocka_unit_test(
			every_length_has_the_bounds_of_the_specification),
		cmocka_unit_test(a_packet_of_any_length_goes_through_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
