/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page and the API, as the running terminal sees them: where they listen,
 * and what they can reach. docs/api.yaml is the API.
 */
#pragma once

#include "base/err.h"
#include "core/access.h"
#include "io/loop.h"
#include "io/work.h"
#include "office/deliver.h"
#include "office/view.h"
#include "store/audit.h"
#include "store/contacts.h"
#include "store/drafts.h"
#include "store/people.h"
#include "terminal/follow.h"

/* Where it listens unless told. */
#define WEB_ADDRESS "127.0.0.1:4381"

struct web;
struct news;

/* All borrowed; they live longer than the web. */
struct web_parts {
	struct loop *loop;
	struct config *config;
	struct inbox *inbox;
	struct outbox *outbox;
	struct drafts *drafts;
	struct people *people;
	struct access *access;
	struct audit *audit;
	struct contacts *contacts;
	struct follow *follow;
	struct deliver *deliver;
	struct work *work;
	/* Membership and exchange are NULL while it is not joined. */
	const struct membership *(*membership)(void *owner);
	struct exchange *(*exchange)(void *owner);
	void (*rejoin)(void *owner);
	/* The configuration has changed. */
	void (*reconfigured)(void *owner);
	void *owner;
};

struct view_office web_office(const struct web_parts *p);

/* Listens where the configuration says, with TLS unless that is this machine
 * alone. ERR_EXISTS, ERR_DENIED, ERR_BAD with a sentence. */
MUST_CHECK enum err web_new(struct web **out, const struct web_parts *parts,
			    struct why *why);
void web_free(struct web *w);

/* "http://127.0.0.1:4381", "https://[::]:4381": where the page is. */
const char *web_address(const struct web *w);

bool web_tls(const struct web *w);
/* Whether this user looks at this fax for the first time in an hour. */
bool web_looks_anew(struct web *w, const char *user, const char *fax);
/* Who looks at the page is told through it. */
struct news *web_news(struct web *w);
