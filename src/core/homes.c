/* SPDX-License-Identifier: Apache-2.0 */
#include "core/homes.h"

#include <string.h>

#include "base/splitmix.h"
#include "wire/reason.h"

void homes_init(struct homes *h, const struct homes_relay *first, uint64_t seed)
{
	memset(h, 0, sizeof(*h));
	h->all[0] = *first;
	h->count = 1;
	h->worked = true;
	h->random = seed;
}

const struct homes_relay *homes_now(const struct homes *h)
{
	return &h->all[h->at];
}

const struct address_relay *homes_address(const struct homes *h)
{
	return &homes_now(h)->relays.at[h->address];
}

/* --- which there are --- */

static bool same_address(const struct address_relay *a,
			 const struct address_relay *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

static bool has_address(const struct homes_relay *r,
			const struct address_relay *a)
{
	for (size_t i = 0; i < r->relays.count; i++)
		if (same_address(&r->relays.at[i], a))
			return true;
	return false;
}

/* One key, one relay. The one that was joined may have a certificate instead:
 * it is known by its address. */
static bool is_same(const struct homes_relay *r, const struct address_other *o)
{
	if (r->pinned)
		return memcmp(r->pin, o->pin, sizeof(r->pin)) == 0;
	for (size_t i = 0; i < o->relays.count; i++)
		if (has_address(r, &o->relays.at[i]))
			return true;
	return false;
}

static struct homes_relay *find(struct homes *h, const struct address_other *o)
{
	for (size_t i = 0; i < h->count; i++)
		if (is_same(&h->all[i], o))
			return &h->all[i];
	return NULL;
}

/* Adds one of `told`, with what was known of it before. */
static void take(struct homes *h, const struct address_other *told,
		 struct homes *before)
{
	const struct homes_relay *known = find(before, told);
	struct homes_relay *r = find(h, told);

	if (r == &h->all[0]) /* how it is reached the join URL says */
		return;
	if (!r && h->count == HOMES_MAX)
		return;
	if (!r)
		r = &h->all[h->count++];
	if (known)
		*r = *known;
	r->relays = told->relays;
	r->pinned = true;
	memcpy(r->pin, told->pin, sizeof(r->pin));
}

static void rename_now(struct homes *h, const struct homes *before)
{
	if (before->at == 0)
		return;
	h->at = 1; /* it was the first to be kept */
	if (h->address >= homes_now(h)->relays.count)
		h->address = 0;
}

bool homes_told(struct homes *h, struct span others)
{
	char text[MESSAGE_OTHERS_MAX + 1], was[HOMES_TEXT], is[HOMES_TEXT];
	struct homes before = *h;
	const char *rest = text;
	struct address_other o;

	if (others.len > MESSAGE_OTHERS_MAX ||
	    !span_copy(others, text, sizeof(text)) ||
	    !address_other_next(&o, &rest))
		return false;
	memset(&h->all[1], 0, sizeof(h->all) - sizeof(h->all[0]));
	h->count = 1;
	if (before.at > 0)
		h->all[h->count++] = before.all[before.at];
	do
		take(h, &o, &before);
	while (address_other_next(&o, &rest));
	rename_now(h, &before);
	homes_encode(&before, was);
	homes_encode(h, is);
	return strcmp(was, is) != 0;
}

static void encode(const struct homes_relay *r, char out[ADDRESS_OTHER_TEXT])
{
	struct address_other o = { .relays = r->relays };

	memcpy(o.pin, r->pin, sizeof(o.pin));
	if (!address_other_encode(&o, out, ADDRESS_OTHER_TEXT))
		out[0] = '\0';
}

void homes_encode(const struct homes *h, char out[HOMES_TEXT])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 1; i < h->count; i++) {
		if (i > 1)
			out[used++] = ' ';
		encode(&h->all[i], out + used);
		used += strlen(out + used);
	}
}

void homes_encode_now(const struct homes *h, char out[ADDRESS_OTHER_TEXT])
{
	out[0] = '\0';
	if (h->at > 0)
		encode(homes_now(h), out);
}

void homes_restore(struct homes *h, const char *others, const char *now)
{
	const struct homes_relay *r;
	struct address_other o;

	while (address_other_next(&o, &others))
		take(h, &o, h);
	if (!address_other_next(&o, &now))
		return;
	r = find(h, &o);
	if (r)
		h->at = (size_t)(r - h->all);
}

/* --- going --- */

static bool may_go(const struct homes *h, size_t i, int64_t now)
{
	return i != h->at && h->all[i].denied_until_ms <= now;
}

/* One of those that have not been tried, at random, so that the terminals of
 * a relay that died spread evenly. SIZE_MAX: there is none. */
static size_t pick(struct homes *h, bool hinted, int64_t now)
{
	size_t fit[HOMES_MAX], n = 0;

	for (size_t i = 0; i < h->count; i++)
		if (may_go(h, i, now) && !h->all[i].tried &&
		    (!hinted || h->all[i].hinted))
			fit[n++] = i;
	return n > 0 ? fit[splitmix(&h->random) % n] : SIZE_MAX;
}

/* All deny us: the one that did so longest ago. */
static size_t longest_denied(const struct homes *h)
{
	size_t best = 0;

	for (size_t i = 1; i < h->count; i++)
		if (h->all[i].denied_until_ms < h->all[best].denied_until_ms)
			best = i;
	return best;
}

static size_t choose(struct homes *h, int64_t now)
{
	size_t next = pick(h, true, now);

	if (next == SIZE_MAX)
		next = pick(h, false, now);
	if (next != SIZE_MAX)
		return next;
	for (size_t i = 0; i < h->count; i++)
		h->all[i].tried = false;
	next = pick(h, false, now);
	if (next == SIZE_MAX)
		next = homes_now(h)->denied_until_ms <= now ? h->at
							    : longest_denied(h);
	return next;
}

static bool go(struct homes *h, int64_t now)
{
	size_t next;

	h->all[h->at].tried = true;
	next = choose(h, now);
	for (size_t i = 0; i < h->count; i++)
		h->all[i].hinted = false;
	h->leaving = false;
	h->failures = 0;
	if (next == h->at)
		return false;
	h->at = next;
	h->address = 0;
	h->worked = false;
	h->way++;
	h->moves++;
	return true;
}

void homes_up(struct homes *h)
{
	h->failures = 0;
	h->worked = true;
	h->leaving = false;
	h->all[h->at].denied_until_ms = 0;
	for (size_t i = 0; i < h->count; i++)
		h->all[i].tried = false;
}

bool homes_failed(struct homes *h, uint32_t way, int64_t now)
{
	size_t addresses = homes_now(h)->relays.count;

	if (way != h->way)
		return false;
	h->way++;
	h->address = (h->address + 1) % addresses;
	h->failures++;
	if (h->failures < addresses * (h->worked ? HOMES_ROUNDS : 1))
		return false;
	return go(h, now);
}

bool homes_denied(struct homes *h, int64_t now)
{
	h->all[h->at].denied_until_ms = now + HOMES_DENIED_MS;
	return go(h, now);
}

bool homes_down(struct homes *h, int64_t now)
{
	return h->leaving && go(h, now);
}

/* Which relays the hint means; what is none of those known is no place to
 * log in at. */
static void take_hint(struct homes *h, struct span elsewhere)
{
	char text[MESSAGE_ELSEWHERE_MAX + 1];
	struct address_relays one;
	char *rest = text, *word;

	if (!span_copy(elsewhere, text, sizeof(text)))
		return;
	while ((word = strtok_r(rest, " ", &rest))) {
		if (address_relays_decode(&one, word, ADDRESS_PORT, NULL) != OK)
			continue;
		for (size_t i = 0; i < h->count; i++)
			if (has_address(&h->all[i], &one.at[0]))
				h->all[i].hinted = true;
	}
}

void homes_sent_away(struct homes *h, const struct message_bye *bye)
{
	if (bye->reason != REASON_DRAINING && bye->reason != REASON_SHUTDOWN)
		return;
	h->leaving = true;
	take_hint(h, bye->elsewhere);
}
