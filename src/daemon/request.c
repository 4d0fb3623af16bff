/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/request.h"

#include <stdlib.h>

#include "terminal/selection.h"

/* The last moment of the year 9999. */
static const json_int_t moment_max = 253402300799999;

enum err request_to(const json_t *in, struct intake_request *r, struct why *why)
{
	const json_t *to = json_object_get(in, "to");
	size_t count = json_is_array(to) ? json_array_size(to) : 1;
	const char **all = calloc(count + 1, sizeof(*all));

	r->to = all;
	r->to_count = count;
	if (!all)
		return ERR_MEMORY;
	for (size_t i = 0; i < count; i++) {
		const json_t *one =
			json_is_array(to) ? json_array_get(to, i) : to;

		all[i] = json_string_value(one);
		if (all[i])
			continue;
		why_set(why, "\"to\" must be an address, or several of them "
			     "in an array.");
		return ERR_BAD;
	}
	return OK;
}

enum err request_priority(const json_t *in, enum jobs_priority *out,
			  struct why *why)
{
	const char *name = json_string_value(json_object_get(in, "priority"));

	*out = name ? jobs_priority_of(name) : JOBS_NORMAL;
	if (*out < JOBS_PRIORITIES)
		return OK;
	why_set(why, "The priority must be low, normal or high.");
	return ERR_BAD;
}

enum err request_resolution(const json_t *in, enum paper_resolution *out,
			    struct why *why)
{
	const char *name = json_string_value(json_object_get(in, "resolution"));

	*out = PAPER_FINE;
	if (!name || paper_resolution_parse(name, out))
		return OK;
	why_set(why, "The resolution must be standard, fine, 300 or 400.");
	return ERR_BAD;
}

enum err request_pages(const json_t *in, const char **out, struct why *why)
{
	*out = json_string_value(json_object_get(in, "pages"));
	return *out ? selection_check(*out, why) : OK;
}

/* Absent: 0. */
static enum err read_moment(const json_t *in, const char *key, uint64_t *out,
			    struct why *why)
{
	const json_t *value = json_object_get(in, key);
	json_int_t ms = json_integer_value(value);

	*out = 0;
	if (!value)
		return OK;
	if (!json_is_integer(value) || ms < 0 || ms > moment_max) {
		why_set(why, "\"%s\" must be a time in ms since 1970.", key);
		return ERR_BAD;
	}
	*out = (uint64_t)ms;
	return OK;
}

enum err request_read(const json_t *in, struct intake_request *r,
		      struct why *why)
{
	enum err e = request_to(in, r, why);

	if (e == OK)
		e = request_resolution(in, &r->resolution, why);
	if (e == OK)
		e = request_pages(in, &r->pages, why);
	if (e == OK)
		e = request_priority(in, &r->priority, why);
	if (e == OK)
		e = read_moment(in, "not_before_ms", &r->not_before_ms, why);
	if (e == OK)
		e = read_moment(in, "give_up_ms", &r->give_up_ms, why);
	r->held = json_is_true(json_object_get(in, "held"));
	r->title = json_string_value(json_object_get(in, "title"));
	r->note = json_string_value(json_object_get(in, "note"));
	return e;
}

void request_done(struct intake_request *r)
{
	free((void *)(uintptr_t)r->to);
	r->to = NULL;
}
