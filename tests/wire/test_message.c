/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/message.h"

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
#define TERMS                                                                  \
	{                                                                      \
		.procedures = PROCEDURE_T38, .abilities = ABILITY_UNPACED      \
	}

/* One of each, typed from docs/protocol.md; a field a line. */
/* clang-format off */
static const struct sample {
	struct message m;
	const char *text;
	const char *hex;
} samples[] = {
	{ { MESSAGE_HELLO, .hello = { 1, 2, FEATURE_PRESENCE,
				      SPAN("faxwire 0.1.0") } },
	  "HELLO version-min=1 version-max=2 features=1 "
	  "software=\"faxwire 0.1.0\"",
	  "01 00 001f"
	  "01 0001 01"
	  "02 0001 02"
	  "03 0004 00000001"
	  "04 000d 66617877697265 20 302e312e30" },
	{ { MESSAGE_AUTH, .auth = { SPAN("n,a"), SPAN("ana"), SPAN("SCRAM"),
				    SPAN("0123456789abcdef") } },
	  "AUTH sasl=[3] user=ana mechanism=\"SCRAM\" place=[16]",
	  "02 00 0027"
	  "01 0003 6e2c61"
	  "02 0003 616e61"
	  "03 0005 534352414d"
	  "04 0010 30313233343536373839616263646566" },
	{ { MESSAGE_WELCOME, .welcome = { SPAN("v=x"), 30000, 8, 5000,
					  120000, SPAN("b:1#x") } },
	  "WELCOME sasl=[3] keepalive-ms=30000 connections-max=8 "
	  "keepalive-min-ms=5000 keepalive-max-ms=120000 others=[5]",
	  "03 00 0028"
	  "01 0003 763d78"
	  "02 0004 00007530"
	  "03 0002 0008"
	  "04 0004 00001388"
	  "05 0004 0001d4c0"
	  "06 0005 623a312378" },
	{ { MESSAGE_DENIED, .denied = { 5000 } },
	  "DENIED retry-ms=5000",
	  "04 00 0007"
	  "01 0004 00001388" },
	{ { MESSAGE_PING, .ping = { 0xcafebabe, 60000 } },
	  "PING token=3405691582 next-ms=60000",
	  "05 00 000e"
	  "01 0004 cafebabe"
	  "02 0004 0000ea60" },
	{ { MESSAGE_PONG, .ping = { .token = 0xcafebabe } },
	  "PONG token=3405691582",
	  "06 00 0007"
	  "01 0004 cafebabe" },
	{ { MESSAGE_BYE, .bye = { 11, 2000, SPAN("b.example:443") } },
	  "BYE reason=11 retry-ms=2000 elsewhere=\"b.example:443\"",
	  "07 00 001c"
	  "01 0002 000b"
	  "02 0004 000007d0"
	  "03 000d 622e6578616d706c653a343433" },
	{ { MESSAGE_LOGOUT, .data = { 0 } },
	  "LOGOUT",
	  "08 00 0000" },
	{ { MESSAGE_CONNECT, .connect = { 7, SPAN("ben"),
						  .terms = TERMS } },
	  "CONNECT request=7 to=\"ben\" procedures=1 abilities=1",
	  "10 00 001b"
	  "01 0004 00000007"
	  "02 0003 62656e"
	  "10 0004 00000001"
	  "11 0004 00000001" },
	{ { MESSAGE_INCOMING, .incoming = { 0x0102030405060708, SPAN("ana"),
					    .terms = TERMS } },
	  "INCOMING call=72623859790382856 from=ana procedures=1 abilities=1",
	  "11 00 001f"
	  "01 0008 0102030405060708"
	  "02 0003 616e61"
	  "10 0004 00000001"
	  "11 0004 00000001" },
	{ { MESSAGE_CONNECT, .connect = { 7, SPAN("b@s"), SPAN("ana"),
					  { SPAN("n"), SPAN("\1n"),
					    SPAN("law") }, TERMS } },
	  "CONNECT request=7 to=\"b@s\" from=ana home=n path=[2] groups=[3] "
	  "procedures=1 abilities=1",
	  "10 00 0030"
	  "01 0004 00000007"
	  "02 0003 624073"
	  "04 0003 616e61"
	  "05 0001 6e"
	  "06 0002 016e"
	  "07 0003 6c6177"
	  "10 0004 00000001"
	  "11 0004 00000001" },
	{ { MESSAGE_INCOMING, .incoming = { 258, SPAN("ana"), SPAN("b@s"),
					    { SPAN("n"), SPAN("\1n"),
					      SPAN("law") }, TERMS } },
	  "INCOMING call=258 from=ana to=\"b@s\" home=n path=[2] groups=[3] "
	  "procedures=1 abilities=1",
	  "11 00 0034"
	  "01 0008 0000000000000102"
	  "02 0003 616e61"
	  "03 0003 624073"
	  "05 0001 6e"
	  "06 0002 016e"
	  "07 0003 6c6177"
	  "10 0004 00000001"
	  "11 0004 00000001" },
	{ { MESSAGE_ACCEPT, .accept = { 258, { 1, 0, SPAN("\1\2") } } },
	  "ACCEPT call=258 procedures=1 seal=[2]",
	  "12 00 0017"
	  "01 0008 0000000000000102"
	  "10 0004 00000001"
	  "12 0002 0102" },
	{ { MESSAGE_REFUSE, .refuse = { 258, 4 } },
	  "REFUSE call=258 reason=4",
	  "13 00 0010"
	  "01 0008 0000000000000102"
	  "02 0002 0004" },
	{ { MESSAGE_CANCEL, .refuse = { 258, 9 } },
	  "CANCEL call=258 reason=9",
	  "14 00 0010"
	  "01 0008 0000000000000102"
	  "02 0002 0009" },
	{ { MESSAGE_CONNECTED, .connected = { 7, 258, TERMS } },
	  "CONNECTED request=7 call=258 procedures=1 abilities=1",
	  "15 00 0020"
	  "01 0004 00000007"
	  "02 0008 0000000000000102"
	  "10 0004 00000001"
	  "11 0004 00000001" },
	{ { MESSAGE_FAILED, .failed = { 7, 3 } },
	  "FAILED request=7 reason=3",
	  "16 00 000c"
	  "01 0004 00000007"
	  "02 0002 0003" },
	{ { MESSAGE_DATA, .data = SPAN("\3\0\0\1\6") },
	  "DATA octets=5",
	  "17 00 0005"
	  "03 00 0001 06" },
	{ { MESSAGE_END, .end = { 0 } },
	  "END reason=0",
	  "18 00 0005"
	  "01 0002 0000" },
	{ { MESSAGE_RELEASE, .release = { 258 } },
	  "RELEASE call=258",
	  "19 00 000b"
	  "01 0008 0000000000000102" },
	{ { MESSAGE_LIST, .list = { 8, 1 } },
	  "LIST request=8 follow=1",
	  "20 00 000b"
	  "01 0004 00000008"
	  "02 0001 01" },
	{ { MESSAGE_LISTING, .listing = { 8, 1, SPAN("\7\1\3ben\1s") } },
	  "LISTING request=8 more=1 terminals=[8]",
	  "21 00 0016"
	  "01 0004 00000008"
	  "02 0001 01"
	  "03 0008 07 01 03 62656e 01 73" },
	{ { MESSAGE_LINK, .link = { SPAN("north"), 1760000000000 } },
	  "LINK name=north epoch=1760000000000",
	  "30000013"
	  "0100056e6f727468"
	  "02000800000199c82cc000" },
	{ { MESSAGE_ROUTE, .route = { SPAN("far"), 1760000000000,
				     SPAN("\5south\3far"), SPAN("h:1") } },
	  "ROUTE origin=far epoch=1760000000000 path=[10] address=[3]",
	  "31000024"
	  "010003666172"
	  "02000800000199c82cc000"
	  "03000a05736f75746803666172"
	  "040003683a31" },
	{ { MESSAGE_WANT, .want = { SPAN("far"), 1760000000000, 41 } },
	  "WANT origin=far epoch=1760000000000 number=41",
	  "3200001c"
	  "010003666172"
	  "02000800000199c82cc000"
	  "0300080000000000000029" },
	{ { MESSAGE_UNWANT, .more = { .origin = SPAN("far") } },
	  "UNWANT origin=far",
	  "33000006"
	  "010003666172" },
	{ { MESSAGE_NEWS, .news = { SPAN("far"), 1760000000000, 42,
				   SPAN("abc") } },
	  "NEWS origin=far epoch=1760000000000 number=42 entries=[3]",
	  "3400 0022"
	  "010003666172"
	  "02000800000199c82cc000"
	  "030008000000000000002a"
	  "040003616263" },
	{ { MESSAGE_SNAPSHOT, .snapshot = { SPAN("far"), 1760000000000, 42,
					   SPAN("abc"), 1, SPAN("ben") } },
	  "SNAPSHOT origin=far epoch=1760000000000 number=42 entries=[3] "
	  "last=1 after=ben",
	  "3500 002c"
	  "010003666172"
	  "02000800000199c82cc000"
	  "030008000000000000002a"
	  "040003616263"
	  "05000101"
	  "06000362656e" },
	{ { MESSAGE_MORE, .more = { SPAN("far"), SPAN("ben") } },
	  "MORE origin=far after=ben",
	  "3600000c"
	  "010003666172"
	  "02000362656e" },
	{ { MESSAGE_TOOK, .took = { 262144 } },
	  "TOOK octets=262144",
	  "3700000b"
	  "0100080000000000040000" },
	{ { MESSAGE_NEED, .need = { 2 } },
	  "NEED count=2",
	  "38000007"
	  "01000400000002" },
	{ { MESSAGE_PRESENCE, .presence = { SPAN("ben"), PRESENCE_BUSY,
					    SPAN("south") } },
	  "PRESENCE id=ben state=2 relay=south",
	  "a2 00 0012"
	  "01 0003 62656e"
	  "02 0001 02"
	  "03 0005 736f757468" },
};
/* clang-format on */

enum { SAMPLES = sizeof(samples) / sizeof(samples[0]) };

static enum form_result decode(void *m, const struct frame *f)
{
	return (enum form_result)message_decode(m, f);
}

static size_t encode(const void *m, uint8_t *out, size_t out_size)
{
	return message_encode(m, out, out_size);
}

static size_t print(const void *m, char *out, size_t out_size)
{
	return message_print(m, out, out_size);
}

static const struct sweep sweep = { sizeof(struct message), decode, encode,
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
			message_encode(&samples[i].m, frame, sizeof(frame)),
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
		assert_int_equal(count[type] > 0,
				 message_name((uint8_t)type) != NULL);
}

static void every_example_in_the_document_is_true(void **state)
{
	unsigned count[UINT8_MAX + 1] = { 0 };

	(void)state;
	sweep_document(&sweep, "message", count);
	for (unsigned type = 0; type <= UINT8_MAX; type++)
		assert_int_equal(count[type] > 0,
				 message_name((uint8_t)type) != NULL);
}

static bool check_row(const char *line)
{
	static const char *const words[] = { "nobody", "terminal", "relay",
					     "both", "peers" };
	unsigned type;
	char name[16];
	char senders[16];

	if (sscanf(line, "| 0x%2x | %15s | %15s |", &type, name, senders) != 3)
		return false;
	assert_non_null(message_name((uint8_t)type));
	assert_string_equal(name, message_name((uint8_t)type));
	assert_string_equal(senders, words[message_senders((uint8_t)type)]);
	return true;
}

static void the_documents_table_of_messages_is_true(void **state)
{
	unsigned messages = 0;

	(void)state;
	for (unsigned type = 0; type <= UINT8_MAX; type++)
		messages += message_name((uint8_t)type) != NULL;
	assert_int_equal(sweep_table("messages", check_row), messages);
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
	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		struct sweep_bytes b = { .at = { (uint8_t)type, 0, 0, 2 },
					 .len = 6 };

		if (message_name((uint8_t)type))
			continue;
		assert_int_equal(sweep_decode(&sweep, &b),
				 type >= 0x80 ? FORM_SKIP : FORM_BAD);
		assert_int_equal(message_senders((uint8_t)type), 0);
	}
}

static void an_unknown_field_changes_nothing(void **state)
{
	struct message m;
	struct frame f;
	size_t used;
	struct sweep_bytes b = sweep_hex("18 00 000a"
					 "77 0002 ffff"
					 "01 0002 0009");

	(void)state;
	assert_int_equal(frame_decode(&f, b.at, b.len, &used), FRAME_DONE);
	assert_int_equal(message_decode(&m, &f), MESSAGE_OK);
	assert_int_equal(m.end.reason, 9);
}

static void a_doubled_field_is_refused(void **state)
{
	(void)state;
	assert_int_equal(decodes("18 00 0005 01 0002 0009"), FORM_OK);
	assert_int_equal(decodes("18 00 000a 01 0002 0009 01 0002 0009"),
			 FORM_BAD);
}

/* What each field of variable length may measure: typed from the document.
 * `rest` is the message's other fields. */
static const struct limit {
	uint8_t type;
	const char *rest;
	uint8_t tag;
	size_t min, max;
} limits[] = {
	{ MESSAGE_HELLO, "01 0001 01  02 0001 01", 4, 0, 64 },
	{ MESSAGE_AUTH, "", 1, 1, 1024 },
	{ MESSAGE_AUTH, "01 0001 61", 2, 1, 32 },
	{ MESSAGE_AUTH, "01 0001 61", 3, 1, 32 },
	{ MESSAGE_AUTH, "01 0001 61", 4, 16, 16 },
	{ MESSAGE_WELCOME, "02 0004 00000000  03 0002 0000", 1, 1, 1024 },
	{ MESSAGE_WELCOME, "01 0001 61  02 0004 00000000  03 0002 0000", 6, 0,
	  1200 },
	{ MESSAGE_BYE, "01 0002 0000", 3, 0, 255 },
	{ MESSAGE_CONNECT, "01 0004 00000000  10 0004 00000000", 2, 1, 255 },
	{ MESSAGE_INCOMING, "01 0008 0000000000000000  10 0004 00000000", 2, 1,
	  32 },
	{ MESSAGE_ACCEPT, "01 0008 0000000000000000  10 0004 00000000", 18, 0,
	  1024 },
	{ MESSAGE_LISTING, "01 0004 00000000", 3, 0, 16000 },
	{ MESSAGE_LINK, "02 0008 0000000000000001", 1, 1, 32 },
	{ MESSAGE_ROUTE, "01 0001 61  02 0008 0000000000000001", 3, 0, 264 },
	{ MESSAGE_WANT, "", 1, 1, 32 },
	{ MESSAGE_UNWANT, "", 1, 1, 32 },
	{ MESSAGE_NEWS,
	  "01 0001 61  02 0008 0000000000000001  03 0008 0000000000000001", 4,
	  0, 16000 },
	{ MESSAGE_SNAPSHOT,
	  "01 0001 61  02 0008 0000000000000001  03 0008 0000000000000001", 4,
	  0, 16000 },
	{ MESSAGE_SNAPSHOT,
	  "01 0001 61  02 0008 0000000000000001  03 0008 0000000000000001", 6,
	  1, 32 },
	{ MESSAGE_MORE, "01 0001 61", 2, 1, 32 },
	{ MESSAGE_PRESENCE, "02 0001 00", 1, 1, 32 },
	{ MESSAGE_PRESENCE, "01 0001 61  02 0001 00", 3, 1, 32 },
};

static enum form_result with_length(const struct limit *l, size_t len)
{
	struct sweep_bytes rest = sweep_hex(l->rest);
	struct sweep_bytes b = { .len = FRAME_HEADER };

	memcpy(b.at + b.len, rest.at, rest.len);
	b.len += rest.len;
	b.at[b.len++] = l->tag;
	b.at[b.len++] = (uint8_t)(len >> 8);
	b.at[b.len++] = (uint8_t)len;
	memset(b.at + b.len, 'a', len);
	b.len += len;
	frame_header(b.at, l->type, b.len - FRAME_HEADER);
	return sweep_decode(&sweep, &b);
}

static void every_length_has_the_bounds_of_the_specification(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const struct limit *l = &limits[i];

		assert_int_equal(with_length(l, l->min), FORM_OK);
		assert_int_equal(with_length(l, l->max), FORM_OK);
		assert_int_equal(with_length(l, l->max + 1), FORM_BAD);
		if (l->min > 0)
			assert_int_equal(with_length(l, l->min - 1), FORM_BAD);
	}
}

static void data_of_any_length_goes_through_as_it_is(void **state)
{
	static const size_t lengths[] = { 0, 1, 255, 256, 16379, 16380 };
	uint8_t pipe[FRAME_PAYLOAD_MAX + 1];
	uint8_t frame[FRAME_MAX + 1];
	struct message m = { .type = MESSAGE_DATA };

	(void)state;
	for (size_t i = 0; i < sizeof(pipe); i++)
		pipe[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t whole = FRAME_HEADER + lengths[i];

		m.data = (struct span){ pipe, lengths[i] };
		assert_int_equal(message_encode(&m, frame, whole), whole);
		assert_memory_equal(frame + FRAME_HEADER, pipe, lengths[i]);
		assert_int_equal(message_encode(&m, frame, whole - 1), 0);
	}
	m.data.len = FRAME_PAYLOAD_MAX + 1;
	assert_int_equal(message_encode(&m, frame, sizeof(frame)), 0);
}

static void encoding_refuses_what_no_decoder_would_take(void **state)
{
	struct message m = { MESSAGE_INCOMING,
			     .incoming = { 1, SPAN("Ana"), .terms = TERMS } };
	uint8_t frame[FRAME_MAX];

	(void)state;
	assert_int_equal(message_encode(&m, frame, sizeof(frame)), 0);
	m.incoming.from = span_of("");
	assert_int_equal(message_encode(&m, frame, sizeof(frame)), 0);
	m.incoming.from = span_of("ana");
	assert_true(message_encode(&m, frame, sizeof(frame)) > 0);
	m.type = (enum message_type)0x7f;
	assert_int_equal(message_encode(&m, frame, sizeof(frame)), 0);
}

static void encoding_fails_wherever_the_room_ends(void **state)
{
	uint8_t frame[FRAME_MAX];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		size_t len =
			message_encode(&samples[i].m, frame, sizeof(frame));

		for (size_t room = 0; room < len; room++)
			assert_int_equal(
				message_encode(&samples[i].m, frame, room), 0);
		assert_int_equal(message_encode(&samples[i].m, frame, len),
				 len);
	}
}

static void a_printed_line_is_cut_to_its_room(void **state)
{
	char line[200];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		for (size_t room = 1; room < sizeof(line); room++) {
			size_t len = message_print(&samples[i].m, line, room);

			assert_int_equal(len, strlen(line));
			assert_true(len < room);
			assert_memory_equal(line, samples[i].text, len);
		}
}

static void a_type_of_a_later_version_prints_as_its_number(void **state)
{
	struct message m = { .type = (enum message_type)0x7f };
	char line[20];

	(void)state;
	assert_int_equal(message_print(&m, line, sizeof(line)), 8);
	assert_string_equal(line, "type=127");
	assert_null(message_name(0x7f));
}

static const struct span nowhere = { NULL, 0 };

static void a_listing_is_read_as_it_was_written(void **state)
{
	uint8_t room[200];
	struct writer w = writer_over(room, sizeof(room));
	struct message_listing l = { .request = 1 };
	struct listing_entry e;
	struct reader r;

	(void)state;
	message_listing_add(&w, span_of("ana"), PRESENCE_FREE, nowhere);
	message_listing_add(&w, span_of("x"), PRESENCE_OFFLINE,
			    span_of("south"));
	message_listing_add(&w, span_of("ben"), PRESENCE_BUSY, nowhere);
	assert_true(w.ok);
	l.terminals = (struct span){ room, writer_used(&w) };
	r = message_listing_reader(&l);
	assert_true(message_listing_next(&r, &e));
	assert_true(span_equal(e.id, span_of("ana")));
	assert_int_equal(e.state, PRESENCE_FREE);
	assert_int_equal(e.relay.len, 0);
	assert_true(message_listing_next(&r, &e));
	assert_true(span_equal(e.id, span_of("x")));
	assert_int_equal(e.state, PRESENCE_OFFLINE);
	assert_true(span_equal(e.relay, span_of("south")));
	assert_true(message_listing_next(&r, &e));
	assert_true(span_equal(e.id, span_of("ben")));
	assert_int_equal(e.state, PRESENCE_BUSY);
	assert_int_equal(e.relay.len, 0);
	assert_false(message_listing_next(&r, &e));
	assert_true(r.ok);
}

/* How many entries come out; -1 when the list turns out to be malformed. */
static int entries_in(const char *hex)
{
	struct sweep_bytes b = sweep_hex(hex);
	struct message_listing l = { .terminals = { b.at, b.len } };
	struct reader r = message_listing_reader(&l);
	struct listing_entry e;
	int n = 0;

	while (message_listing_next(&r, &e))
		n++;
	return r.ok ? n : -1;
}

static void a_malformed_listing_is_found_out(void **state)
{
	(void)state;
	assert_int_equal(entries_in(""), 0);
	assert_int_equal(entries_in("03 01 01 61"), 1);
	assert_int_equal(entries_in("04 01 01 61 00  05 01 01 62 01 73"), 2);
	/* What an entry holds beyond that is room for later versions. */
	assert_int_equal(entries_in("07 01 01 61 01 73 ffff  03 01 01 62"), 2);
	assert_int_equal(entries_in("00"), -1);
	assert_int_equal(entries_in("01 01"), -1);
	assert_int_equal(entries_in("02 01 00"), -1);
	assert_int_equal(entries_in("03 01 02 61  62"), -1);
	assert_int_equal(entries_in("03 01 01 41"), -1);
	assert_int_equal(entries_in("03 01 01"), -1);
	assert_int_equal(entries_in("03 01 01 61  03"), -1);
	assert_int_equal(entries_in("05 01 01 61 02 73  61"), -1);
	assert_int_equal(entries_in("05 01 01 61 01 53"), -1);
}

static void an_entry_is_added_whole_or_not_at_all(void **state)
{
	uint8_t room[12];
	struct writer w = writer_over(room, 6);

	(void)state;
	message_listing_add(&w, span_of("ana"), 0, nowhere);
	assert_false(w.ok);
	assert_int_equal(writer_used(&w), 0);
	w = writer_over(room, 7);
	message_listing_add(&w, span_of("ana"), 0, nowhere);
	assert_true(w.ok);
	w = writer_over(room, 7);
	message_listing_add(&w, span_of("ana"), 0, span_of("s"));
	assert_false(w.ok);
	w = writer_over(room, 8);
	message_listing_add(&w, span_of("ana"), 0, span_of("s"));
	assert_true(w.ok);
	w = writer_over(room, sizeof(room));
	message_listing_add(&w, span_of("Ana"), 0, nowhere);
	assert_false(w.ok);
	w = writer_over(room, sizeof(room));
	message_listing_add(&w, span_of("ana"), 0, span_of("South"));
	assert_false(w.ok);
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
		cmocka_unit_test(an_unknown_field_changes_nothing),
		cmocka_unit_test(a_doubled_field_is_refused),
		cmocka_unit_test(
			every_length_has_the_bounds_of_the_specification),
		cmocka_unit_test(data_of_any_length_goes_through_as_it_is),
		cmocka_unit_test(encoding_refuses_what_no_decoder_would_take),
		cmocka_unit_test(encoding_fails_wherever_the_room_ends),
		cmocka_unit_test(a_printed_line_is_cut_to_its_room),
		cmocka_unit_test(
			a_type_of_a_later_version_prints_as_its_number),
		cmocka_unit_test(a_listing_is_read_as_it_was_written),
		cmocka_unit_test(a_malformed_listing_is_found_out),
		cmocka_unit_test(an_entry_is_added_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
