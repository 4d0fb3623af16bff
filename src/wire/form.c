/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/form.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct form *form_of(const struct form_family *family, unsigned type)
{
	if (type >= family->count || !family->forms[type].name)
		return NULL;
	return &family->forms[type];
}

static const struct span *raw_of(const struct form_family *family,
				 const void *from)
{
	return (const void *)((const char *)from + family->raw);
}

enum form_result form_decode(const struct form_family *family,
			     const struct frame *f, void *out)
{
	const struct form *form = form_of(family, f->type);
	struct reader r = reader_over(f->payload, f->length);
	struct span *raw = (void *)((char *)out + family->raw);

	if (!form)
		return f->type & FRAME_OPTIONAL ? FORM_SKIP : FORM_BAD;
	if (form->fields)
		return fields_decode(form->fields, &r, out) ? FORM_OK
							    : FORM_BAD;
	*raw = (struct span){ f->payload, f->length };
	return FORM_OK;
}

size_t form_encode(const struct form_family *family, unsigned type,
		   const void *from, uint8_t *out, size_t out_size)
{
	static const uint8_t blank[FRAME_HEADER];
	const struct form *form = form_of(family, type);
	const struct span *raw = raw_of(family, from);
	/* What is longer than a frame must not fit. */
	struct writer w =
		writer_over(out, out_size < FRAME_MAX ? out_size : FRAME_MAX);

	if (!form)
		return 0;
	write_bytes(&w, blank, sizeof(blank));
	if (!form->fields)
		write_bytes(&w, raw->at, raw->len);
	else if (!fields_encode(form->fields, from, &w))
		return 0;
	if (!w.ok)
		return 0;
	frame_header(out, (uint8_t)type, writer_used(&w) - FRAME_HEADER);
	return writer_used(&w);
}

size_t form_print(const struct form_family *family, unsigned type,
		  const void *from, char *out, size_t out_size)
{
	const struct form *form = form_of(family, type);
	size_t used;

	assert(out_size > 0);
	if (!form)
		snprintf(out, out_size, "type=%u", type);
	else if (!form->fields)
		snprintf(out, out_size, "%s octets=%zu", form->name,
			 raw_of(family, from)->len);
	else
		snprintf(out, out_size, "%s ", form->name);
	used = strlen(out);
	if (form && form->fields)
		used += fields_print(form->fields, from, out + used,
				     out_size - used);
	if (used > 0 && out[used - 1] == ' ') /* no field was there */
		out[--used] = '\0';
	return used;
}
