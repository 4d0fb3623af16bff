/* SPDX-License-Identifier: Apache-2.0 */
#include "asking.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct database_result r;

int64_t asking_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum err asking_add(struct database *d, const struct database_account *a)
{
	database_account_add(d, a, database_into(&r));
	return database_wait(d, &r);
}

enum err asking_get(struct database *d, const char *id,
		    struct database_account *out)
{
	database_account_get(d, id, database_into(&r));
	if (database_wait(d, &r) == OK)
		*out = r.account;
	return r.err;
}

/* What rows are told to. */
struct teller {
	struct database_result r; /* first: it is the owner */
	void (*account)(void *owner, const struct database_account *a);
	void (*call)(void *owner, const struct database_call *c);
	void *owner;
	char *ids;
	size_t size;
};

static void on_row(void *owner, const struct database_answer *a)
{
	struct teller *t = owner;

	if (t->account)
		t->account(t->owner, a->account);
	else if (t->call)
		t->call(t->owner, a->call);
	else if (strlen(t->ids) + strlen(a->id) + 2 < t->size)
		strcat(strcat(t->ids, a->id), " ");
}

/* Two at a time, so that pages are seen. */
enum err asking_accounts(struct database *d,
			 void (*each)(void *owner,
				      const struct database_account *a),
			 void *owner)
{
	struct teller t = { .account = each, .owner = owner };
	char after[33] = "";
	enum err e;

	do {
		database_accounts(d, after, 2,
				  database_each_into(&t.r, on_row));
		e = database_wait(d, &t.r);
		if (t.r.found)
			memcpy(after, t.r.account.id, sizeof(after));
	} while (e == OK && t.r.count == 2);
	return e;
}

enum err asking_allow(struct database *d, const char *id, const char *allowed)
{
	database_account_allow(d, id, allowed, database_into(&r));
	return database_wait(d, &r);
}

enum err asking_enable(struct database *d, const char *id, bool enabled)
{
	database_account_enable(d, id, enabled, database_into(&r));
	return database_wait(d, &r);
}

enum err asking_remove(struct database *d, const char *id)
{
	database_account_remove(d, id, database_into(&r));
	return database_wait(d, &r);
}

enum err asking_numbers(struct database *d, const char *id, const char *numbers)
{
	database_account_numbers(d, id, numbers, database_into(&r));
	return database_wait(d, &r);
}

enum err asking_keys(struct database *d, const struct database_account *a)
{
	database_account_keys(d, a, database_into(&r));
	return database_wait(d, &r);
}

enum err asking_touch(struct database *d, const char *id, int64_t at_ms)
{
	struct database_login l = { .at_ms = at_ms };

	snprintf(l.id, sizeof(l.id), "%s", id);
	database_logins_append(d, &l, 1, database_into(&r));
	return database_wait(d, &r);
}

enum err asking_append(struct database *d, const struct database_call *calls,
		       size_t n)
{
	database_calls_append(d, calls, n, database_into(&r));
	return database_wait(d, &r);
}

enum err asking_calls(struct database *d, size_t n,
		      void (*each)(void *owner, const struct database_call *c),
		      void *owner)
{
	struct teller t = { .call = each, .owner = owner };

	database_calls(d, n, database_each_into(&t.r, on_row));
	return database_wait(d, &t.r);
}

enum err asking_forget(struct database *d, int64_t before_ms, size_t *removed)
{
	database_calls_forget(d, before_ms, database_into(&r));
	*removed = database_wait(d, &r) == OK ? r.count : 0;
	return r.err;
}

enum err asking_first_call(struct database *d, uint64_t *out)
{
	database_first_call(d, database_into(&r));
	if (database_wait(d, &r) == OK)
		*out = r.number;
	return r.err;
}

enum err asking_secret(struct database *d, const uint8_t candidate[32],
		       uint8_t out[32])
{
	database_secret(d, candidate, database_into(&r));
	if (database_wait(d, &r) == OK)
		memcpy(out, r.secret, 32);
	return r.err;
}

enum err asking_changes(struct database *d, char *ids, size_t size)
{
	struct teller t = { .ids = ids, .size = size };

	ids[0] = '\0';
	database_changes(d, database_each_into(&t.r, on_row));
	return database_wait(d, &t.r);
}
