/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: user IDs, call addresses (`ben`, later `ben@south`), and join URLs
 *   faxwire://ID:SECRET@HOST:PORT?pin=sha256:BASE64URL
 * Pure text; nothing is resolved here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	ADDRESS_ID_MAX = 32,	/* octets of a user ID */
	ADDRESS_MAX = 255,	/* octets of a call address */
	ADDRESS_HOST_MAX = 253, /* RFC 1035 section 2.3.4, as text */
	ADDRESS_PORT = 4380,
	ADDRESS_SECRET_MAX = 128,
	ADDRESS_PIN_SIZE = 32, /* SHA-256 */
};

/* A user ID: 1 to 32 of a-z 0-9 . _ -, beginning with a letter or digit. */
bool address_id_valid(const char *id, size_t len);

struct address_join {
	char id[ADDRESS_ID_MAX + 1];
	char secret[ADDRESS_SECRET_MAX + 1];
	char host[ADDRESS_HOST_MAX + 1]; /* a name, IPv4, or IPv6 without [] */
	uint16_t port;			 /* ADDRESS_PORT when not given */
	bool pinned;
	uint8_t pin[ADDRESS_PIN_SIZE]; /* when pinned */
};

/* Reads "HOST", "HOST:PORT" or "[IPV6]:PORT", as a join URL has it, into
 * host and port; without PORT the port stays as it is. False: it is none. */
bool address_host_decode(struct address_join *j, const char *text);

/* ERR_BAD with a sentence that says which part is wrong. The secret never
 * appears in the sentence. */
MUST_CHECK enum err address_join_decode(struct address_join *j, const char *url,
					struct why *why);

/* Writes the URL; false when `out` is too small. IPv6 hosts get []. */
bool address_join_encode(const struct address_join *j, char *out,
			 size_t out_size);
