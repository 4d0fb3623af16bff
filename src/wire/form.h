/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A family of messages, each carried by one frame: a table, indexed by the
 * frame's type, says what each is called, who sends it and what it is made
 * of. The one engine under message.c and pipe.c. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/field.h"
#include "wire/frame.h"

struct form {
	const char *name;	    /* NULL: there is no such type */
	uint8_t senders;	    /* bits; the family says which */
	const struct field *fields; /* NULL: the payload is one span, raw */
};

struct form_family {
	const struct form *forms; /* indexed by type */
	size_t count;
	size_t raw; /* offset of the span for a raw payload */
};

enum form_result {
	FORM_OK,
	FORM_SKIP, /* unknown, but marked optional: go on */
	FORM_BAD,  /* unknown and not optional, or malformed */
};

/* The row of `type`, or NULL. */
const struct form *form_of(const struct form_family *family, unsigned type);

/* Fills `out`, the struct (zeroed by the caller) that the tables describe.
 * It borrows from the frame. */
enum form_result form_decode(const struct form_family *family,
			     const struct frame *f, void *out);

/* Writes the whole frame. Returns its length, 0 when it does not fit, the
 * type is none of the family's, or a value breaks its rule. */
size_t form_encode(const struct form_family *family, unsigned type,
		   const void *from, uint8_t *out, size_t out_size);

/* The name, a space, and what fields_print() says; a raw payload as
 * "octets=". Returns the length without the NUL; cut when too long. */
size_t form_print(const struct form_family *family, unsigned type,
		  const void *from, char *out, size_t out_size);
