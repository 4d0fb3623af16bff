/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminals that this one may call and each change of them, for whoever
 * wants to know: `faxwire list --follow`, the page, and jobs that wait for a
 * callee. However many watch, the relay is asked once; it is asked anew when
 * the connection that carried the news is gone, and not at all while nobody
 * watches. core/roster knows what is new.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/list.h"
#include "core/roster.h"
#include "io/loop.h"
#include "wire/message.h"

struct follow;

/* Who watches: embedded in its owner. All may come from inside any function of
 * follow, and may call follow_add and follow_remove. */
struct follow_watcher {
	/* A terminal: `news` is false while the whole list is shown, for the
	 * first time that it is known, and true for each change after it. */
	void (*terminal)(void *owner, const struct roster_entry *e, bool news);
	/* This terminal has logged in again, or is not logged in; may be
	 * NULL. Comes after the list was shown only. */
	void (*online)(void *owner, bool online);
	void *owner; /* borrowed */
	struct list link;
	bool watches;
	bool shown; /* the whole list, so far */
};

/* Asks the relay for the list and all changes; ERR_CLOSED: not logged in. */
typedef enum err follow_ask(void *owner, uint32_t *request);

/* NULL: out of memory. Borrows all. */
struct follow *follow_new(struct loop *loop, follow_ask *question, void *owner);
/* Who watches is left as it is. */
void follow_free(struct follow *f);

/* Twice is as once. */
void follow_add(struct follow *f, struct follow_watcher *w);
void follow_remove(struct follow *f, struct follow_watcher *w);

/* What is known now; NULL: nothing, as nobody watches, or no list has come.
 * Borrowed until the next turn of the loop. */
const struct roster *follow_roster(const struct follow *f);

/* What the relay says. follow_listing is false when others asked for it. */
bool follow_listing(struct follow *f, const struct message_listing *l);
void follow_presence(struct follow *f, const struct message_presence *p);
/* The connection that was asked is gone; another may stand. */
void follow_lost(struct follow *f);
/* This terminal is logged in, or is not. */
void follow_online(struct follow *f, bool online);
