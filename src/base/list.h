/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A doubly linked list whose links lie inside the members, so that joining
 * and leaving never allocate and never fail. The head is a link of its own;
 * an empty list's head points to itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

/* The member that holds the link `ptr` as its field `field`. */
#define list_entry(ptr, type, field)                                           \
	((type *)(void *)((char *)(ptr)-offsetof(type, field)))

/* The same of a list that is only read. */
#define list_const_entry(ptr, type, field)                                     \
	((const type *)(const void *)((const char *)(ptr)-offsetof(type,       \
								   field)))

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_append(struct list *head, struct list *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

/* Takes `link` out of its list and leaves it alone and empty, so that a
 * second removal is harmless. */
static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}
