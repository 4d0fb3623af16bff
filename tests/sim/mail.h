/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two threads of one relay say to each other: letters that arrive in
 * order, each a moment after it was written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mail {
	struct mail *next;
	int64_t at_us;
	int kind;
	uint64_t conn, peer;
	uint64_t tag; /* beside the bytes, as in net.h */
	size_t len;
	uint8_t bytes[];
};

struct mailbox {
	struct mail *head, *tail; /* owned */
	int64_t last_us;
};

/* Copies the bytes. It arrives at `at_us`, and after all that were posted
 * before it. */
void mail_post(struct mailbox *b, int64_t at_us, const struct mail *head,
	       const void *bytes);
/* INT64_MAX: it is empty. */
int64_t mail_next(const struct mailbox *b);
/* The caller frees it. */
struct mail *mail_take(struct mailbox *b);
void mail_drop(struct mailbox *b);
