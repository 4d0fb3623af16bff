/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Vectors of the paper's appendix and of its authors' reference code: the
 * key is 00..0f, the text the first n octets of 00 01 02 ... */
static void the_authors_vectors_come_out(void **state)
{
	static const struct {
		size_t len;
		uint64_t hash;
	} vectors[] = {
		{ 0, 0x726fdb47dd0e0e31 },  { 1, 0x74f839c593dc67fd },
		{ 7, 0xab0200f58b01d137 },  { 8, 0x93f5f5799a932462 },
		{ 15, 0xa129ca6149be45e5 },
	};
	uint8_t key[HASH_KEY_SIZE], text[16];

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		key[i] = text[i] = i;
	for (int i = 0; i < 5; i++)
		assert_true(hash_keyed(key, text, vectors[i].len) ==
			    vectors[i].hash);
	key[0] ^= 1;
	assert_false(hash_keyed(key, text, 15) == vectors[4].hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_authors_vectors_come_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
