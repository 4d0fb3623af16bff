/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted set whose links lie inside the members (a treap: Seidel, Aragon
 * 1996): no member costs more than two pointers, none is ever moved, and
 * finding, adding, removing and going on from any key take O(log n) steps
 * for whatever keys a stranger chooses, because the weights are keyed hashes
 * of the keys. It allocates nothing and never fails.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct order_node {
	struct order_node *child[2];
};

struct order {
	struct order_node *root;
	/* Where a member has its uint32_t weight and its key, a string, seen
	 * from its node. They must not change while it is in. */
	ptrdiff_t weight_at, key_at;
};

/* An empty one, of members of `type`. */
#define ORDER_OF(type, node, weight, key)                                      \
	((struct order){                                                       \
		NULL,                                                          \
		(ptrdiff_t)offsetof(type, weight) -                            \
			(ptrdiff_t)offsetof(type, node),                       \
		(ptrdiff_t)offsetof(type, key) -                               \
			(ptrdiff_t)offsetof(type, node),                       \
	})

/* The member that holds the node `ptr` as its field `field`. */
#define order_entry(ptr, type, field)                                          \
	((type *)(void *)((char *)(ptr)-offsetof(type, field)))

/* NULL: none. */
struct order_node *order_find(const struct order *o, const char *key);
/* The first whose key is greater (strcmp); "" gives the first of all. */
struct order_node *order_after(const struct order *o, const char *key);
/* Its key must not be in. */
void order_add(struct order *o, struct order_node *n);
/* It must be in. */
void order_remove(struct order *o, struct order_node *n);
/* `n`, of the same key and so the same weight, takes the place of `old`. */
void order_replace(struct order *o, struct order_node *old,
		   struct order_node *n);
