/* SPDX-License-Identifier: Apache-2.0 */
#include "core/callee.h"

#include <stdio.h>
#include <string.h>

#include "core/directory.h"
#include "core/numbers.h"
#include "core/peer.h"
#include "core/whereis.h"

/* A look for one. */
struct search {
	struct turn *t;
	const struct registry_caller *who;
	struct callee *found;
};

static uint16_t obstacle(enum presence_state state)
{
	if (state == PRESENCE_OFFLINE)
		return REASON_OFFLINE;
	return state == PRESENCE_FREE ? REASON_DONE : REASON_BUSY;
}

/* Whom he may not call does not exist. */
static bool may_call(const struct search *s, const struct whereis *w)
{
	return registry_may_call(s->who->id, s->who->groups, w->groups,
				 w->allowed);
}

static uint16_t find_here(const struct search *s, struct registry_account *a)
{
	uint16_t reason = obstacle(registry_presence(a));

	if (reason == REASON_DONE && a->leaving)
		reason = REASON_BUSY;
	if (reason == REASON_DONE)
		s->found->account = a;
	return reason;
}

/* A neighbour. A call never comes back to where it was. */
static uint16_t find_peer(const struct search *s, struct span name)
{
	struct span path = { s->who->path, s->who->path_length };
	struct registry_peer *p = peer_find(s->t->r, name);

	if (!p || !peer_is_up(p) || path_has(path, name) ||
	    path_count(path) >= PATH_RELAYS_MAX)
		return REASON_UNREACHABLE;
	s->found->peer = p;
	return REASON_DONE;
}

/* Another relay by its name: a neighbour, or one that some neighbour leads
 * to. */
static uint16_t find_relay(const struct search *s, struct span name)
{
	const struct directory *d = s->t->r->directory;
	char text[ADDRESS_ID_MAX + 1];
	struct directory_relay r;

	if (find_peer(s, name) == REASON_DONE)
		return REASON_DONE;
	if (!d || !span_copy(name, text, sizeof(text)) ||
	    !directory_relay(d, text, &r) || !r.via)
		return REASON_UNREACHABLE;
	return find_peer(s, span_of(r.via));
}

/* By ID, wherever it is. */
static uint16_t find_id(const struct search *s, struct span id)
{
	char text[ADDRESS_ID_MAX + 1];
	struct whereis w;
	uint16_t reason;

	if (!span_copy(id, text, sizeof(text)) || !whereis(s->t, text, &w) ||
	    !may_call(s, &w))
		return REASON_UNKNOWN;
	if (w.account)
		return find_here(s, w.account);
	/* What it does there is not known now. */
	reason = w.hop == 0 ? REASON_UNREACHABLE : obstacle(w.state);
	if (reason != REASON_DONE)
		return reason;
	snprintf(s->found->to, sizeof(s->found->to), "%s@%s", text, w.relay);
	return find_relay(s, span_of(w.relay));
}

/* By ID, here or nowhere. */
static uint16_t find_own(const struct search *s, struct span id)
{
	struct registry_account *a =
		registry_account(s->t->r, (const char *)id.at, id.len);

	if (!a || a->facts.kind != RELAY_TERMINAL || !a->facts.enabled ||
	    !registry_may_call(s->who->id, s->who->groups, a->facts.groups,
			       a->facts.allowed))
		return REASON_UNKNOWN;
	return find_here(s, a);
}

static uint16_t find_address(const struct search *s, struct span to);

/* "@RELAY" is for the same number there. */
static uint16_t follow_route(const struct search *s, struct span number,
			     const char *target)
{
	char to[ADDRESS_MAX + 1];

	if (*target != '@')
		return find_address(s, span_of(target));
	snprintf(to, sizeof(to), "%.*s%s", (int)number.len,
		 (const char *)number.at, target);
	return find_address(s, span_of(to));
}

static uint16_t find_number(const struct search *s, struct span number,
			    bool may_route)
{
	const char *text = (const char *)number.at;
	const struct numbers *n = s->t->r->numbers;
	char digits[PATH_NUMBER_MAX + 1];
	struct directory_found f;
	const char *id = numbers_find(n, text, number.len);
	const char *target;

	(void)span_copy(number, s->found->number, sizeof(s->found->number));
	if (id)
		return find_id(s, span_of(id));
	numbers_digits(text, number.len, digits);
	if (s->t->r->directory &&
	    directory_find_number(s->t->r->directory, digits, &f))
		return find_id(s, f.entry.id);
	target = may_route ? numbers_longest(n, text, number.len) : NULL;
	return target ? follow_route(s, number, target) : REASON_UNKNOWN;
}

/* What the database knows of an ID or number. */
static uint16_t ask(const struct search *s, struct span name)
{
	if (path_number_valid((const char *)name.at, name.len))
		(void)span_copy(name, s->found->number,
				sizeof(s->found->number));
	(void)span_copy(name, s->found->to, sizeof(s->found->to));
	return CALLEE_ASK;
}

/* Digits may be an ID, and are one if there is such an account. */
static uint16_t find_name(const struct search *s, struct span name, bool own)
{
	bool is_number = path_number_valid((const char *)name.at, name.len);
	uint16_t reason = REASON_UNKNOWN;

	if (s->t->r->shared && !own)
		return ask(s, name);
	if (address_id_valid((const char *)name.at, name.len))
		reason = own ? find_own(s, name) : find_id(s, name);
	if (is_number && reason == REASON_UNKNOWN)
		reason = find_number(s, name, !*s->found->number);
	/* To be asked again: a fax to somebody unknown is given up. */
	if (reason == REASON_UNKNOWN && !own &&
	    !peer_all_told(s->t->r, s->t->now))
		reason = REASON_UNREACHABLE;
	return reason;
}

static uint16_t find_address(const struct search *s, struct span to)
{
	struct span own = span_of(s->t->r->name), rest = to, relay;
	bool here = false;

	/* Our own name at the end says: here. */
	while (path_address_split(to, &rest, &relay) &&
	       span_equal(relay, own)) {
		to = rest;
		here = true;
	}
	if (relay.len == 0)
		return find_name(s, rest, here);
	(void)span_copy(to, s->found->to, sizeof(s->found->to));
	return find_relay(s, relay);
}

uint16_t callee_find(struct turn *t, const struct registry_caller *who,
		     struct span to, struct callee *found)
{
	const struct search s = { t, who, found };
	struct span path = { who->path, who->path_length };

	*found = (struct callee){ .account = NULL };
	if (!path_address_valid((const char *)to.at, to.len))
		return REASON_UNKNOWN;
	if (path_has(path, span_of(t->r->name)))
		return REASON_UNREACHABLE;
	return find_address(&s, to);
}

/* Numbers that are nobody's may still lead somewhere. */
static uint16_t find_unplaced(const struct search *s)
{
	struct span number = span_of(s->found->number);
	const char *target = NULL;

	if (number.len > 0)
		target = numbers_longest(s->t->r->numbers, s->found->number,
					 number.len);
	s->found->to[0] = '\0';
	return target ? follow_route(s, number, target) : REASON_UNKNOWN;
}

uint16_t callee_placed(struct turn *t, const struct registry_caller *who,
		       const struct relay_place *place, struct callee *found)
{
	const struct search s = { t, who, found };
	uint16_t reason;

	found->account = NULL;
	found->peer = NULL;
	if (!place)
		return find_unplaced(&s);
	if (!registry_may_call(who->id, who->groups, place->groups,
			       place->allowed))
		return REASON_UNKNOWN;
	if (strcmp(place->relay, t->r->name) == 0)
		return find_own(&s, span_of(place->id));
	reason = *place->relay ? obstacle(place->state) : REASON_OFFLINE;
	if (reason != REASON_DONE)
		return reason;
	snprintf(found->to, sizeof(found->to), "%s@%s", place->id,
		 place->relay);
	return find_relay(&s, span_of(place->relay));
}
