/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { WORDS_MAX = 64, UNSET = -1 };

/* A word as it is, or one of:
 *   %n %m  a node's name      %w  any word       %d  a number
 *   %t     a time (50ms, 2s, 3min)               %q %s  quantity and sign
 *   a/b    either word */
static const struct form {
	const char *words;
	enum scenario_kind kind;
} forms[] = {
	{ "seed %d", SCENARIO_SEED },
	{ "delay %t to %t", SCENARIO_DELAY },
	{ "mail %t", SCENARIO_MAIL },
	{ "page %t to %t", SCENARIO_PAGE },
	{ "faults %d percent", SCENARIO_FAULTS },
	{ "%n sends %d page/pages to %m", SCENARIO_SENDS },
	{ "%n cancels", SCENARIO_CANCELS },
	{ "%n dials %m", SCENARIO_DIALS },
	{ "%n hangs up", SCENARIO_HANGS_UP },
	{ "%n crashes", SCENARIO_CRASHES },
	{ "%n crashes when %w", SCENARIO_CRASHES_WHEN },
	{ "%n starts", SCENARIO_STARTS },
	{ "%n restarts", SCENARIO_RESTARTS },
	{ "%n stops", SCENARIO_STOPS },
	{ "%n logs out", SCENARIO_LOGS_OUT },
	{ "%n logs in", SCENARIO_LOGS_IN },
	{ "%n moves", SCENARIO_MOVES },
	{ "%n drains", SCENARIO_DRAINS },
	{ "cut %n", SCENARIO_CUT },
	{ "cut %n silently", SCENARIO_CUT_SILENTLY },
	{ "block %n", SCENARIO_BLOCK },
	{ "unblock %n", SCENARIO_UNBLOCK },
	{ "slow %n %t", SCENARIO_SLOW },
	{ "fill %n", SCENARIO_FILL },
	{ "empty %n", SCENARIO_EMPTY },
	{ "fault %n", SCENARIO_FAULT },
	{ "disable %n", SCENARIO_DISABLE },
	{ "enable %n", SCENARIO_ENABLE },
	{ "heal", SCENARIO_HEAL },
	{ "settle", SCENARIO_SETTLE },
	{ "count anew", SCENARIO_COUNT },
	{ "expect %n online", SCENARIO_ONLINE },
	{ "expect %n offline", SCENARIO_OFFLINE },
	{ "expect %q of %n %s %w", SCENARIO_EXPECT_OF },
	{ "expect %q %s %w", SCENARIO_EXPECT },
};

/* One statement's words; they point into the parser's copy of the text. */
struct words {
	char *at[WORDS_MAX];
	size_t count;
};

struct parser {
	struct scenario *scenario;
	struct why *why;
	int line;
	int64_t at_us;
	bool timed; /* the line has an `at` */
};

static enum err fail(struct parser *p, const char *what, const char *word)
{
	why_set(p->why, "%s:%d: %s%s%s", p->scenario->name, p->line, what,
		*word ? ": " : "", word);
	return ERR_BAD;
}

/* --- values --- */

static bool read_time(const char *word, int64_t *us)
{
	static const struct {
		const char *unit;
		int64_t us;
	} units[] = {
		{ "us", 1 },
		{ "ms", 1000 },
		{ "s", 1000000 },
		{ "min", 60000000 },
	};
	size_t digits = strspn(word, "0123456789");
	char number[16];

	if (digits == 0 || digits >= sizeof(number))
		return false;
	memcpy(number, word, digits);
	number[digits] = '\0';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(word + digits, units[i].unit) != 0)
			continue;
		if (!text_to_number(number, 0, 1000000000, us))
			return false;
		*us *= units[i].us;
		return true;
	}
	return false;
}

static bool is_sign(const char *word)
{
	return strcmp(word, "=") == 0 || strcmp(word, "<") == 0 ||
	       strcmp(word, ">") == 0 || strcmp(word, "<=") == 0 ||
	       strcmp(word, ">=") == 0;
}

static bool one_of(const char *form, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (const char *end = form + len; form < end;) {
		size_t part = strcspn(form, "/ ");

		if (part == n && strncmp(form, word, n) == 0)
			return true;
		form += part + 1;
	}
	return false;
}

static bool take(struct scenario_statement *s, char kind, const char *word)
{
	switch (kind) {
	case 'n':
		return text_copy(s->node, sizeof(s->node), word);
	case 'm':
	case 'w':
		return text_copy(s->other, sizeof(s->other), word);
	case 'q':
		return text_copy(s->what, sizeof(s->what), word);
	case 's':
		return is_sign(word) &&
		       text_copy(s->sign, sizeof(s->sign), word);
	case 'd':
		return text_to_number(word, 0, 1000000, &s->number);
	case 't':
		return read_time(word,
				 &s->time_us[s->time_us[0] == UNSET ? 0 : 1]);
	default:
		return false;
	}
}

/* --- one statement --- */

static bool matches(const char *form, const struct words *w,
		    struct scenario_statement *s)
{
	size_t i = 0;

	while (*form) {
		size_t len = strcspn(form, " ");

		if (i == w->count)
			return false;
		if (*form == '%' ? !take(s, form[1], w->at[i])
				 : !one_of(form, len, w->at[i]))
			return false;
		i++;
		form += len + (form[len] == ' ');
	}
	return i == w->count;
}

static enum err add(struct parser *p, const struct scenario_statement *s)
{
	struct scenario *all = p->scenario;

	if (all->count == SCENARIO_STATEMENTS_MAX)
		return fail(p, "too many statements", "");
	all->statements[all->count] = *s;
	all->statements[all->count++].line = p->line;
	return OK;
}

static enum err parse_form(struct parser *p, const struct words *w)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct scenario_statement s = { .kind = forms[i].kind,
						.at_us = p->at_us,
						.time_us = { UNSET, UNSET } };

		if (!matches(forms[i].words, w, &s))
			continue;
		if (s.kind < SCENARIO_SETUP_END && p->timed)
			return fail(p, "this must stand before any time",
				    w->at[0]);
		return add(p, &s);
	}
	return fail(p, "this is no statement", w->at[0]);
}

/* --- relays and terminals --- */

static bool read_flag(struct scenario_statement *s, const char *word)
{
	if (strcmp(word, "online") == 0)
		s->online = true;
	else if (strcmp(word, "offline") == 0)
		s->offline = true;
	else if (strcmp(word, "silent") == 0)
		s->silent = true;
	else if (strcmp(word, "refusing") == 0)
		s->refuse = true;
	else
		return false;
	return true;
}

static bool read_option(struct scenario_statement *s, const char *word,
			const char *value)
{
	const struct {
		const char *word;
		int64_t *us;
	} times[] = {
		{ "far", &s->far_us },	   { "keepalive", &s->keepalive_us },
		{ "ring", &s->ring_us },   { "stall", &s->stall_us },
		{ "drain", &s->drain_us }, { "clock", &s->clock_us },
	};

	if (strcmp(word, "as") == 0)
		return text_copy(s->account, sizeof(s->account), value);
	if (strcmp(word, "also") == 0)
		return text_copy(s->also, sizeof(s->also), value);
	if (strcmp(word, "number") == 0)
		return text_copy(s->phone, sizeof(s->phone), value);
	if (strcmp(word, "spares") == 0)
		return text_to_number(value, 0, 64, &s->spares);
	if (strcmp(word, "lines") == 0)
		return text_to_number(value, 0, 64, &s->lines);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		if (strcmp(times[i].word, word) == 0)
			return read_time(value, times[i].us);
	return false;
}

/* name of a relay, name@relay of a terminal, relay-relay of a link */
static enum err add_node(struct parser *p, struct scenario_statement *s,
			 char *name)
{
	char *relay = strchr(name, s->kind == SCENARIO_LINK ? '-' : '@');

	if ((relay != NULL) == (s->kind == SCENARIO_RELAY))
		return fail(p,
			    "a terminal is name@relay, a relay a name, a link "
			    "relay-relay",
			    name);
	if (relay)
		*relay++ = '\0';
	if (!text_copy(s->node, sizeof(s->node), name) ||
	    !text_copy(s->other, sizeof(s->other), relay ? relay : ""))
		return fail(p, "this name is too long", name);
	return add(p, s);
}

/* name {, name} option... */
static enum err parse_nodes(struct parser *p, struct words *w,
			    enum scenario_kind kind)
{
	struct scenario_statement s = { .kind = kind,
					.spares = UNSET,
					.lines = UNSET,
					.keepalive_us = UNSET,
					.ring_us = UNSET,
					.stall_us = UNSET,
					.drain_us = UNSET,
					.clock_us = 0 };
	size_t names = 1;
	enum err e = OK;

	if (p->timed)
		return fail(p, "this must stand before any time", w->at[0]);
	while (2 * names + 1 < w->count && strcmp(w->at[2 * names], ",") == 0)
		names++;
	if (w->count < 2)
		return fail(p, "a name is missing", "");
	for (size_t i = 2 * names; i < w->count; i++) {
		if (read_flag(&s, w->at[i]))
			continue;
		if (i + 1 == w->count ||
		    !read_option(&s, w->at[i], w->at[i + 1]))
			return fail(p, "this is no option", w->at[i]);
		i++;
	}
	for (size_t i = 0; e == OK && i < names; i++)
		e = add_node(p, &s, w->at[2 * i + 1]);
	return e;
}

static enum err parse_statement(struct parser *p, char *text)
{
	struct words w = { .count = 0 };
	char *state;

	for (char *t = strtok_r(text, " \t\r", &state); t;
	     t = strtok_r(NULL, " \t\r", &state)) {
		if (w.count == WORDS_MAX)
			return fail(p, "too many words", "");
		w.at[w.count++] = t;
	}
	if (w.count == 0)
		return OK;
	if (strcmp(w.at[0], "relay") == 0)
		return parse_nodes(p, &w, SCENARIO_RELAY);
	if (strcmp(w.at[0], "terminal") == 0)
		return parse_nodes(p, &w, SCENARIO_TERMINAL);
	if (strcmp(w.at[0], "link") == 0)
		return parse_nodes(p, &w, SCENARIO_LINK);
	return parse_form(p, &w);
}

/* --- lines --- */

static enum err take_time(struct parser *p, char **line)
{
	char *at = *line + strspn(*line, " \t");
	char *word, *end;

	p->timed = strncmp(at, "at ", 3) == 0;
	if (!p->timed)
		return OK;
	word = at + 3 + strspn(at + 3, " \t");
	end = word + strcspn(word, " \t");
	*line = *end ? end + 1 : end;
	*end = '\0';
	return read_time(word, &p->at_us) ? OK
					  : fail(p, "this is no time", word);
}

static enum err parse_line(struct parser *p, char *line)
{
	char *state;
	enum err e;

	line[strcspn(line, "#")] = '\0';
	e = take_time(p, &line);
	for (char *t = strtok_r(line, ";", &state); e == OK && t;
	     t = strtok_r(NULL, ";", &state))
		e = parse_statement(p, t);
	return e;
}

/* Each comma becomes a word of its own. */
static char *copy_apart(const char *text)
{
	char *copy = malloc(3 * strlen(text) + 1);
	char *out = copy;

	if (!copy)
		abort();
	for (; *text; text++) {
		if (*text == ',')
			*out++ = ' ';
		*out++ = *text;
		if (*text == ',')
			*out++ = ' ';
	}
	*out = '\0';
	return copy;
}

/* Insertion sort: stable, and the text is nearly in order. */
static void sort(struct scenario *s)
{
	for (size_t i = 1; i < s->count; i++) {
		struct scenario_statement one = s->statements[i];
		size_t k = i;

		for (; k > 0 && s->statements[k - 1].at_us > one.at_us; k--)
			s->statements[k] = s->statements[k - 1];
		s->statements[k] = one;
	}
}

enum err scenario_parse(struct scenario *s, const char *name, const char *text,
			struct why *why)
{
	struct parser p = { .scenario = s, .why = why };
	char *copy = copy_apart(text);
	char *next = copy;
	enum err e = OK;

	s->name = name;
	s->count = 0;
	while (e == OK && next) {
		char *line = strsep(&next, "\n");

		p.line++;
		e = parse_line(&p, line);
	}
	free(copy);
	sort(s);
	return e;
}
