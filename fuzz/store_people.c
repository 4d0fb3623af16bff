/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/people: of a damaged file all is taken or nothing, and what is taken
 * can be looked up.
 */
#include <assert.h>

#include "home.h"
#include "store/people.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct people *p = NULL;
	struct why why = { "" };

	home_put("people.json", data, len);
	if (people_open(&p, home_path(), &why) != OK) {
		assert(!p && *why.text);
		return 0;
	}
	assert(people_users(p) <= PEOPLE_USERS_MAX);
	for (size_t i = 0; i < people_users(p); i++) {
		const struct people_user *u = people_user_at(p, i);

		assert(role_user_valid(u->user));
		assert((u->roles & ~(unsigned)ROLE_ALL) == 0);
		assert(people_user_find(p, u->user));
	}
	assert(people_tokens(p) <= PEOPLE_TOKENS_MAX);
	for (size_t i = 0; i < people_tokens(p); i++)
		assert(people_token_find(p, people_token_at(p, i)->digest));
	people_close(p);
	return 0;
}
