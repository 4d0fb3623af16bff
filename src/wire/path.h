/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ways through a network of relays: call addresses, which say whom and
 * through which relays (`ben`, `ben@south`, `ben@far@south`, `+8112345`),
 * and paths, the relays that something has passed. Pure text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "wire/address.h"
#include "wire/field.h"

enum {
	PATH_RELAYS_MAX = 8, /* that a call, or news of a relay, passes */
	PATH_MAX_OCTETS = PATH_RELAYS_MAX * (ADDRESS_ID_MAX + 1),
	PATH_NUMBER_MAX = 20, /* octets of a number, `+` included; E.164
				 section 6 has 15 digits at most */
};

/* Whom: a user ID or a number; then any relays, each behind an `@`, the next
 * one last. No relay twice, PATH_RELAYS_MAX at most. */
bool path_address_valid(const char *text, size_t len);

/* Takes the last relay off an address: "ben@far" and "south" of
 * "ben@far@south". False when it names none; then `rest` is all of it. */
bool path_address_split(struct span address, struct span *rest,
			struct span *relay);

/* A telephone number: `+` and digits, or digits alone. */
bool path_number_valid(const char *text, size_t len);

/* A path is a row of names, each with its length (1 octet) before it; which end
 * is the near one is the message's matter. Read: */
struct path_names {
	struct span names[PATH_RELAYS_MAX]; /* borrowed */
	unsigned count;
};

/* Relay names, each at most once, PATH_RELAYS_MAX at most; none is a path too.
 * False: not that; then `p` has those up to the fault. */
bool path_decode(struct path_names *p, struct span path);
bool path_names_has(const struct path_names *p, struct span name);
/* Appends a name; w->ok is false when it does not fit or is no name. */
void path_add(struct writer *w, struct span name);

/* The same without reading it apart first. */
bool path_valid(struct span path);
size_t path_count(struct span path);
bool path_has(struct span path, struct span name);
/* The last name; empty for an empty path. */
struct span path_last(struct span path);
/* Writes `path` and `name` behind it to `out` (PATH_MAX_OCTETS); returns the
 * octets, 0 when it would be too long. `path` may lie in `out` already. */
size_t path_append(struct span path, struct span name, uint8_t *out);
