/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"

/* Made by Python's hashlib.scrypt. */
static const char known[] = "$scrypt$ln=10,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$"
			    "qa4Kh8fSEnVgySmUHStoHJ37RtLM4MHiED7rg/86S6w";
static const char other[] = "$scrypt$ln=4,r=1,p=1$+//++//++//++//++//+Bw$"
			    "6MGt9ePzG9sJHDhDbFErpQUVaFnd+wcTPnTjLGfNjwY";

static void what_another_program_hashed_is_known(void **state)
{
	(void)state;
	assert_true(secret_verify("p\xc3\xa4ssword+1", known));
	assert_false(secret_verify("password+1", known));
	assert_true(secret_verify("correct horse", other));
	assert_false(secret_verify("correct horse ", other));
	assert_false(secret_verify("", other));
}

static void a_password_is_known_again_and_no_other(void **state)
{
	char one[SECRET_HASH_SIZE], two[SECRET_HASH_SIZE];

	(void)state;
	assert_int_equal(secret_hash("correct horse", one), OK);
	assert_int_equal(secret_hash("correct horse", two), OK);
	assert_string_not_equal(one, two);
	assert_non_null(strstr(one, "$scrypt$ln=15,r=8,p=3$"));
	assert_true(secret_verify("correct horse", one));
	assert_true(secret_verify("correct horse", two));
	assert_false(secret_verify("correct horsf", one));
}

static void what_is_no_hash_of_ours_is_nobodys(void **state)
{
	static const char *const strange[] = {
		"",
		"$scrypt$",
		"$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA",
		"$scrypt$ln=4,r=1,p=1$+//++//++//++//++//+Bw$",
		"$scrypt$ln=4,r=1,p=1$+//++//++//++//++//+Bw$short",
		/* One octet less of salt; one more of key; the other alphabet;
		 * something behind it. */
		"$scrypt$ln=4,r=1,p=1$+//++//++//++//++//+$"
		"6MGt9ePzG9sJHDhDbFErpQUVaFnd+wcTPnTjLGfNjwY",
		"$scrypt$ln=4,r=1,p=1$+//++//++//++//++//+Bw$"
		"6MGt9ePzG9sJHDhDbFErpQUVaFnd+wcTPnTjLGfNjwYA",
		"$scrypt$ln=4,r=1,p=1$-__--__--__--__--__-Bw$"
		"6MGt9ePzG9sJHDhDbFErpQUVaFnd-wcTPnTjLGfNjwY",
		"$scrypt$ln=4,r=1,p=1$+//++//++//++//++//+Bw$"
		"6MGt9ePzG9sJHDhDbFErpQUVaFnd+wcTPnTjLGfNjwY$",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++)
		assert_false(secret_verify("correct horse", strange[i]));
}

static void each_octet_of_salt_and_key_counts(void **state)
{
	char text[SECRET_HASH_SIZE];
	size_t salt = strlen("$scrypt$ln=4,r=1,p=1$");
	size_t key = salt + strlen("+//++//++//++//++//+Bw$");

	(void)state;
	/* Four characters are three octets; the last ones have spare bits. */
	for (size_t i = salt; i < strlen(other) - 1; i += 2) {
		if (i == key - 1 || i == key - 2)
			continue;
		strcpy(text, other);
		text[i] = text[i] == 'Q' ? 'R' : 'Q';
		assert_false(secret_verify("correct horse", text));
	}
}

static void a_hash_cannot_ask_for_the_whole_machine(void **state)
{
	static const char *const costly[] = {
		"$scrypt$ln=18,r=8,p=1$+//++//++//++//++//+Bw$"
		"6MGt9ePzG9sJHDhDbFErpQUVaFnd+wcTPnTjLGfNjwY",
		"$scrypt$ln=4,r=99,p=1$+//++//++//++//++//+Bw$"
		"6MGt9ePzG9sJHDhDbFErpQUVaFnd+wcTPnTjLGfNjwY",
		"$scrypt$ln=4,r=1,p=99$+//++//++//++//++//+Bw$"
		"6MGt9ePzG9sJHDhDbFErpQUVaFnd+wcTPnTjLGfNjwY",
		"$scrypt$ln=0,r=1,p=1$+//++//++//++//++//+Bw$"
		"6MGt9ePzG9sJHDhDbFErpQUVaFnd+wcTPnTjLGfNjwY",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(costly) / sizeof(costly[0]); i++)
		assert_false(secret_verify("correct horse", costly[i]));
}

static double cpu_of_verify(const char *hash)
{
	clock_t before = clock();

	assert_false(secret_verify("wrong password", hash));
	return (double)(clock() - before);
}

/* By the processor's time, so that a busy machine changes nothing. */
static void nobody_costs_as_much_as_somebody(void **state)
{
	char hash[SECRET_HASH_SIZE];
	double somebody, nobody;

	(void)state;
	assert_int_equal(secret_hash("correct horse", hash), OK);
	somebody = cpu_of_verify(hash);
	nobody = cpu_of_verify("");
	assert_true(nobody > somebody / 4 && nobody < somebody * 4);
}

static void a_password_has_bounds(void **state)
{
	char text[SECRET_PASSWORD_MAX + 2];
	struct why why;

	(void)state;
	assert_int_equal(secret_password_check("1234567", &why), ERR_BAD);
	assert_non_null(strstr(why.text, "8 characters"));
	assert_int_equal(secret_password_check("12345678", &why), OK);
	assert_int_equal(secret_password_check("12345\t678", &why), ERR_BAD);
	assert_int_equal(secret_password_check("12345\x7f 678", &why), ERR_BAD);
	memset(text, 'x', sizeof(text));
	text[SECRET_PASSWORD_MAX] = '\0';
	assert_int_equal(secret_password_check(text, &why), OK);
	text[SECRET_PASSWORD_MAX] = 'x';
	text[SECRET_PASSWORD_MAX + 1] = '\0';
	assert_int_equal(secret_password_check(text, &why), ERR_BAD);
}

static void each_token_is_new_and_known_by_its_digest(void **state)
{
	char one[SECRET_TOKEN_SIZE], two[SECRET_TOKEN_SIZE];
	uint8_t digest[SECRET_DIGEST_SIZE], again[SECRET_DIGEST_SIZE];
	char hex[2 * SECRET_DIGEST_SIZE + 1];

	(void)state;
	assert_int_equal(secret_token(one, digest), OK);
	assert_int_equal(strlen(one), SECRET_TOKEN_SIZE - 1);
	secret_digest(one, strlen(one), again);
	assert_memory_equal(digest, again, sizeof(again));
	assert_int_equal(secret_token(two, again), OK);
	assert_string_not_equal(one, two);
	assert_memory_not_equal(digest, again, sizeof(again));
	secret_digest("abc", 3, digest); /* FIPS 180-4's example */
	text_to_hex(digest, sizeof(digest), hex);
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223"
				 "b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_another_program_hashed_is_known),
		cmocka_unit_test(a_password_is_known_again_and_no_other),
		cmocka_unit_test(what_is_no_hash_of_ours_is_nobodys),
		cmocka_unit_test(each_octet_of_salt_and_key_counts),
		cmocka_unit_test(a_hash_cannot_ask_for_the_whole_machine),
		cmocka_unit_test(nobody_costs_as_much_as_somebody),
		cmocka_unit_test(a_password_has_bounds),
		cmocka_unit_test(each_token_is_new_and_known_by_its_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
