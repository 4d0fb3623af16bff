/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/contacts: of a damaged file all is taken or nothing, and what is taken
 * can be looked up.
 */
#include <assert.h>
#include <string.h>

#include "home.h"
#include "store/contacts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static bool is_word(const char *address)
{
	return *address && !strpbrk(address, " \t\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct contacts *c = NULL;
	struct why why = { "" };

	home_put("contacts.json", data, len);
	if (contacts_open(&c, home_path(), is_word, &why) != OK) {
		assert(!c && *why.text);
		return 0;
	}
	for (size_t i = 0; i < contacts_count(c); i++) {
		const struct contacts_entry *e = contacts_at(c, i);

		assert(e->count > 0 && contacts_named(c, e->name));
		for (size_t n = 0; n < e->count; n++)
			assert(is_word(e->to[n]));
	}
	contacts_close(c);
	return 0;
}
