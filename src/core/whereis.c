/* SPDX-License-Identifier: Apache-2.0 */
#include "core/whereis.h"

#include <string.h>

static bool is_terminal(const struct registry_account *a)
{
	return a && a->facts.kind == RELAY_TERMINAL && a->facts.enabled;
}

void whereis_account(struct registry_account *a, struct whereis *w)
{
	*w = (struct whereis){ .account = a,
			       .id = a->facts.id,
			       .state = registry_presence(a),
			       .groups = a->facts.groups,
			       .allowed = a->facts.allowed };
}

void whereis_found(const struct directory_found *f, struct whereis *w)
{
	*w = (struct whereis){ .relay = f->relay,
			       .hop = f->hop,
			       .id = (const char *)f->entry.id.at,
			       .state = (enum presence_state)f->entry.state,
			       .groups = (const char *)f->entry.groups.at,
			       .allowed = (const char *)f->entry.allowed.at };
}

/* Whether it went there after it was here last. */
static bool has_moved(const struct registry_account *a,
		      const struct directory_found *f)
{
	return f->entry.state != PRESENCE_OFFLINE &&
	       (a->up == 0 || f->entry.gen > a->gen);
}

static bool choose(struct registry_account *a, const struct directory_found *f,
		   struct whereis *w)
{
	if (is_terminal(a) && (!f || !has_moved(a, f)))
		whereis_account(a, w);
	else if (f)
		whereis_found(f, w);
	else
		return false;
	return true;
}

bool whereis(const struct turn *t, const char *id, struct whereis *w)
{
	struct registry_account *a = registry_account(t->r, id, strlen(id));
	struct directory_found f;
	bool found = t->r->directory && directory_find(t->r->directory, id, &f);

	return choose(a, found ? &f : NULL, w);
}

/* Whether news come of what it does where the database saw it. */
static bool hears_of(const struct turn *t, const struct relay_place *place)
{
	struct directory_found f;

	if (!*place->relay || strcmp(place->relay, t->r->name) == 0)
		return true;
	return t->r->directory && !t->r->keeps_to_itself &&
	       directory_find_at(t->r->directory, place->relay, place->id, &f);
}

void whereis_placed(const struct turn *t, const struct relay_place *place,
		    struct whereis *w)
{
	bool own = strcmp(place->relay, t->r->name) == 0;

	if (!hears_of(t, place) || !whereis(t, place->id, w))
		*w = (struct whereis){ .relay = own ? "" : place->relay,
				       .state = place->state };
	w->id = place->id;
	w->groups = place->groups;
	w->allowed = place->allowed;
}

/* The first account after this ID that is a terminal's. */
static struct registry_account *account_after(const struct turn *t,
					      const char *id, size_t *here)
{
	size_t count;
	struct registry_account **all = registry_sorted(t->r, &count);

	while (all && *here < count &&
	       (!is_terminal(all[*here]) ||
		strcmp(all[*here]->facts.id, id) <= 0))
		++*here;
	return all && *here < count ? all[*here] : NULL;
}

bool whereis_next(const struct turn *t, const char *id, size_t *here,
		  struct whereis *w)
{
	struct registry_account *a = account_after(t, id, here);
	struct directory_found f;
	bool found = t->r->directory &&
		     directory_find_after(t->r->directory, id, &f);
	int order = 0;

	if (a && found)
		order = strcmp(a->facts.id, (const char *)f.entry.id.at);
	return choose(order <= 0 ? a : NULL, found && order >= 0 ? &f : NULL,
		      w);
}

bool whereis_may_call(const struct whereis *w, const char *id,
		      const char *groups)
{
	return strcmp(w->id, id) != 0 &&
	       registry_may_call(id, groups, w->groups, w->allowed);
}
