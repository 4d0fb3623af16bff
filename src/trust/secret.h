/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that people and programs show at the page: passwords, kept as scrypt
 * hashes, and random tokens, kept as SHA-256 digests. A password that a
 * person made needs the slow hash; 256 random bits do not.
 *
 * secret_hash() and secret_verify() compute for some 250 ms and use 32 MiB:
 * never in a loop's thread (io/work).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	SECRET_PASSWORD_MIN = 8, /* octets, of UTF-8 */
	SECRET_PASSWORD_MAX = 256,
	SECRET_HASH_SIZE = 128, /* the text, its NUL included */
	SECRET_TOKEN_SIZE = 44, /* the same: base64url of 32 octets */
	SECRET_DIGEST_SIZE = 32,
};

/* ERR_BAD with a sentence: too short, too long, or control characters. */
MUST_CHECK enum err secret_password_check(const char *password,
					  struct why *why);

/* "$scrypt$ln=15,r=8,p=1$SALT$HASH", as the PHC writes it, with a new salt.
 * ERR_MEMORY. */
MUST_CHECK enum err secret_hash(const char *password,
				char out[SECRET_HASH_SIZE]);

/* Whether the password is the one that was hashed. An empty or malformed
 * `hash` is nobody's: that takes as long, and is false. */
bool secret_verify(const char *password, const char *hash);

/* A new token, and what is kept of it. */
MUST_CHECK enum err secret_token(char out[SECRET_TOKEN_SIZE],
				 uint8_t digest[SECRET_DIGEST_SIZE]);
/* SHA-256; of a token: of its text. */
void secret_digest(const void *bytes, size_t len,
		   uint8_t digest[SECRET_DIGEST_SIZE]);

/* Overwrites what was secret, whatever the compiler thinks of it. */
void secret_wipe(void *bytes, size_t len);
