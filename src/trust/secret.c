/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/secret.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/text.h"

enum {
	SALT_SIZE = 16,
	KEY_SIZE = 32,
	/* OWASP's password page: N=2^15 with p=3 or N=2^17 with p=1 cost an
	 * attacker alike. 2^15 keeps two sign-ins at once under 100 MiB. */
	LOG2_N = 15,
	R = 8,
	P = 3,
	/* What a file may ask us to compute. */
	LOG2_N_MAX = 17,
	R_MAX = 16,
	P_MAX = 8,
	PART_SIZE = 64, /* base64 of a salt or a key */
};

struct parameters {
	unsigned log2_n, r, p;
	uint8_t salt[SALT_SIZE];
	uint8_t key[KEY_SIZE];
};

enum err secret_password_check(const char *password, struct why *why)
{
	size_t n = strlen(password);

	if (n < SECRET_PASSWORD_MIN) {
		why_set(why,
			"The password is too short: take %d characters or "
			"more.",
			SECRET_PASSWORD_MIN);
		return ERR_BAD;
	}
	if (n > SECRET_PASSWORD_MAX) {
		why_set(why, "The password is too long: %d octets at most.",
			SECRET_PASSWORD_MAX);
		return ERR_BAD;
	}
	for (const char *c = password; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			why_set(why, "The password has a control character in "
				     "it: leave that out.");
			return ERR_BAD;
		}
	return OK;
}

static bool derive(const char *password, const struct parameters *q,
		   uint8_t out[KEY_SIZE])
{
	uint64_t n = (uint64_t)1 << q->log2_n;
	/* RFC 7914: 128 * r * (N + p) and a little. */
	uint64_t memory = 128 * (uint64_t)q->r * (n + q->p + 2);

	return EVP_PBE_scrypt(password, strlen(password), q->salt, SALT_SIZE, n,
			      q->r, q->p, memory + 65536, out, KEY_SIZE) == 1;
}

/* The PHC writes RFC 4648's first alphabet, without padding. */
static void to_base64(const uint8_t *bytes, size_t len, char *out)
{
	text_to_base64(bytes, len, out);
	for (char *c = out; *c; c++)
		*c = (char)(*c == '-' ? '+' : *c == '_' ? '/' : *c);
}

static bool from_base64(const char *part, uint8_t *out, size_t size)
{
	char copy[PART_SIZE];
	size_t len;

	if (!text_copy(copy, sizeof(copy), part) || strpbrk(copy, "-_"))
		return false;
	for (char *c = copy; *c; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	return text_from_base64(copy, strlen(copy), out, size, &len) &&
	       len == size;
}

static bool parse(const char *hash, struct parameters *q)
{
	char salt[PART_SIZE], key[PART_SIZE], end;

	return sscanf(hash, "$scrypt$ln=%2u,r=%2u,p=%2u$%63[^$]$%63[^$]%c",
		      &q->log2_n, &q->r, &q->p, salt, key, &end) == 5 &&
	       q->log2_n >= 1 && q->log2_n <= LOG2_N_MAX && q->r >= 1 &&
	       q->r <= R_MAX && q->p >= 1 && q->p <= P_MAX &&
	       from_base64(salt, q->salt, SALT_SIZE) &&
	       from_base64(key, q->key, KEY_SIZE);
}

enum err secret_hash(const char *password, char out[SECRET_HASH_SIZE])
{
	struct parameters q = { .log2_n = LOG2_N, .r = R, .p = P };
	char salt[24], key[44];

	out[0] = '\0';
	if (RAND_bytes(q.salt, SALT_SIZE) != 1 || !derive(password, &q, q.key))
		return ERR_MEMORY;
	to_base64(q.salt, SALT_SIZE, salt);
	to_base64(q.key, KEY_SIZE, key);
	snprintf(out, SECRET_HASH_SIZE, "$scrypt$ln=%u,r=%u,p=%u$%s$%s",
		 q.log2_n, q.r, q.p, salt, key);
	secret_wipe(&q, sizeof(q));
	return OK;
}

bool secret_verify(const char *password, const char *hash)
{
	struct parameters q;
	uint8_t key[KEY_SIZE];
	bool someone = parse(hash, &q);
	bool same;

	if (!someone)
		q = (struct parameters){ .log2_n = LOG2_N, .r = R, .p = P };
	same = derive(password, &q, key) &&
	       CRYPTO_memcmp(key, q.key, KEY_SIZE) == 0;
	secret_wipe(&q, sizeof(q));
	secret_wipe(key, sizeof(key));
	return someone && same;
}

enum err secret_token(char out[SECRET_TOKEN_SIZE],
		      uint8_t digest[SECRET_DIGEST_SIZE])
{
	uint8_t bytes[32];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return ERR_IO;
	assert(text_base64_size(sizeof(bytes)) == SECRET_TOKEN_SIZE);
	text_to_base64(bytes, sizeof(bytes), out);
	secret_digest(out, SECRET_TOKEN_SIZE - 1, digest);
	secret_wipe(bytes, sizeof(bytes));
	return OK;
}

void secret_digest(const void *bytes, size_t len,
		   uint8_t digest[SECRET_DIGEST_SIZE])
{
	SHA256(bytes, len, digest);
}

void secret_wipe(void *bytes, size_t len)
{
	OPENSSL_cleanse(bytes, len);
}
