/* SPDX-License-Identifier: Apache-2.0 */
#include "office/happening.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "wire/path.h"

static void put(char *out, size_t size, const char *text)
{
	text_printable(text, strlen(text), out, size);
}

static void begin(struct happening *h, enum rules_when when, uint64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm tm;

	memset(h, 0, sizeof(*h));
	h->at_ms = at_ms;
	h->event = (struct rules_event){ .when = when,
					 .from = h->who,
					 .relay = h->relay,
					 .number = h->number,
					 .title = h->title,
					 .job = h->job,
					 .date = h->date,
					 .time = h->time,
					 .result = h->result };
	if (!localtime_r(&seconds, &tm))
		return;
	strftime(h->date, sizeof(h->date), "%Y-%m-%d", &tm);
	strftime(h->time, sizeof(h->time), "%H:%M", &tm);
}

void happening_of_fax(struct happening *h, const struct inbox_fax *f)
{
	begin(h, RULES_RECEIVED, f->received_ms);
	h->complete = f->complete;
	h->event.pages = f->pages;
	put(h->who, sizeof(h->who), f->from);
	put(h->relay, sizeof(h->relay), f->relay);
	put(h->number, sizeof(h->number), f->far_ident);
	put(h->title, sizeof(h->title), f->title);
	put(h->result, sizeof(h->result), f->result);
	text_to_hex(f->job, INBOX_JOB_SIZE, h->job);
}

void happening_of_job(struct happening *h, const struct spool_job *j)
{
	size_t len = strcspn(j->to, "@");

	begin(h, RULES_FAILED, j->finished_ms);
	h->event.pages = j->pages;
	text_printable(j->to, len, h->who, sizeof(h->who));
	put(h->relay, sizeof(h->relay), j->to[len] ? j->to + len + 1 : "");
	/* A number that was dialled; else what the far end called itself. */
	put(h->number, sizeof(h->number),
	    path_number_valid(j->to, len) ? h->who : j->far_ident);
	put(h->title, sizeof(h->title), j->title);
	put(h->result, sizeof(h->result), j->last_result);
	text_to_hex(j->id, SPOOL_ID_SIZE, h->job);
}
