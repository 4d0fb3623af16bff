/* SPDX-License-Identifier: Apache-2.0 */
#include "core/order.h"

#include <assert.h>
#include <string.h>

static const char *key_of(const struct order *o, const struct order_node *n)
{
	return (const char *)n + o->key_at;
}

static uint32_t weight_of(const struct order *o, const struct order_node *n)
{
	uint32_t weight;

	memcpy(&weight, (const char *)n + o->weight_at, sizeof(weight));
	return weight;
}

struct order_node *order_find(const struct order *o, const char *key)
{
	struct order_node *n = o->root;

	while (n) {
		int way = strcmp(key, key_of(o, n));

		if (way == 0)
			return n;
		n = n->child[way > 0];
	}
	return NULL;
}

struct order_node *order_after(const struct order *o, const char *key)
{
	struct order_node *n = o->root, *found = NULL;

	while (n) {
		bool greater = strcmp(key_of(o, n), key) > 0;

		if (greater)
			found = n;
		n = n->child[!greater];
	}
	return found;
}

void order_add(struct order *o, struct order_node *n)
{
	const char *key = key_of(o, n);
	struct order_node **slot = &o->root, *rest;
	struct order_node **ends[2] = { &n->child[0], &n->child[1] };

	while (*slot && weight_of(o, *slot) >= weight_of(o, n))
		slot = &(*slot)->child[strcmp(key, key_of(o, *slot)) > 0];
	rest = *slot;
	*slot = n;
	/* What was below is parted: the lesser to the left, the rest right. */
	while (rest) {
		bool less = strcmp(key_of(o, rest), key) < 0;

		*ends[!less] = rest;
		ends[!less] = &rest->child[less];
		rest = rest->child[less];
	}
	*ends[0] = NULL;
	*ends[1] = NULL;
}

static struct order_node **slot_of(struct order *o, const struct order_node *n)
{
	struct order_node **slot = &o->root;

	while (*slot != n) {
		assert(*slot);
		slot = &(*slot)->child[strcmp(key_of(o, n), key_of(o, *slot)) >
				       0];
	}
	return slot;
}

void order_remove(struct order *o, struct order_node *n)
{
	struct order_node **slot = slot_of(o, n);
	struct order_node *left = n->child[0], *right = n->child[1];

	while (left && right) {
		if (weight_of(o, left) >= weight_of(o, right)) {
			*slot = left;
			slot = &left->child[1];
			left = *slot;
		} else {
			*slot = right;
			slot = &right->child[0];
			right = *slot;
		}
	}
	*slot = left ? left : right;
}

void order_replace(struct order *o, struct order_node *old,
		   struct order_node *n)
{
	*slot_of(o, old) = n;
	*n = *old;
}
