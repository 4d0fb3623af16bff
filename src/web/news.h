/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens, told at once to whoever looks at the page: server-sent events
 * (WHATWG HTML section 9.2). A reader hears only what its role lets it see,
 * and only while its session stands.
 */
#pragma once

#include <jansson.h>

#include "web/web.h"

enum { NEWS_READERS_MAX = 300 };

/* NULL: memory is out. Everything is borrowed. */
struct news *news_new(const struct web_parts *parts);
/* After the last request is gone. */
void news_free(struct news *n);

/* Takes `data`, NULL is passed over. To readers with one of `roles`; `user`:
 * to nobody else than him, unless it is NULL or "". */
void news_say(struct news *n, unsigned roles, const char *user,
	      const char *event, json_t *data);

/* The usual ones. */
void news_job(struct news *n, const struct outbox_job *j);
void news_job_gone(struct news *n, const struct outbox_job *j);
void news_fax(struct news *n, json_t *fax);
/* It lies in the trash now, or is no more. */
void news_fax_gone(struct news *n, const char *name);
void news_contacts(struct news *n);
void news_status(struct news *n);
/* Sessions or tokens have ended: who listened by them hears no more. */
void news_recheck(struct news *n);
