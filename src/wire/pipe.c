/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/pipe.h"

#include <string.h>

enum { BOTH = PIPE_CALLER | PIPE_CALLEE };

#define AT(member) offsetof(struct pipe_message, member)

/* clang-format off */
static const struct field open[] = {
	{ "job", 1, FIELD_BYTES, true, PIPE_JOB_SIZE, PIPE_JOB_SIZE,
	  AT(open.job) },
	{ "pages", 2, FIELD_U16, true, .at = AT(open.pages) },
	{ "title", 3, FIELD_TEXT, .max = PIPE_TITLE_MAX, .at = AT(open.title) },
	{ 0 }
};

static const struct field answer[] = {
	{ "verdict", 1, FIELD_U8, true, .at = AT(answer.verdict) },
	{ "pages", 2, FIELD_U16, .at = AT(answer.pages) },
	{ 0 }
};

static const struct field taken[] = {
	{ "octets", 1, FIELD_U64, true, .at = AT(taken.octets) },
	{ 0 }
};

static const struct field page[] = {
	{ "number", 1, FIELD_U16, true, .at = AT(page.number) },
	{ 0 }
};

static const struct field stored[] = {
	{ "pages", 1, FIELD_U16, true, .at = AT(stored.pages) },
	{ 0 }
};

static const struct field fault[] = {
	{ "reason", 1, FIELD_U16, true, .at = AT(fault.reason) },
	{ "again", 2, FIELD_U8, .at = AT(fault.again) },
	{ "sentence", 3, FIELD_TEXT, .max = PIPE_SENTENCE_MAX,
	  .at = AT(fault.sentence) },
	{ 0 }
};

static const struct form forms[] = {
	[PIPE_OPEN] = { "OPEN", PIPE_CALLER, open },
	[PIPE_ANSWER] = { "ANSWER", PIPE_CALLEE, answer },
	[PIPE_IFP] = { "IFP", BOTH, NULL },
	[PIPE_TAKEN] = { "TAKEN", BOTH, taken },
	[PIPE_PAGE] = { "PAGE", PIPE_CALLEE, page },
	[PIPE_STORED] = { "STORED", PIPE_CALLEE, stored },
	[PIPE_FAULT] = { "FAULT", BOTH, fault },
};
/* clang-format on */

static const struct form_family family = {
	.forms = forms,
	.count = sizeof(forms) / sizeof(forms[0]),
	.raw = AT(ifp),
};

enum pipe_result pipe_decode(struct pipe_message *m, const struct frame *f)
{
	memset(m, 0, sizeof(*m)); /* the whole union, not a member */
	m->type = f->type;
	return (enum pipe_result)form_decode(&family, f, m);
}

size_t pipe_encode(const struct pipe_message *m, uint8_t *out, size_t out_size)
{
	return form_encode(&family, m->type, m, out, out_size);
}

size_t pipe_print(const struct pipe_message *m, char *out, size_t out_size)
{
	return form_print(&family, m->type, m, out, out_size);
}

uint8_t pipe_senders(uint8_t type)
{
	const struct form *form = form_of(&family, type);

	return form ? form->senders : 0;
}
