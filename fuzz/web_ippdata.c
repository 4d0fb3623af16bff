/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web/ippdata and web/printterms: whatever comes as a request of IPP,
 * its document begins within it, a job's terms come of it or a sentence, and
 * our answer to it can be read again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/ippdata.h"
#include "web/printterms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool any(const char *address)
{
	(void)address;
	return true;
}

/* An empty address book. */
static const struct contacts *get_book(void)
{
	static struct contacts *book;

	if (!book)
		assert(contacts_open(&book, "/nonexistent", any, NULL) == OK);
	return book;
}

static void check_terms(struct ippdata *in)
{
	struct printterms t;
	const char *attribute = NULL;
	struct why why = { "" };
	const bool sends = printterms_sends(in);
	enum err e = printterms_read(&t, in, get_book(), &attribute, &why);

	if (e != OK) {
		assert(e == ERR_MEMORY || (attribute && why.text[0]));
		return;
	}
	assert(sends || t.to_count == 0);
	for (size_t i = 0; i < t.to_count; i++)
		assert(strlen(t.to[i]) < 256);
	printterms_fini(&t);
}

static void check_answer(struct ippdata *in)
{
	struct ippdata *out = ippdata_answer(in, IPPDATA_OK, "Well.");
	struct ippdata *read;
	size_t len, used;
	void *bytes;

	assert(out);
	ippdata_begin(out, IPPDATA_FOR_PRINTER);
	ippdata_select(out, in, "printer-description", false);
	ippdata_add_text(out, IPPDATA_NAME, "printer-name", "fax");
	bytes = ippdata_encode(out, &len);
	assert(bytes);
	read = ippdata_decode(bytes, len, &used);
	assert(read && used == len);
	ippdata_free(read);
	ippdata_free(out);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	size_t used;
	struct ippdata *in = ippdata_decode(data, len, &used);

	assert(used <= len);
	if (!in)
		return 0;
	(void)ippdata_begins_well(in);
	check_terms(in);
	check_answer(in);
	ippdata_free(in);
	return 0;
}
