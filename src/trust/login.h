/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login by SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), bound to the TLS channel
 * by tls-exporter (RFC 9266), both sides by GNU SASL. The relay's side works
 * from stored keys and never sees a password. No other mechanism is ever
 * offered or taken.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "trust/tls.h"

#define LOGIN_MECHANISM "SCRAM-SHA-256-PLUS"

enum {
	LOGIN_MESSAGE_MAX = 1024,
	LOGIN_SALT_SIZE = 16,
	LOGIN_KEY_SIZE = 32,
	LOGIN_ITERATIONS = 4096, /* RFC 7677 section 4: at least; secrets are
				    160 random bits, so more buys nothing */
	LOGIN_SECRET_MAX = 128,	 /* characters */
};

enum login_status {
	LOGIN_MORE,    /* `out` is to be sent, an answer is awaited */
	LOGIN_OK,      /* proven; `out` may hold a last word to be sent */
	LOGIN_REFUSED, /* wrong secret, user or channel; or malformed */
};

struct login_out {
	uint8_t bytes[LOGIN_MESSAGE_MAX];
	size_t length;
};

/* What a relay keeps of a user: no password. */
struct login_keys {
	uint8_t salt[LOGIN_SALT_SIZE];
	uint32_t iterations;
	uint8_t stored_key[LOGIN_KEY_SIZE];
	uint8_t server_key[LOGIN_KEY_SIZE];
};

/* The keys of a secret. */
MUST_CHECK enum err login_keys_make(const char *secret,
				    const uint8_t salt[LOGIN_SALT_SIZE],
				    struct login_keys *keys);

/* Keys that no secret fits, the same each time for the same user: whoever
 * asks for one who is not there has the same conversation as with a wrong
 * password. `server_secret` is known to nobody outside. */
MUST_CHECK enum err login_keys_false(const uint8_t server_secret[32],
				     const char *user, struct login_keys *keys);

/* A new secret: 160 random bits in base64url. */
enum { LOGIN_SECRET_SIZE = 28 };
MUST_CHECK enum err login_secret_make(char out[LOGIN_SECRET_SIZE]);

/* One login, either side. One thread at a time. */
struct login;

/* The relay's side. `user` is who the protocol says it is: SCRAM must say the
 * same. NULL: out of memory. */
struct login *login_server_new(const char *user, const struct login_keys *keys,
			       const uint8_t binding[TLS_EXPORTER_SIZE]);

/* A terminal's secret, with the last derivation kept: reconnecting is cheap.
 * Plain value; as precious as the secret. */
struct login_secret {
	char text[LOGIN_SECRET_MAX + 1];
	uint8_t salt[64];
	size_t salt_length; /* 0: nothing derived yet */
	uint32_t iterations;
	uint8_t salted[LOGIN_KEY_SIZE];
};

/* The terminal's side; speaks first: its first step has no input. `secret`
 * is borrowed until login_free. */
struct login *login_client_new(const char *user, struct login_secret *secret,
			       const uint8_t binding[TLS_EXPORTER_SIZE]);

/* After LOGIN_OK or LOGIN_REFUSED a further step is refused. The client's
 * LOGIN_OK means that the relay, too, has proven that it knows us. */
enum login_status login_step(struct login *l, const uint8_t *in, size_t len,
			     struct login_out *out);
void login_free(struct login *l);
