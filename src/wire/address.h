/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names: user IDs, and where relays are reached: in join URLs
 *   faxwire://ID:SECRET@HOST:PORT[,HOST:PORT...]?pin=sha256:BASE64URL
 * and, as a relay tells its terminals of other relays (WELCOME's `others`),
 *   HOST:PORT[,HOST:PORT...]#BASE64URL
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
	ADDRESS_RELAYS_MAX = 4,
	ADDRESS_SECRET_MAX = 128,
	ADDRESS_PIN_SIZE = 32, /* SHA-256 */
};

/* A user ID: 1 to 32 of a-z 0-9 . _ -, beginning with a letter or digit. */
bool address_id_valid(const char *id, size_t len);

/* Where a relay is reached. */
struct address_relay {
	char host[ADDRESS_HOST_MAX + 1]; /* a name, IPv4, or IPv6 without [] */
	uint16_t port;
};

/* In the order in which they are tried. */
struct address_relays {
	struct address_relay at[ADDRESS_RELAYS_MAX];
	size_t count;
};

/* Reads "HOST[:PORT]", IPv6 in brackets, up to ADDRESS_RELAYS_MAX of them
 * between commas, as a join URL has it. `port` is that of those without.
 * ERR_BAD with a sentence. */
MUST_CHECK enum err address_relays_decode(struct address_relays *r,
					  const char *text, uint16_t port,
					  struct why *why);

/* "HOST:PORT,[IPV6]:PORT". ADDRESS_RELAYS_TEXT octets always do. False when
 * `out` is too small. */
enum { ADDRESS_RELAYS_TEXT = ADDRESS_RELAYS_MAX * (ADDRESS_HOST_MAX + 9) };
bool address_relays_encode(const struct address_relays *r, char *out,
			   size_t out_size);

struct address_join {
	char id[ADDRESS_ID_MAX + 1];
	char secret[ADDRESS_SECRET_MAX + 1];
	struct address_relays relays; /* ADDRESS_PORT when none is given */
	bool pinned;
	uint8_t pin[ADDRESS_PIN_SIZE]; /* when pinned */
};

/* ERR_BAD with a sentence that says which part is wrong. The secret never
 * appears in the sentence. */
MUST_CHECK enum err address_join_decode(struct address_join *j, const char *url,
					struct why *why);

/* Writes the URL; false when `out` is too small. IPv6 hosts get []. */
enum { ADDRESS_JOIN_TEXT = ADDRESS_RELAYS_TEXT + 256 };
bool address_join_encode(const struct address_join *j, char *out,
			 size_t out_size);

/* Another relay that a terminal may go to, and the SHA-256 of its key. */
struct address_other {
	struct address_relays relays;
	uint8_t pin[ADDRESS_PIN_SIZE];
};

/* One entry: ADDRESS_PORT where none is given. */
bool address_other_decode(struct address_other *o, const char *text);
/* ADDRESS_OTHER_TEXT octets always do. False when `out` is too small. */
enum { ADDRESS_OTHER_TEXT = ADDRESS_RELAYS_TEXT + 48 };
bool address_other_encode(const struct address_other *o, char *out,
			  size_t out_size);
/* The next of the entries with one blank between them, off the front of
 * *rest. What is no entry is passed over; false at the end. */
bool address_other_next(struct address_other *o, const char **rest);
