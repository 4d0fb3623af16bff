/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t salt[LOGIN_SALT_SIZE] = "salt salt salt!";
static const uint8_t binding[TLS_EXPORTER_SIZE] = { 1, 2, 3 };
static const uint8_t other_binding[TLS_EXPORTER_SIZE] = { 1, 2, 4 };

static struct login_secret secret;
static struct login_keys keys;

/* One login; may change one octet of one message. */
struct talk {
	const char *user;	 /* as the client says it */
	const char *server_user; /* as AUTH said it */
	const uint8_t *client_binding;
	const uint8_t *server_binding;
	int change; /* message 1 to 4; 0: none */
	size_t at;
	uint8_t by; /* XOR */
};

struct ends {
	enum login_status client, server;
	size_t lengths[5];
};

static int set_up(void **state)
{
	(void)state;
	memset(&secret, 0, sizeof(secret));
	strcpy(secret.text, "mXk3Zp0qT8-vLr5_NbWc1A");
	return login_keys_make(secret.text, salt, &keys) == OK ? 0 : -1;
}

static void pass(const struct talk *t, int number, struct login_out *m,
		 struct ends *e)
{
	e->lengths[number] = m->length;
	if (t->change == number && t->at < m->length)
		m->bytes[t->at] ^= t->by;
}

static struct ends run(const struct talk *t)
{
	struct login *c = login_client_new(t->user, &secret, t->client_binding);
	struct login *s =
		login_server_new(t->server_user, &keys, t->server_binding);
	struct ends e = { LOGIN_REFUSED, LOGIN_REFUSED, { 0 } };
	struct login_out m;

	assert_non_null(c);
	assert_non_null(s);
	e.client = login_step(c, NULL, 0, &m);
	for (int i = 1; i < 4 && e.client == LOGIN_MORE; i += 2) {
		pass(t, i, &m, &e);
		e.server = login_step(s, m.bytes, m.length, &m);
		if (e.server == LOGIN_REFUSED)
			break;
		pass(t, i + 1, &m, &e);
		e.client = login_step(c, m.bytes, m.length, &m);
	}
	login_free(c);
	login_free(s);
	return e;
}

static const struct talk right = { "ana", "ana", binding, binding, 0, 0, 0 };

static void the_right_secret_proves_both_sides(void **state)
{
	struct ends e = run(&right);

	(void)state;
	assert_int_equal(e.client, LOGIN_OK);
	assert_int_equal(e.server, LOGIN_OK);
	for (int i = 1; i <= 4; i++)
		assert_in_range(e.lengths[i], 20, LOGIN_MESSAGE_MAX);
	e = run(&right); /* and again, with the derivation kept */
	assert_int_equal(e.client, LOGIN_OK);
}

static void a_new_salt_is_derived_anew(void **state)
{
	static const uint8_t new_salt[LOGIN_SALT_SIZE] = "another one";

	(void)state;
	assert_int_equal(run(&right).client, LOGIN_OK);
	assert_int_equal(login_keys_make(secret.text, new_salt, &keys), OK);
	assert_int_equal(run(&right).client, LOGIN_OK);
}

static void a_wrong_secret_is_refused(void **state)
{
	(void)state;
	secret.text[0] ^= 1;
	assert_int_equal(run(&right).server, LOGIN_REFUSED);
}

static void an_unknown_user_is_refused_at_the_same_step(void **state)
{
	static const uint8_t server_secret[32] = { 7 };
	struct login_keys other, again;
	struct ends e, wrong;

	(void)state;
	assert_int_equal(login_keys_false(server_secret, "ana", &keys), OK);
	assert_int_equal(login_keys_false(server_secret, "ana", &again), OK);
	assert_int_equal(login_keys_false(server_secret, "ben", &other), OK);
	assert_memory_equal(&keys, &again, sizeof(keys));
	assert_memory_not_equal(keys.salt, other.salt, sizeof(keys.salt));
	e = run(&right);
	assert_int_equal(e.server, LOGIN_REFUSED);
	set_up(NULL);
	secret.text[0] ^= 1;
	wrong = run(&right);
	assert_memory_equal(e.lengths, wrong.lengths, sizeof(e.lengths));
}

static void another_channel_is_refused(void **state)
{
	struct talk t = right;

	(void)state;
	t.server_binding = other_binding;
	assert_int_equal(run(&t).server, LOGIN_REFUSED);
}

static void another_user_than_was_said_is_refused(void **state)
{
	struct talk t = right;

	(void)state;
	t.server_user = "ben";
	assert_int_equal(run(&t).server, LOGIN_REFUSED);
}

static void change_octet(int number, size_t at)
{
	struct talk t = right;

	t.change = number;
	t.at = at;
	for (unsigned bit = 0; bit < 8; bit++) {
		struct ends e;

		t.by = (uint8_t)(1u << bit);
		e = run(&t);
		if (e.client == LOGIN_OK && e.server == LOGIN_OK)
			fail_msg("message %d octet %zu bit %u", number, at,
				 bit);
	}
}

/* Base64 of 32 octets has two bits to spare in its last digit (RFC 4648
 * section 3.5): the one place where another octet may mean the same. It and
 * the filler behind it end a message. */
static void every_changed_octet_is_noticed(void **state)
{
	struct ends plain = run(&right);

	(void)state;
	for (int number = 1; number <= 4; number++)
		for (size_t at = 0; at + 2 < plain.lengths[number]; at++)
			change_octet(number, at);
}

static void a_relay_that_does_not_know_us_is_noticed(void **state)
{
	struct login_keys thief;
	struct ends e;

	(void)state;
	/* It has the stored key, as from an old backup, but not this. */
	thief = keys;
	memset(thief.server_key, 5, sizeof(thief.server_key));
	keys = thief;
	e = run(&right);
	assert_int_equal(e.server, LOGIN_OK);
	assert_int_equal(e.client, LOGIN_REFUSED);
}

static void a_relay_that_says_ok_without_proof_is_noticed(void **state)
{
	struct login *c = login_client_new("ana", &secret, binding);
	struct login *s = login_server_new("ana", &keys, binding);
	struct login_out m;

	(void)state;
	assert_int_equal(login_step(c, NULL, 0, &m), LOGIN_MORE);
	assert_int_equal(login_step(s, m.bytes, m.length, &m), LOGIN_MORE);
	assert_int_equal(login_step(c, m.bytes, m.length, &m), LOGIN_MORE);
	assert_int_equal(login_step(c, (const uint8_t *)"v=", 2, &m),
			 LOGIN_REFUSED);
	assert_int_equal(login_step(c, NULL, 0, &m), LOGIN_REFUSED);
	login_free(c);
	login_free(s);
}

static enum login_status hear_first(const char *before, const char *after)
{
	struct login *c = login_client_new("ana", &secret, binding);
	struct login_out m;
	char nonce[200], answer[400];
	const char *r;
	enum login_status status;

	assert_int_equal(login_step(c, NULL, 0, &m), LOGIN_MORE);
	assert_true(m.length < sizeof(answer));
	memcpy(answer, m.bytes, m.length);
	answer[m.length] = '\0';
	r = strstr(answer, ",r=");
	assert_non_null(r);
	snprintf(nonce, sizeof(nonce), "%s", r + 3);
	snprintf(answer, sizeof(answer), "r=%s%s%s", before, nonce, after);
	status = login_step(c, (const uint8_t *)answer, strlen(answer), &m);
	login_free(c);
	return status;
}

static void a_relay_cannot_weaken_or_burden_the_derivation(void **state)
{
	(void)state;
	assert_int_equal(hear_first("", "xyz,s=c2FsdA==,i=4096"), LOGIN_MORE);
	assert_int_equal(hear_first("", "xyz,s=c2FsdA==,i=4095"),
			 LOGIN_REFUSED);
	assert_int_equal(hear_first("", "xyz,s=c2FsdA==,i=1"), LOGIN_REFUSED);
	assert_int_equal(hear_first("", "xyz,s=c2FsdA==,i=1000001"),
			 LOGIN_REFUSED);
	assert_int_equal(hear_first("x", "xyz,s=c2FsdA==,i=4096"),
			 LOGIN_REFUSED);
}

static void rubbish_is_refused_and_nothing_follows(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"n,,n=ana,r=abc",
		"y,,n=ana,r=abc",
		"p=tls-unique,,n=ana,r=abc",
		"p=tls-exporter,,n=ana",
		"p=tls-exporter,,r=abc",
		"p=tls-exporter,a=root,n=ana,r=abc",
	};
	static const uint8_t nul[] = "p=tls-exporter,,n=ana\0,r=abc";
	uint8_t large[LOGIN_MESSAGE_MAX + 1];
	struct login_out m;

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct login *s = login_server_new("ana", &keys, binding);
		enum login_status status = login_step(
			s, (const uint8_t *)bad[i], strlen(bad[i]), &m);

		/* An empty first word only asks for the client's. */
		if (status != LOGIN_REFUSED && i > 0 && i != 7)
			fail_msg("taken: %s", bad[i]);
		assert_int_not_equal(status, LOGIN_OK);
		login_free(s);
	}
	for (int i = 0; i < 2; i++) {
		struct login *s = login_server_new("ana", &keys, binding);

		memset(large, 'x', sizeof(large));
		assert_int_equal(i ? login_step(s, nul, sizeof(nul), &m)
				   : login_step(s, large, sizeof(large), &m),
				 LOGIN_REFUSED);
		login_free(s);
	}
}

static void secrets_are_long_and_differ(void **state)
{
	char one[LOGIN_SECRET_SIZE], two[LOGIN_SECRET_SIZE];

	(void)state;
	assert_int_equal(login_secret_make(one), OK);
	assert_int_equal(login_secret_make(two), OK);
	assert_int_equal(strlen(one), LOGIN_SECRET_SIZE - 1);
	assert_string_not_equal(one, two);
	assert_int_equal(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789-_"),
			 LOGIN_SECRET_SIZE - 1);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_right_secret_proves_both_sides),
		TEST(a_new_salt_is_derived_anew),
		TEST(a_wrong_secret_is_refused),
		TEST(an_unknown_user_is_refused_at_the_same_step),
		TEST(another_channel_is_refused),
		TEST(another_user_than_was_said_is_refused),
		TEST(every_changed_octet_is_noticed),
		TEST(a_relay_that_does_not_know_us_is_noticed),
		TEST(a_relay_that_says_ok_without_proof_is_noticed),
		TEST(a_relay_cannot_weaken_or_burden_the_derivation),
		TEST(rubbish_is_refused_and_nothing_follows),
		TEST(secrets_are_long_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
