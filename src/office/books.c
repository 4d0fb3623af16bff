/* SPDX-License-Identifier: Apache-2.0 */
#include "office/books.h"

#include <string.h>
#include <time.h>

#include "io/random.h"
#include "trust/secret.h"
#include "wire/path.h"

enum { EXPIRE_MS = 10 * 60 * 1000 };

static bool address_valid(const char *address)
{
	return path_address_valid(address, strlen(address));
}

static void on_expire(struct timer *t)
{
	struct books *b = t->owner;

	access_expire(b->access, loop_now(b->loop));
	timer_set(b->loop, t, loop_now(b->loop) + EXPIRE_MS);
}

enum err books_open(struct books *b, struct loop *loop,
		    const struct config *config, struct why *why)
{
	const struct audit_digest digest = { secret_digest };
	uint8_t key[HASH_KEY_SIZE];
	enum err e;

	b->loop = loop;
	b->expire = (struct timer){ .due = on_expire, .owner = b };
	random_bytes(key, sizeof(key));
	b->access = access_new(key);
	b->work = work_new(loop);
	if (!b->access || !b->work)
		return ERR_MEMORY;
	e = people_open(&b->people, config->home, why);
	if (e == OK)
		e = contacts_open(&b->contacts, config->home, address_valid,
				  why);
	if (e == OK)
		e = audit_open(&b->audit, config->home, digest,
			       (unsigned)config->keep_audit_d,
			       (uint64_t)time(NULL) * 1000, why);
	timer_set(loop, &b->expire, loop_now(loop) + EXPIRE_MS);
	return e;
}

void books_close(struct books *b)
{
	if (!b->loop)
		return;
	work_free(b->work);
	timer_clear(b->loop, &b->expire);
	audit_close(b->audit);
	contacts_close(b->contacts);
	people_close(b->people);
	access_free(b->access);
	*b = (struct books){ .loop = NULL };
}
