/* SPDX-License-Identifier: Apache-2.0 */
/*
 * office/ruleset: rules that are taken come back the same from what they are
 * written as; those that are refused leave a sentence and nothing else.
 */
#include <assert.h>
#include <string.h>

#include "office/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_t *in = json_loadb((const char *)data, len, JSON_REJECT_DUPLICATES,
				NULL);
	struct ruleset once, twice;
	struct why why = { "" };
	json_t *left, *right;

	if (ruleset_decode(in, 7, &once, &why) != OK) {
		assert(once.count == 0 && *why.text);
		assert(!strpbrk(why.text, "\r\n"));
		json_decref(in);
		return 0;
	}
	left = ruleset_encode(&once);
	assert(ruleset_decode(left, 8, &twice, &why) == OK);
	right = ruleset_encode(&twice);
	assert(json_equal(left, right));
	ruleset_fini(&once);
	ruleset_fini(&twice);
	json_decref(left);
	json_decref(right);
	json_decref(in);
	return 0;
}
