/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/exif.h"

#include <stdbool.h>
#include <string.h>

enum {
	UPRIGHT = 1,
	ORIENTATIONS = 8,
	MARKER = 0xff,
	START = 0xd8,	      /* SOI */
	APPLICATION_1 = 0xe1, /* APP1, where Exif stands */
	SCAN = 0xda,	      /* SOS: no more of it follows */
	ORIENTATION = 0x0112, /* the tag */
	SHORT = 3,	      /* its type */
	ENTRY = 12,	      /* bytes of a tag */
};

/* The TIFF file inside. */
struct exif {
	const uint8_t *at;
	size_t len;
	bool big; /* the first octet of a number is the most significant */
};

static uint32_t number(const struct exif *e, size_t at, unsigned octets)
{
	uint32_t n = 0;

	if (octets > e->len || at > e->len - octets)
		return 0;
	for (unsigned i = 0; i < octets; i++)
		n = n << 8 | e->at[at + (e->big ? i : octets - 1 - i)];
	return n;
}

static unsigned read_exif(const uint8_t *at, size_t len)
{
	struct exif e = { at, len, len > 0 && at[0] == 'M' };
	size_t first = number(&e, 4, 4);
	size_t count = number(&e, first, 2);

	if (number(&e, 2, 2) != 42)
		return UPRIGHT;
	for (size_t i = 0; i < count; i++) {
		size_t entry = first + 2 + i * ENTRY;
		uint32_t value = number(&e, entry + 8, 2);

		if (entry > len)
			break;
		if (number(&e, entry, 2) == ORIENTATION &&
		    number(&e, entry + 2, 2) == SHORT && value >= UPRIGHT &&
		    value <= ORIENTATIONS)
			return value;
	}
	return UPRIGHT;
}

unsigned exif_orientation(const uint8_t *jpeg, size_t len)
{
	static const char name[] = "Exif\0"; /* and the end's NUL */
	size_t at = 2;

	if (len < 2 || jpeg[0] != MARKER || jpeg[1] != START)
		return UPRIGHT;
	while (len - at >= 4 && jpeg[at] == MARKER && jpeg[at + 1] != SCAN) {
		size_t size = (size_t)jpeg[at + 2] << 8 | jpeg[at + 3];

		if (size < 2 || size > len - at - 2)
			return UPRIGHT;
		if (jpeg[at + 1] == APPLICATION_1 && size >= 2 + sizeof name &&
		    memcmp(jpeg + at + 4, name, sizeof name) == 0)
			return read_exif(jpeg + at + 4 + sizeof name,
					 size - 2 - sizeof name);
		at += 2 + size;
	}
	return UPRIGHT;
}
