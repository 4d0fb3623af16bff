/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "io/random.h"
#include "wire/path.h"

uint64_t intake_give_up(const struct config *config, uint64_t not_before_ms,
			uint64_t now_ms)
{
	uint64_t from = not_before_ms > now_ms ? not_before_ms : now_ms;

	return from + (uint64_t)config->give_up_h * 3600000;
}

uint64_t intake_put_off(const struct config *config, const struct spool_job *j,
			uint64_t not_before_ms, uint64_t now_ms)
{
	uint64_t now_from =
		j->not_before_ms > now_ms ? j->not_before_ms : now_ms;
	uint64_t then_from = not_before_ms > now_ms ? not_before_ms : now_ms;

	if (j->give_up_ms <= now_from) /* it is over in this moment */
		return intake_give_up(config, not_before_ms, now_ms);
	return then_from + (j->give_up_ms - now_from);
}

static enum err check_to(const struct intake_request *r, struct why *why)
{
	if (r->to_count == 0) {
		why_set(why, "Say who shall get the fax: there is no "
			     "recipient.");
		return ERR_BAD;
	}
	if (r->to_count > INTAKE_TO_MAX) {
		why_set(why,
			"One fax can go to %d recipients at most: send it in "
			"parts.",
			INTAKE_TO_MAX);
		return ERR_LIMIT;
	}
	for (size_t i = 0; i < r->to_count; i++) {
		const char *to = r->to[i];
		char shown[60];

		if (path_address_valid(to, strlen(to)))
			continue;
		why_set(why,
			"The recipient \"%s\" is no user ID (1 to 32 of a-z, "
			"0-9, dot, dash and underscore), no ID@RELAY and no "
			"number (+ and digits).",
			text_printable(to, strlen(to), shown, sizeof(shown)));
		return ERR_BAD;
	}
	return OK;
}

static enum err check(const struct intake_request *r, uint64_t now_ms,
		      struct why *why)
{
	if (r->give_up_ms > 0 &&
	    (r->give_up_ms <= now_ms || r->give_up_ms <= r->not_before_ms)) {
		why_set(why, "The fax is to be given up before it may go: "
			     "choose a later time.");
		return ERR_BAD;
	}
	if (r->note &&
	    strlen(r->note) >= sizeof(((struct spool_job *)0)->note)) {
		why_set(why, "The note is too long: 400 octets are the most.");
		return ERR_LIMIT;
	}
	return check_to(r, why);
}

/* The last file names the fax: a cover page comes first. */
static const char *title_of(const struct intake_request *r)
{
	const char *name, *slash;

	if (r->title && *r->title)
		return r->title;
	if (r->count == 0)
		return "";
	name = r->files[r->count - 1].name;
	slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

static void copy_text(const char *from, char *to, size_t size)
{
	text_printable(from ? from : "", from ? strlen(from) : 0, to, size);
}

/* All but whom it is for. */
static void fill(const struct config *config, const struct intake_request *r,
		 uint64_t now_ms, struct spool_job *j)
{
	memset(j, 0, sizeof(*j));
	if (r->batch)
		memcpy(j->batch, r->batch, sizeof(j->batch));
	else
		random_bytes(j->batch, sizeof(j->batch));
	copy_text(title_of(r), j->title, sizeof(j->title));
	copy_text(r->note, j->note, sizeof(j->note));
	copy_text(r->user, j->user, sizeof(j->user));
	snprintf(j->priority, sizeof(j->priority), "%s",
		 jobs_priority_name(r->priority));
	snprintf(j->state, sizeof(j->state), "%s",
		 jobs_state_name(JOBS_QUEUED));
	j->created_ms = now_ms;
	j->not_before_ms = r->not_before_ms;
	j->next_try_ms = r->not_before_ms;
	j->held_ms = r->held ? now_ms : 0;
	j->give_up_ms =
		r->give_up_ms > 0
			? r->give_up_ms
			: intake_give_up(config, r->not_before_ms, now_ms);
}

static bool is_named_before(const struct intake_request *r, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(r->to[i], r->to[at]) == 0)
			return true;
	return false;
}

enum err intake_records(const struct config *config,
			const struct intake_request *r, uint64_t now_ms,
			struct spool_job **out, size_t *count, struct why *why)
{
	enum err e = check(r, now_ms, why);
	struct spool_job first, *all;
	size_t n = 0;

	if (e != OK)
		return e;
	all = calloc(r->to_count, sizeof(*all));
	if (!all)
		return ERR_MEMORY;
	fill(config, r, now_ms, &first);
	for (size_t i = 0; i < r->to_count; i++) {
		struct spool_job *j = &all[n];

		if (is_named_before(r, i))
			continue;
		*j = first;
		random_bytes(j->id, sizeof(j->id));
		(void)text_copy(j->to, sizeof(j->to), r->to[i]);
		n++;
	}
	*out = all;
	*count = n;
	return OK;
}
