/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/news.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sweep.h"

static struct span span_of_bytes(const struct sweep_bytes *b)
{
	return (struct span){ b->at, b->len };
}

static const struct news_entry ben = {
	.id = { (const uint8_t *)"ben", 3 },
	.state = PRESENCE_BUSY,
	.gen = 0x0102030405060708,
	.groups = { (const uint8_t *)"law tax", 7 },
	.numbers = { (const uint8_t *)"+81 12", 6 },
	.allowed = { (const uint8_t *)"ana c_1", 7 },
};

static const char ben_hex[] = "0027  02  0102030405060708  03 62656e"
			      "0007 6c617720746178"
			      "0006 2b3831203132"
			      "0007 616e6120635f31";

static void an_entry_has_the_bytes_of_the_specification(void **state)
{
	struct sweep_bytes b = sweep_hex(ben_hex);
	uint8_t room[NEWS_ENTRY_MAX];
	struct writer w = writer_over(room, sizeof(room));
	struct reader r = news_reader(span_of_bytes(&b));
	struct news_entry e;

	(void)state;
	news_add(&w, &ben);
	assert_int_equal(writer_used(&w), b.len);
	assert_memory_equal(room, b.at, b.len);
	assert_true(news_next(&r, &e));
	assert_true(span_equal(e.id, ben.id));
	assert_int_equal(e.state, ben.state);
	assert_true(e.gen == ben.gen);
	assert_true(span_equal(e.groups, ben.groups));
	assert_true(span_equal(e.numbers, ben.numbers));
	assert_true(span_equal(e.allowed, ben.allowed));
	assert_false(news_next(&r, &e));
	assert_true(r.ok);
}

/* How many entries come out; -1 when they turn out to be malformed. What
 * comes out can be written, to what is no longer. */
static int count_in(struct span entries)
{
	struct reader r = news_reader(entries);
	uint8_t room[NEWS_ENTRY_MAX];
	struct news_entry e;
	int n = 0;

	for (; news_next(&r, &e); n++) {
		struct writer w = writer_over(room, sizeof(room));

		news_add(&w, &e);
		assert_true(w.ok && writer_used(&w) <= entries.len);
	}
	return r.ok ? n : -1;
}

static int entries_in(const char *hex)
{
	struct sweep_bytes b = sweep_hex(hex);

	return count_in(span_of_bytes(&b));
}

static void a_malformed_entry_is_found_out(void **state)
{
	(void)state;
	assert_int_equal(entries_in(""), 0);
	assert_int_equal(entries_in("0011 00 0000000000000000 01 61"
				    "0000 0000 0000"),
			 1);
	/* What an entry holds beyond its texts is for later versions. */
	assert_int_equal(entries_in("0013 00 0000000000000000 01 61"
				    "0000 0000 0000 ffff"
				    "0011 00 0000000000000000 01 62"
				    "0000 0000 0000"),
			 2);
	assert_int_equal(entries_in("0000"), -1);
	assert_int_equal(entries_in("00"), -1);
	assert_int_equal(entries_in("000f 00 0000000000000000 01 61"
				    "0000 0000"),
			 -1);
	/* A control character among the groups, letters among the numbers, a
	 * capital among the IDs. */
	assert_int_equal(entries_in("0012 00 0000000000000000 01 61"
				    "0001 0a 0000 0000"),
			 -1);
	assert_int_equal(entries_in("0012 00 0000000000000000 01 61"
				    "0000 0001 61 0000"),
			 -1);
	assert_int_equal(entries_in("0012 00 0000000000000000 01 61"
				    "0000 0001 00 0000"),
			 -1);
	assert_int_equal(entries_in("0012 00 0000000000000000 01 61"
				    "0000 0000 0001 41"),
			 -1);
}

static void an_entry_may_be_cut_anywhere(void **state)
{
	struct sweep_bytes b = sweep_hex(ben_hex);

	(void)state;
	for (size_t len = 1; len < b.len; len++)
		assert_int_equal(count_in((struct span){ b.at, len }), -1);
	/* The same inside a whole one, whose length says so. */
	for (size_t len = 0; len < b.len - 2; len++) {
		b.at[1] = (uint8_t)len;
		assert_int_equal(count_in((struct span){ b.at, len + 2 }), -1);
	}
}

static void every_octet_of_an_entry_may_change(void **state)
{
	struct sweep_bytes b = sweep_hex(ben_hex);

	(void)state;
	for (size_t i = 0; i < b.len; i++)
		for (unsigned change = 1; change <= UINT8_MAX; change++) {
			struct sweep_bytes other = b;

			other.at[i] = (uint8_t)(other.at[i] ^ change);
			count_in(span_of_bytes(&other));
		}
}

static void a_state_of_a_later_version_reads_as_busy(void **state)
{
	struct sweep_bytes b = sweep_hex(ben_hex);
	static const uint8_t reads[][2] = {
		{ 0, 0 }, { 1, 1 }, { 2, 2 }, { 3, 2 }, { 254, 2 }, { 255, 255 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		struct reader r = news_reader(span_of_bytes(&b));
		struct news_entry e;

		b.at[2] = reads[i][0];
		assert_true(news_next(&r, &e));
		assert_int_equal(e.state, reads[i][1]);
	}
}

static void every_text_has_the_bounds_of_the_specification(void **state)
{
	static const struct {
		size_t at, max;
	} texts[] = { { offsetof(struct news_entry, id), 32 },
		      { offsetof(struct news_entry, groups), 528 },
		      { offsetof(struct news_entry, numbers), 255 },
		      { offsetof(struct news_entry, allowed), 1056 } };
	static uint8_t ones[NEWS_ALLOWED_MAX + 1];
	uint8_t room[2 * NEWS_ENTRY_MAX];

	(void)state;
	memset(ones, '1', sizeof(ones));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (size_t more = 0; more < 2; more++) {
			struct writer w = writer_over(room, sizeof(room));
			struct news_entry e = ben;

			memcpy((char *)&e + texts[i].at,
			       &(struct span){ ones, texts[i].max + more },
			       sizeof(struct span));
			news_add(&w, &e);
			assert_int_equal(w.ok, more == 0);
		}
}

static void the_largest_entry_fits_where_it_is_said_to(void **state)
{
	static uint8_t ones[NEWS_ALLOWED_MAX];
	const struct news_entry e = { .id = { ones, ADDRESS_ID_MAX },
				      .groups = { ones, NEWS_GROUPS_MAX },
				      .numbers = { ones, NEWS_NUMBERS_MAX },
				      .allowed = { ones, NEWS_ALLOWED_MAX } };
	uint8_t room[NEWS_ENTRY_MAX];
	struct writer w = writer_over(room, sizeof(room));

	(void)state;
	memset(ones, '1', sizeof(ones));
	news_add(&w, &e);
	assert_true(w.ok);
	assert_int_equal(writer_used(&w), NEWS_ENTRY_MAX);
	assert_int_equal(count_in((struct span){ room, sizeof(room) }), 1);
}

static void an_entry_is_added_whole_or_not_at_all(void **state)
{
	uint8_t room[NEWS_ENTRY_MAX];

	(void)state;
	for (size_t size = 0; size < 40; size++) {
		struct writer w = writer_over(room, size);

		news_add(&w, &ben);
		assert_false(w.ok);
		assert_int_equal(writer_used(&w), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_has_the_bytes_of_the_specification),
		cmocka_unit_test(a_malformed_entry_is_found_out),
		cmocka_unit_test(an_entry_may_be_cut_anywhere),
		cmocka_unit_test(every_octet_of_an_entry_may_change),
		cmocka_unit_test(a_state_of_a_later_version_reads_as_busy),
		cmocka_unit_test(
			every_text_has_the_bounds_of_the_specification),
		cmocka_unit_test(the_largest_entry_fits_where_it_is_said_to),
		cmocka_unit_test(an_entry_is_added_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
