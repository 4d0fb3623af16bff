/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "home.h"

static struct why why;

static void a_pin_is_of_the_key_and_each_key_has_its_own(void **state)
{
	uint8_t one[IDENTITY_PIN_SIZE], again[IDENTITY_PIN_SIZE];
	uint8_t two[IDENTITY_PIN_SIZE];

	(void)state;
	assert_int_equal(identity_pin(home("cert.pem"), one, &why), OK);
	assert_int_equal(identity_pin(home("cert.pem"), again, &why), OK);
	assert_memory_equal(one, again, sizeof(one));
	assert_int_equal(identity_make(home("2c.pem"), home("2k.pem"), &why),
			 OK);
	assert_int_equal(identity_pin(home("2c.pem"), two, &why), OK);
	assert_memory_not_equal(one, two, sizeof(one));
}

/* What `openssl x509 -pubkey | openssl pkey -pubin -outform der |
 * sha256sum` says of it; made by that program. */
static const char known[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBbzCCARWgAwIBAgIUYdAf85feARsAnkB4gEHjvr1ostUwCgYIKoZIzj0EAwIw\n"
	"DDEKMAgGA1UEAwwBeDAgFw0yNjExMjMyMDU2MDNaGA8yMTI2MTAzMDIwNTYwM1ow\n"
	"DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHt3Itxvv2At\n"
	"jNmSSU5DbPxP/2AWKXnga15hWUbee9IAGIWdhMdEPJZdrVzyKf2gxEiEIak2hgH3\n"
	"Y4mA9KzTMpOjUzBRMB0GA1UdDgQWBBTqjYp8qzN+SlIKD4JMLWRvin273zAfBgNV\n"
	"HSMEGDAWgBTqjYp8qzN+SlIKD4JMLWRvin273zAPBgNVHRMBAf8EBTADAQH/MAoG\n"
	"CCqGSM49BAMCA0gAMEUCIQDGKc+vNKZuEojM77GYI7InfSqRabcH/pO7SP7rzcct\n"
	"JgIgSYQjTCSFYdRraoyKo3s/zn1zOCnXmjep9iX6MoNwkB0=\n"
	"-----END CERTIFICATE-----\n";
static const char known_pin[] =
	"df5f625f62edccbe3eefe7d63673a8f8db6d242f31a6a8d05e2746491bd8a0d1";

static void the_pin_is_what_openssl_says(void **state)
{
	uint8_t pin[IDENTITY_PIN_SIZE];
	char hex[2 * IDENTITY_PIN_SIZE + 1];
	FILE *f = fopen(home("known.pem"), "w");

	(void)state;
	assert_non_null(f);
	assert_true(fputs(known, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(identity_pin(home("known.pem"), pin, &why), OK);
	for (int i = 0; i < IDENTITY_PIN_SIZE; i++)
		snprintf(hex + 2 * i, 3, "%02x", pin[i]);
	assert_string_equal(hex, known_pin);
}

static void nobody_else_may_read_the_key(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(home("key.pem"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void nothing_is_overwritten(void **state)
{
	(void)state;
	assert_int_equal(identity_make(home("cert.pem"), home("k"), &why),
			 ERR_EXISTS);
	assert_int_not_equal(access(home("k"), F_OK), 0);
	/* A certificate is no key. */
	assert_int_equal(identity_make(home("c"), home("cert.pem"), &why),
			 ERR_BAD);
	assert_int_not_equal(access(home("c"), F_OK), 0);
}

static void a_key_without_its_certificate_gets_one(void **state)
{
	uint8_t before[IDENTITY_PIN_SIZE], after[IDENTITY_PIN_SIZE];

	(void)state;
	assert_int_equal(identity_pin(home("cert.pem"), before, &why), OK);
	assert_int_equal(identity_make(home("c"), home("key.pem"), &why), OK);
	assert_int_equal(identity_pin(home("c"), after, &why), OK);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(unlink(home("c")), 0);
}

static void a_failure_leaves_nothing_half_done(void **state)
{
	(void)state;
	assert_int_not_equal(identity_make(home("c"), home("no/k"), &why), OK);
	assert_int_not_equal(access(home("c"), F_OK), 0);
	assert_int_not_equal(identity_make(home("no/c"), home("k"), &why), OK);
	assert_int_not_equal(access(home("k.tmp"), F_OK), 0);
	/* The key is whole, and the next attempt takes it. */
	assert_int_equal(identity_make(home("c"), home("k"), &why), OK);
}

static void what_is_no_certificate_has_no_pin(void **state)
{
	uint8_t pin[IDENTITY_PIN_SIZE];

	(void)state;
	assert_int_equal(identity_pin(home("key.pem"), pin, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "key.pem"));
	assert_int_equal(identity_pin(home("no"), pin, &why), ERR_MISSING);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, home_set_up, home_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pin_is_of_the_key_and_each_key_has_its_own),
		TEST(the_pin_is_what_openssl_says),
		TEST(nobody_else_may_read_the_key),
		TEST(nothing_is_overwritten),
		TEST(a_key_without_its_certificate_gets_one),
		TEST(a_failure_leaves_nothing_half_done),
		TEST(what_is_no_certificate_has_no_pin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
