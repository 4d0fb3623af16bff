/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* SHA-256 of nothing, in base64url. */
#define PIN	   "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
#define LETTERS32  "abcdefghijklmnopqrstuvwxyz012345"
#define LETTERS128 LETTERS32 LETTERS32 LETTERS32 LETTERS32
#define SECRET	   "Hunter2Hunter2"

static void a_user_id_is_1_to_32_small_letters_digits_and_marks(void **state)
{
	static const char *const good[] = { "a",       "0",  "ana",
					    "a.b_c-d", "9-", LETTERS32 };
	static const char *const bad[] = { "",		 ".a",	"-a",
					   "_a",	 "Ana", "aNa",
					   "a b",	 "a@b", "\xc3\xa4",
					   LETTERS32 "6" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(address_id_valid(good[i], strlen(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(address_id_valid(bad[i], strlen(bad[i])));
	assert_false(address_id_valid("a\0b", 3));
	assert_false(address_id_valid("\0", 1));
	assert_true(address_id_valid("anaX", 3));
}

static void a_join_url_is_taken_apart(void **state)
{
	struct address_join j;
	struct why why = { "" };

	(void)state;
	assert_int_equal(
		address_join_decode(&j,
				    "faxwire://ana.1:Se-cr_et0@relay.example:"
				    "443?pin=sha256:" PIN,
				    &why),
		OK);
	assert_string_equal(j.id, "ana.1");
	assert_string_equal(j.secret, "Se-cr_et0");
	assert_int_equal(j.relays.count, 1);
	assert_string_equal(j.relays.at[0].host, "relay.example");
	assert_int_equal(j.relays.at[0].port, 443);
	assert_true(j.pinned);
	assert_memory_equal(j.pin, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14", 8);
	assert_memory_equal(j.pin + 24, "\xa4\x95\x99\x1b\x78\x52\xb8\x55", 8);
	assert_string_equal(why.text, "");
}

static void port_and_pin_may_be_left_out(void **state)
{
	struct address_join j;

	(void)state;
	assert_int_equal(
		address_join_decode(&j, "faxwire://a:b@10.0.0.1", NULL), OK);
	assert_string_equal(j.relays.at[0].host, "10.0.0.1");
	assert_int_equal(j.relays.at[0].port, 4380);
	assert_false(j.pinned);
}

static void what_is_decoded_is_encoded_to_the_same(void **state)
{
	static const char *const urls[] = {
		"faxwire://ana:" SECRET "@relay.example:4380",
		"faxwire://ana:" SECRET "@relay.example:1?pin=sha256:" PIN,
		"faxwire://ana:" SECRET "@[2001:db8::1]:65535?pin=sha256:" PIN,
		"faxwire://" LETTERS32 ":" LETTERS128 "@" LETTERS128
		"." LETTERS32 "." LETTERS32 "." LETTERS32
		".abcdefghijklmnopqrstuvwxy:4380",
		"faxwire://"
		"a:b@h:1,[2001:db8::1]:443,10.0.0.1:3,d:4?pin=sha256:" PIN,
	};
	struct address_join j;
	char url[ADDRESS_JOIN_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		size_t len = strlen(urls[i]);

		assert_int_equal(address_join_decode(&j, urls[i], NULL), OK);
		assert_true(address_join_encode(&j, url, sizeof(url)));
		assert_string_equal(url, urls[i]);
		assert_true(address_join_encode(&j, url, len + 1));
		assert_false(address_join_encode(&j, url, len));
		assert_false(address_join_encode(&j, url, 0));
	}
}

static void refused(const char *url, const char *word)
{
	struct address_join j;
	struct why why = { "" };

	if (address_join_decode(&j, url, &why) != ERR_BAD)
		fail_msg("taken: %s", url);
	if (!strstr(why.text, word))
		fail_msg("%s: no '%s' in: %s", url, word, why.text);
	assert_int_equal(why.text[strlen(why.text) - 1], '.');
	assert_null(strstr(why.text, SECRET));
}

/* A URL, and a word of its sentence. */
static const char *const faults[][2] = {
	{ "", "begins with faxwire://" },
	{ "faxwire:/", "begins with faxwire://" },
	{ "https://ana:" SECRET "@h", "begins with faxwire://" },
	{ " faxwire://ana:" SECRET "@h", "begins with faxwire://" },
	{ "faxwire://", "ID:SECRET@" },
	{ "faxwire://ana@h", "ID:SECRET@" },
	{ "faxwire://" SECRET, "ID:SECRET@" },
	{ "faxwire://:" SECRET "@h", "user ID" },
	{ "faxwire://Ana:" SECRET "@h", "small letters (a-z)" },
	{ "faxwire://a%62:" SECRET "@h", "user ID" },
	{ "faxwire://" LETTERS32 "6:" SECRET "@h", "user ID" },
	{ "faxwire://ana:" SECRET, "no @" },
	{ "faxwire://ana:" SECRET "/@h", "no @" },
	{ "faxwire://ana:@h", "secret" },
	{ "faxwire://ana:" SECRET "%41@h", "secret" },
	{ "faxwire://ana:" SECRET ":x@h", "secret" },
	{ "faxwire://ana:" LETTERS128 "x@h", "secret" },
	{ "faxwire://ana:" SECRET "@", "host" },
	{ "faxwire://ana:" SECRET "@:4380", "host" },
	{ "faxwire://ana:" SECRET "@a@b", "host" },
	{ "faxwire://ana:" SECRET "@a b", "host" },
	{ "faxwire://ana:" SECRET "@r\xc3\xa9lais", "host" },
	{ "faxwire://ana:" SECRET "@" LETTERS128 LETTERS32 LETTERS32 LETTERS32
	  "a.abcdefghijklmnopqrstuvwxyz.x",
	  "host" },
	{ "faxwire://ana:" SECRET "@2001:db8::1", "port" },
	{ "faxwire://ana:" SECRET "@[2001:db8::1", "host" },
	{ "faxwire://ana:" SECRET "@[fe80::1%25eth0]", "host" },
	{ "faxwire://ana:" SECRET "@[1.2.3.4]", "host" },
	{ "faxwire://ana:" SECRET "@[]", "host" },
	{ "faxwire://ana:" SECRET "@[::1]x", "after its end" },
	{ "faxwire://ana:" SECRET "@h:", "port" },
	{ "faxwire://ana:" SECRET "@h:0", "port" },
	{ "faxwire://ana:" SECRET "@h:65536", "port" },
	{ "faxwire://ana:" SECRET "@h:99999999999", "port" },
	{ "faxwire://ana:" SECRET "@h:-1", "port" },
	{ "faxwire://ana:" SECRET "@h:43x", "port" },
	{ "faxwire://ana:" SECRET "@h,", "host" },
	{ "faxwire://ana:" SECRET "@,h", "host" },
	{ "faxwire://ana:" SECRET "@h,:1", "host" },
	{ "faxwire://ana:" SECRET "@h:1,i:x", "port" },
	{ "faxwire://ana:" SECRET "@h:,i:1", "port" },
	{ "faxwire://ana:" SECRET "@a,b,c,d,e", "more than 4" },
	{ "faxwire://ana:" SECRET "@h/", "after its end" },
	{ "faxwire://ana:" SECRET "@h#x", "after its end" },
	{ "faxwire://ana:" SECRET "@h?", "other than pin=" },
	{ "faxwire://ana:" SECRET "@h?key=1", "other than pin=" },
	{ "faxwire://ana:" SECRET "@h?" SECRET, "other than pin=" },
	{ "faxwire://ana:" SECRET "@h?pin=", "pin" },
	{ "faxwire://ana:" SECRET "@h?pin=sha1:" PIN, "pin" },
	{ "faxwire://ana:" SECRET "@h?pin=sha256:", "pin" },
	{ "faxwire://ana:" SECRET "@h?pin=sha256:" PIN "A", "pin" },
	{ "faxwire://ana:" SECRET "@h?pin=sha256:" PIN "=", "pin" },
	{ "faxwire://ana:" SECRET "@h?pin=sha256:" PIN "&pin=sha256:" PIN,
	  "pin" },
	{ "faxwire://ana:" SECRET "@h?pin=sha256:" PIN "&x=1",
	  "other than pin=" },
	{ "faxwire://ana:" SECRET "@h?pin=sha256:" PIN "#x", "after its end" },
};

static void each_fault_has_a_sentence_that_names_the_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		refused(faults[i][0], faults[i][1]);
}

static void the_port_may_be_any_from_1_to_65535(void **state)
{
	struct address_join j;
	char url[64];

	(void)state;
	for (unsigned port = 1; port <= UINT16_MAX; port++) {
		snprintf(url, sizeof(url), "faxwire://a:b@h:%u", port);
		assert_int_equal(address_join_decode(&j, url, NULL), OK);
		assert_int_equal(j.relays.at[0].port, port);
	}
}

/* Whatever stands in a damaged URL, none of its words comes back in the
 * sentence; and what is taken encodes to what decodes to the same. */
static void check_damaged(const char *url)
{
	struct address_join j;
	struct address_join same;
	struct why why = { "" };
	char again[ADDRESS_JOIN_TEXT];

	if (address_join_decode(&j, url, &why) != OK) {
		assert_null(strstr(why.text, "Hunter2"));
		assert_string_not_equal(why.text, "");
		return;
	}
	assert_true(address_join_encode(&j, again, sizeof(again)));
	assert_int_equal(address_join_decode(&same, again, NULL), OK);
	assert_memory_equal(&j, &same, sizeof(j));
}

static void every_prefix_and_every_change_of_a_url_is_stood(void **state)
{
	static const char url[] =
		"faxwire://ana:" SECRET "@[2001:db8::1]:4380?pin=sha256:" PIN;
	char other[sizeof(url)];

	(void)state;
	for (size_t i = 0; i < sizeof(url) - 1; i++) {
		memcpy(other, url, sizeof(url));
		for (unsigned c = 0; c <= UINT8_MAX; c++) {
			other[i] = (char)c; /* 0 makes it a prefix */
			check_damaged(other);
		}
	}
}

static void relays_are_read_in_their_order(void **state)
{
	struct address_relays r;

	(void)state;
	assert_int_equal(address_relays_decode(&r, "fax.example", 7, NULL), OK);
	assert_int_equal(r.count, 1);
	assert_string_equal(r.at[0].host, "fax.example");
	assert_int_equal(r.at[0].port, 7);
	assert_int_equal(
		address_relays_decode(&r, "192.0.2.1:443,[2001:db8::1]:99,b", 7,
				      NULL),
		OK);
	assert_int_equal(r.count, 3);
	assert_string_equal(r.at[0].host, "192.0.2.1");
	assert_int_equal(r.at[0].port, 443);
	assert_string_equal(r.at[1].host, "2001:db8::1");
	assert_int_equal(r.at[1].port, 99);
	assert_string_equal(r.at[2].host, "b");
	assert_int_equal(r.at[2].port, 7);
}

static void what_is_no_relays_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"",	   ":1",     "a b",   "a:",	     "a:0",
		"a:65536", "a:1x",   "a:1:2", "2001:db8::1", "[::1",
		"[a]:1",   "[::1]x", "a/",    "a:1/",	     "[]:1",
		"a,",	   ",a",     "a,,b",  "a,b,c,d,e",   "a, b",
	};
	struct address_relays r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct why why = { "" };

		if (address_relays_decode(&r, bad[i], 1, &why) != ERR_BAD)
			fail_msg("taken: %s", bad[i]);
		assert_string_not_equal(why.text, "");
	}
}

static void the_longest_relays_fit_their_text(void **state)
{
	struct address_relays r = { .count = ADDRESS_RELAYS_MAX }, same;
	char text[ADDRESS_RELAYS_TEXT];

	(void)state;
	for (size_t i = 0; i < ADDRESS_RELAYS_MAX; i++) {
		/* No IPv6 address is as long; the room is the same. */
		memset(r.at[i].host, 'a', ADDRESS_HOST_MAX);
		r.at[i].port = UINT16_MAX;
	}
	assert_true(address_relays_encode(&r, text, sizeof(text)));
	assert_int_equal(address_relays_decode(&same, text, 1, NULL), OK);
	assert_memory_equal(&r, &same, sizeof(r));
	assert_false(address_relays_encode(&r, text, strlen(text)));
}

#define ONE   "fax.example:4380,[2001:db8::1]:443#" PIN
#define OTHER "10.0.0.1:99#" PIN

static void another_relay_has_addresses_and_a_pin(void **state)
{
	struct address_other o;
	char text[ADDRESS_OTHER_TEXT];

	(void)state;
	assert_true(address_other_decode(&o, ONE));
	assert_int_equal(o.relays.count, 2);
	assert_string_equal(o.relays.at[1].host, "2001:db8::1");
	assert_int_equal(o.relays.at[1].port, 443);
	assert_memory_equal(o.pin, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14", 8);
	assert_true(address_other_encode(&o, text, sizeof(text)));
	assert_string_equal(text, ONE);
	assert_true(address_other_encode(&o, text, sizeof(ONE)));
	assert_false(address_other_encode(&o, text, sizeof(ONE) - 1));
}

static void what_is_no_other_relay_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"h",
		"h:1",
		"h:1#",
		"#" PIN,
		"h:0#" PIN,
		"h:1#x",
		"h:1#" PIN "A",
		"h:1#" PIN "=",
		"h:1##" PIN,
		"h:1?#" PIN,
		"h:1#" PIN "#",
		" h:1#" PIN,
		"h:1#" PIN " ",
		"h:1,#" PIN,
		"a,b,c,d,e#" PIN,
	};
	struct address_other o;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (address_other_decode(&o, bad[i]))
			fail_msg("taken: %s", bad[i]);
}

static size_t others_in(const char *text)
{
	struct address_other o;
	size_t n = 0;

	while (address_other_next(&o, &text))
		n++;
	assert_int_equal(*text, '\0');
	return n;
}

static void others_are_read_one_by_one_and_rubbish_is_passed_over(void **state)
{
	const char *rest = ONE " " OTHER;
	struct address_other o;

	(void)state;
	assert_true(address_other_next(&o, &rest));
	assert_int_equal(o.relays.count, 2);
	assert_true(address_other_next(&o, &rest));
	assert_string_equal(o.relays.at[0].host, "10.0.0.1");
	assert_int_equal(o.relays.at[0].port, 99);
	assert_false(address_other_next(&o, &rest));
	assert_int_equal(others_in(""), 0);
	assert_int_equal(others_in(" "), 0);
	assert_int_equal(others_in("x " ONE "  h:1# " OTHER " "), 2);
}

static void every_prefix_and_every_change_of_others_is_stood(void **state)
{
	static const char text[] = ONE " " OTHER;
	char other[sizeof(text)];

	(void)state;
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		memcpy(other, text, sizeof(text));
		for (unsigned c = 0; c <= UINT8_MAX; c++) {
			other[i] = (char)c;
			assert_in_range(others_in(other), 0, 3);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relays_are_read_in_their_order),
		cmocka_unit_test(what_is_no_relays_address_is_refused),
		cmocka_unit_test(the_longest_relays_fit_their_text),
		cmocka_unit_test(
			a_user_id_is_1_to_32_small_letters_digits_and_marks),
		cmocka_unit_test(a_join_url_is_taken_apart),
		cmocka_unit_test(another_relay_has_addresses_and_a_pin),
		cmocka_unit_test(what_is_no_other_relay_is_refused),
		cmocka_unit_test(
			others_are_read_one_by_one_and_rubbish_is_passed_over),
		cmocka_unit_test(
			every_prefix_and_every_change_of_others_is_stood),
		cmocka_unit_test(port_and_pin_may_be_left_out),
		cmocka_unit_test(what_is_decoded_is_encoded_to_the_same),
		cmocka_unit_test(each_fault_has_a_sentence_that_names_the_part),
		cmocka_unit_test(the_port_may_be_any_from_1_to_65535),
		cmocka_unit_test(
			every_prefix_and_every_change_of_a_url_is_stood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
