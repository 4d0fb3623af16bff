/* SPDX-License-Identifier: Apache-2.0 */
#include "core/access.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
	USER_FREE = 5, /* failures before one waits */
	USER_MOST_MS = 30000,
	ADDRESS_FREE = 10, /* an office behind NAT has one address */
	ADDRESS_MOST_MS = 300000,
	FIRST_MS = 1000,
	FORGET_MS = 3600000,
	NAME_MAX_OCTETS = 80,
};

struct ticket {
	uint8_t digest[ACCESS_DIGEST_SIZE];
	char user[ROLE_USER_SIZE];
	unsigned roles;
	int64_t until_ms;
};

/* Keyed hashes stand for users and addresses: strangers choose those. */
struct failure {
	uint64_t who;
	uint32_t count;
	int64_t last_ms, until_ms;
};

struct access {
	uint8_t key[HASH_KEY_SIZE];
	struct access_session sessions[ACCESS_SESSIONS_MAX];
	size_t sessions_count;
	struct ticket tickets[ACCESS_TICKETS_MAX];
	size_t tickets_count;
	struct failure failures[ACCESS_FAILURES_MAX];
	size_t failures_count;
	/* Users with an address that they signed in from; a ring. */
	uint64_t familiar[ACCESS_FAMILIAR_MAX];
	size_t familiar_next;
};

struct access *access_new(const uint8_t key[HASH_KEY_SIZE])
{
	struct access *a = calloc(1, sizeof(*a));

	if (a)
		memcpy(a->key, key, HASH_KEY_SIZE);
	return a;
}

void access_free(struct access *a)
{
	free(a);
}

/* --- sessions --- */

static bool over(const struct access_session *s, int64_t now)
{
	return now - s->seen_ms >= ACCESS_IDLE_MS ||
	       now - s->opened_ms >= ACCESS_LIFE_MS;
}

/* The last one takes its place. */
static void drop_session(struct access *a, size_t at)
{
	a->sessions[at] = a->sessions[--a->sessions_count];
	memset(&a->sessions[a->sessions_count], 0, sizeof(a->sessions[0]));
}

void access_expire(struct access *a, int64_t now)
{
	for (size_t i = a->sessions_count; i-- > 0;)
		if (over(&a->sessions[i], now))
			drop_session(a, i);
}

/* Drops the longest idle one of a user (NULL: of all) if there are `most`. */
static void make_way(struct access *a, const char *user, size_t most)
{
	size_t count = 0, idlest = 0;

	for (size_t i = 0; i < a->sessions_count; i++) {
		const struct access_session *s = &a->sessions[i];

		if (user && strcmp(s->user, user) != 0)
			continue;
		if (count == 0 || s->seen_ms < a->sessions[idlest].seen_ms)
			idlest = i;
		count++;
	}
	if (count >= most)
		drop_session(a, idlest);
}

void access_open(struct access *a, const uint8_t digest[ACCESS_DIGEST_SIZE],
		 const char *user, unsigned roles, int64_t now)
{
	struct access_session *s;

	access_expire(a, now);
	make_way(a, user, ACCESS_USER_SESSIONS_MAX);
	make_way(a, NULL, ACCESS_SESSIONS_MAX);
	s = &a->sessions[a->sessions_count++];
	*s = (struct access_session){ .roles = roles,
				      .opened_ms = now,
				      .seen_ms = now };
	memcpy(s->digest, digest, ACCESS_DIGEST_SIZE);
	(void)text_copy(s->user, sizeof(s->user), user);
}

static struct access_session *find(struct access *a, const uint8_t *digest)
{
	for (size_t i = 0; i < a->sessions_count; i++)
		if (memcmp(a->sessions[i].digest, digest, ACCESS_DIGEST_SIZE) ==
		    0)
			return &a->sessions[i];
	return NULL;
}

const struct access_session *
access_find(struct access *a, const uint8_t digest[ACCESS_DIGEST_SIZE],
	    int64_t now)
{
	struct access_session *s = find(a, digest);

	if (!s)
		return NULL;
	if (over(s, now)) {
		drop_session(a, (size_t)(s - a->sessions));
		return NULL;
	}
	s->seen_ms = now;
	return s;
}

bool access_peek(const struct access *a,
		 const uint8_t digest[ACCESS_DIGEST_SIZE], int64_t now)
{
	for (size_t i = 0; i < a->sessions_count; i++)
		if (memcmp(a->sessions[i].digest, digest, ACCESS_DIGEST_SIZE) ==
		    0)
			return !over(&a->sessions[i], now);
	return false;
}

bool access_close(struct access *a, const uint8_t digest[ACCESS_DIGEST_SIZE])
{
	struct access_session *s = find(a, digest);

	if (s)
		drop_session(a, (size_t)(s - a->sessions));
	return s != NULL;
}

size_t access_close_user(struct access *a, const char *user,
			 const uint8_t *except)
{
	size_t closed = 0;

	for (size_t i = a->sessions_count; i-- > 0;) {
		const struct access_session *s = &a->sessions[i];

		if (strcmp(s->user, user) != 0 ||
		    (except &&
		     memcmp(s->digest, except, ACCESS_DIGEST_SIZE) == 0))
			continue;
		drop_session(a, i);
		closed++;
	}
	return closed;
}

size_t access_count(const struct access *a)
{
	return a->sessions_count;
}

/* --- tickets, the oldest first --- */

static void drop_ticket(struct access *a, size_t at)
{
	a->tickets_count--;
	memmove(&a->tickets[at], &a->tickets[at + 1],
		(a->tickets_count - at) * sizeof(a->tickets[0]));
}

void access_ticket_add(struct access *a,
		       const uint8_t digest[ACCESS_DIGEST_SIZE],
		       const char *user, unsigned roles, int64_t now)
{
	struct ticket *t;

	if (a->tickets_count == ACCESS_TICKETS_MAX)
		drop_ticket(a, 0);
	t = &a->tickets[a->tickets_count++];
	*t = (struct ticket){ .roles = roles,
			      .until_ms = now + ACCESS_TICKET_MS };
	memcpy(t->digest, digest, ACCESS_DIGEST_SIZE);
	(void)text_copy(t->user, sizeof(t->user), user);
}

bool access_ticket_use(struct access *a,
		       const uint8_t digest[ACCESS_DIGEST_SIZE],
		       char user[ROLE_USER_SIZE], unsigned *roles, int64_t now)
{
	for (size_t i = 0; i < a->tickets_count; i++) {
		struct ticket t = a->tickets[i];

		if (memcmp(t.digest, digest, ACCESS_DIGEST_SIZE) != 0)
			continue;
		drop_ticket(a, i);
		memcpy(user, t.user, ROLE_USER_SIZE);
		*roles = t.roles;
		return now < t.until_ms;
	}
	return false;
}

/* --- tries to sign in --- */

/* How much of an address counts: of IPv6 the first four groups, or what is
 * before the zeros if those come earlier. One that holds IPv4 is that one. */
static size_t address_length(const char *address)
{
	int colons = 0;

	if (!strchr(address, ':') || strchr(address, '.'))
		return strlen(address);
	for (const char *c = address; *c; c++)
		if (*c == ':' && (c[1] == ':' || ++colons == 4))
			return (size_t)(c - address);
	return strlen(address);
}

/* `kind` keeps a user and an address of the same text apart. What is too long
 * for any user or address is cut. */
static uint64_t name_of(const struct access *a, char kind, const char *user,
			const char *address)
{
	const char *parts[] = { user, address };
	size_t lengths[] = { strlen(user), address_length(address) };
	char text[2 + 2 * NAME_MAX_OCTETS];
	size_t used = 0;

	text[used++] = kind;
	for (size_t i = 0; i < 2; i++) {
		size_t n = lengths[i] < NAME_MAX_OCTETS ? lengths[i]
							: NAME_MAX_OCTETS - 1;

		memcpy(text + used, parts[i], n);
		used += n;
		text[used++] = '\0';
	}
	return hash_keyed(a->key, text, used);
}

static struct failure *failure_of(struct access *a, uint64_t who)
{
	for (size_t i = 0; i < a->failures_count; i++)
		if (a->failures[i].who == who)
			return &a->failures[i];
	return NULL;
}

static void drop_failure(struct access *a, const struct failure *f)
{
	size_t at = (size_t)(f - a->failures);

	a->failures[at] = a->failures[--a->failures_count];
}

static struct failure *new_failure(struct access *a, uint64_t who)
{
	struct failure *least = &a->failures[0];

	if (a->failures_count == ACCESS_FAILURES_MAX) {
		for (size_t i = 1; i < a->failures_count; i++)
			if (a->failures[i].until_ms < least->until_ms)
				least = &a->failures[i];
		drop_failure(a, least);
	}
	least = &a->failures[a->failures_count++];
	*least = (struct failure){ .who = who };
	return least;
}

/* NULL: nothing is known that still counts. */
static struct failure *still_counts(struct access *a, uint64_t who, int64_t now)
{
	struct failure *f = failure_of(a, who);

	if (f && now - f->last_ms >= FORGET_MS) {
		drop_failure(a, f);
		return NULL;
	}
	return f;
}

static int64_t wait_ms(struct access *a, uint64_t who, int64_t now)
{
	const struct failure *f = still_counts(a, who, now);

	return f && f->until_ms > now ? f->until_ms - now : 0;
}

static void count_failure(struct access *a, uint64_t who, uint32_t free,
			  int64_t most_ms, int64_t now)
{
	struct failure *f = still_counts(a, who, now);
	int64_t wait = FIRST_MS;

	if (!f)
		f = new_failure(a, who);
	f->count++;
	f->last_ms = now;
	f->until_ms = now;
	if (f->count < free)
		return;
	for (uint32_t i = free; i < f->count && wait < most_ms; i++)
		wait *= 2;
	f->until_ms = now + (wait < most_ms ? wait : most_ms);
}

static bool is_familiar(const struct access *a, uint64_t who)
{
	for (size_t i = 0; i < ACCESS_FAMILIAR_MAX; i++)
		if (a->familiar[i] == who)
			return true;
	return false;
}

int64_t access_try(struct access *a, const char *user, const char *address,
		   int64_t now)
{
	uint64_t as = name_of(a, 'u', user, "");
	uint64_t from = name_of(a, 'a', "", address);
	bool familiar = is_familiar(a, name_of(a, 'f', user, address));
	int64_t wait = wait_ms(a, from, now);
	int64_t wait_as = familiar ? 0 : wait_ms(a, as, now);

	if (wait_as > wait)
		wait = wait_as;
	if (wait > 0)
		return wait;
	if (!familiar)
		count_failure(a, as, USER_FREE, USER_MOST_MS, now);
	count_failure(a, from, ADDRESS_FREE, ADDRESS_MOST_MS, now);
	return 0;
}

/* This try was none. What failed before is still so: else one who has an
 * account could sign in between his guesses at others'. */
static void forgive(struct access *a, uint64_t who, bool all)
{
	struct failure *f = failure_of(a, who);

	if (!f)
		return;
	f->until_ms = 0;
	if (all || --f->count == 0)
		drop_failure(a, f);
}

void access_succeeded(struct access *a, const char *user, const char *address)
{
	uint64_t familiar = name_of(a, 'f', user, address);

	/* He knows the password: whatever failed as him is forgiven. */
	forgive(a, name_of(a, 'u', user, ""), true);
	forgive(a, name_of(a, 'a', "", address), false);
	if (is_familiar(a, familiar))
		return;
	a->familiar[a->familiar_next] = familiar;
	a->familiar_next = (a->familiar_next + 1) % ACCESS_FAMILIAR_MAX;
}
