/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store/audit: whatever a log holds, it is opened or refused; reading it gives
 * whole entries, newest first; and what is added after that is found again.
 */
#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "home.h"
#include "store/audit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* No digest, but as good: the chain is not what is broken here. */
static void digest(const void *bytes, size_t len, uint8_t *out)
{
	const uint8_t *from = bytes;

	memset(out, 0, AUDIT_DIGEST_SIZE);
	for (size_t i = 0; i < len; i++)
		out[i % AUDIT_DIGEST_SIZE] =
			(uint8_t)(out[i % AUDIT_DIGEST_SIZE] * 31 + from[i]);
}

static void take(void *owner, const struct audit_entry *e)
{
	uint64_t *before = owner;

	assert(e->user && e->action && e->what && e->detail);
	assert(e->number > 0);
	*before = e->number;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct audit_digest of = { digest };
	const struct audit_entry entry = { .at_ms = 1,
					   .user = "ana",
					   .action = "read" };
	struct audit_finding finding;
	struct audit *a = NULL;
	struct why why = { "" };
	uint64_t last = 0;

	log_set_level(LOG_ERROR);
	home_put("audit.log", data, len);
	(void)!audit_check(home_path(), of, &finding, &why);
	if (audit_open(&a, home_path(), of, 36500, 1, &why) != OK) {
		assert(!a);
		return 0;
	}
	if (audit_read(a, 0, 100, take, &last, &why) == OK &&
	    audit_add(a, &entry, &why) == OK) {
		last = 0;
		assert(audit_read(a, 0, 1, take, &last, &why) != OK ||
		       last > 0);
	}
	audit_close(a);
	return 0;
}
