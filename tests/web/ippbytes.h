/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of IPP for the tests, octet by octet. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { IPPBYTES_MAX = 256 * 1024 };

struct ippbytes {
	uint8_t bytes[IPPBYTES_MAX];
	size_t len;
};

enum {
	IPPBYTES_OPERATION = 0x01, /* groups */
	IPPBYTES_JOB = 0x02,
	IPPBYTES_END = 0x03,
	IPPBYTES_INTEGER = 0x21, /* values */
	IPPBYTES_ENUM = 0x23,
	IPPBYTES_RESOLUTION = 0x32,
	IPPBYTES_BEGIN = 0x34,
	IPPBYTES_FINISH = 0x37,
	IPPBYTES_NAME = 0x42,
	IPPBYTES_KEYWORD = 0x44,
	IPPBYTES_URI = 0x45,
	IPPBYTES_CHARSET = 0x47,
	IPPBYTES_LANGUAGE = 0x48,
	IPPBYTES_FORMAT = 0x49,
	IPPBYTES_MEMBER = 0x4a,
};

/* Version 2.0, number 7, and the attributes that come first. */
void ippbytes_begin(struct ippbytes *b, unsigned operation);
void ippbytes_group(struct ippbytes *b, unsigned tag);
/* `name` "": one more value of the attribute before. */
void ippbytes_add(struct ippbytes *b, unsigned tag, const char *name,
		  const void *value, size_t len);
void ippbytes_text(struct ippbytes *b, unsigned tag, const char *name,
		   const char *value);
void ippbytes_number(struct ippbytes *b, unsigned tag, const char *name,
		     uint32_t value);
/* A collection with one member, a URI. */
void ippbytes_collection(struct ippbytes *b, const char *name,
			 const char *member, const char *uri);
/* The end of the attributes. */
void ippbytes_end(struct ippbytes *b);
