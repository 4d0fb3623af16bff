/* SPDX-License-Identifier: Apache-2.0 */
#include "ippbytes.h"

#include <assert.h>
#include <string.h>

static void put(struct ippbytes *b, const void *bytes, size_t n)
{
	assert(b->len + n <= IPPBYTES_MAX);
	if (n > 0)
		memcpy(b->bytes + b->len, bytes, n);
	b->len += n;
}

static void put_u16(struct ippbytes *b, size_t n)
{
	const uint8_t two[] = { (uint8_t)(n >> 8), (uint8_t)n };

	put(b, two, sizeof(two));
}

void ippbytes_group(struct ippbytes *b, unsigned tag)
{
	put(b, &(uint8_t){ (uint8_t)tag }, 1);
}

void ippbytes_add(struct ippbytes *b, unsigned tag, const char *name,
		  const void *value, size_t len)
{
	ippbytes_group(b, tag);
	put_u16(b, strlen(name));
	put(b, name, strlen(name));
	put_u16(b, len);
	put(b, value, len);
}

void ippbytes_text(struct ippbytes *b, unsigned tag, const char *name,
		   const char *value)
{
	ippbytes_add(b, tag, name, value, strlen(value));
}

void ippbytes_number(struct ippbytes *b, unsigned tag, const char *name,
		     uint32_t value)
{
	const uint8_t four[] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16),
				 (uint8_t)(value >> 8), (uint8_t)value };

	ippbytes_add(b, tag, name, four, sizeof(four));
}

void ippbytes_collection(struct ippbytes *b, const char *name,
			 const char *member, const char *uri)
{
	ippbytes_text(b, IPPBYTES_BEGIN, name, "");
	ippbytes_text(b, IPPBYTES_MEMBER, "", member);
	ippbytes_text(b, IPPBYTES_URI, "", uri);
	ippbytes_text(b, IPPBYTES_FINISH, "", "");
}

void ippbytes_begin(struct ippbytes *b, unsigned operation)
{
	const uint8_t head[] = {
		2, 0, (uint8_t)(operation >> 8), (uint8_t)operation, 0, 0, 0, 7
	};

	b->len = 0;
	put(b, head, sizeof(head));
	ippbytes_group(b, IPPBYTES_OPERATION);
	ippbytes_text(b, IPPBYTES_CHARSET, "attributes-charset", "utf-8");
	ippbytes_text(b, IPPBYTES_LANGUAGE, "attributes-natural-language",
		      "en");
}

void ippbytes_end(struct ippbytes *b)
{
	ippbytes_group(b, IPPBYTES_END);
}
