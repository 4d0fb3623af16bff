/* SPDX-License-Identifier: Apache-2.0 */
#include "print.h"

#include <ctype.h>
#include <stdio.h>

#include "table.h"

static const char *const line_words[LINE_EVENTS] = {
	[LINE_OPENED] = "OPENED",    [LINE_SAID] = "SAID",
	[LINE_PROVEN] = "PROVEN",    [LINE_UNPROVEN] = "UNPROVEN",
	[LINE_DIAL] = "DO_DIAL",     [LINE_ACCEPT] = "DO_ACCEPT",
	[LINE_REFUSE] = "DO_REFUSE", [LINE_HANG_UP] = "DO_HANG_UP",
	[LINE_LEAVE] = "DO_LEAVE",
};

static const char *const session_words[TABLE_SESSION_EVENTS] = {
	[SESSION_OPENED] = "OPENED",   [TABLE_LOGIN_MORE] = "LOGIN_MORE",
	[TABLE_LOGIN_OK] = "LOGIN_OK", [TABLE_LOGIN_BAD] = "LOGIN_BAD",
	[TABLE_LOST] = "LOST",	       [TABLE_LATE] = "LATE",
	[TABLE_STALLED] = "STALLED",   [TABLE_DISABLED] = "DISABLED",
};

static const char *const roles[TABLE_ROLES] = { "SELF", "MATE", "THIRD" };
static const char *const numbers[] = { "NONE", "OWN", "HEARD" };

static void print_upper(const char *prefix, const char *name)
{
	printf("%s", prefix);
	for (; *name; name++)
		putchar(toupper((unsigned char)*name));
}

static void print_line_event(enum line_event e)
{
	unsigned type = 0;

	if (line_words[e]) {
		printf("%s", line_words[e]);
		return;
	}
	while (line_event_of((enum message_type)type) != e)
		type++;
	printf("%s", message_name((uint8_t)type));
}

static void print_session_event(unsigned e)
{
	unsigned type = 0;

	if (session_words[e]) {
		printf("%s", session_words[e]);
		return;
	}
	while (session_event_of((enum message_type)type) !=
	       (enum session_event)e)
		type++;
	printf("%s", message_name((uint8_t)type));
}

/* What a line tells its user is not modelled. */
static void print_line_deeds(const struct table_row *row)
{
	for (unsigned i = 0; i < row->count; i++) {
		const struct table_deed *d = &row->deeds[i];

		if (d->kind == EFFECT_SEND)
			printf(" say(%s, %s);", message_name((uint8_t)d->type),
			       numbers[d->number]);
		else if (d->kind == EFFECT_CLOSE)
			printf(" hang_up();");
		else if (d->kind == EFFECT_LOGIN)
			printf(" log_in();");
	}
	printf(" skip\n");
}

static void print_session_deeds(const struct table_row *row)
{
	static const char *const orders[EFFECT_KINDS] = {
		[EFFECT_CLOSE] = "SHUT",
		[EFFECT_JOIN] = "JOIN",
		[EFFECT_DISCARD] = "DISCARD",
		[EFFECT_FORBID] = "FORBID",
	};

	for (unsigned i = 0; i < row->count; i++) {
		const struct table_deed *d = &row->deeds[i];

		if (d->kind == EFFECT_SEND)
			printf(" tell(%s, %s, %s);", roles[d->role],
			       message_name((uint8_t)d->type),
			       numbers[d->number]);
		else if (d->kind == EFFECT_LOGIN)
			printf(" check_login();");
		else
			printf(" order(%s, %s);", orders[d->kind],
			       roles[d->role]);
	}
	printf(" skip\n");
}

/* --- lines --- */

static void print_line_row(enum line_state s, enum line_event e, int same)
{
	struct table_row row = table_line(s, e, same != 0);

	if (!row.legal)
		return;
	print_upper("\t:: s == LINE_", line_state_name(s));
	printf(" && e == ");
	print_line_event(e);
	if (same >= 0)
		printf(" && %s", same ? "same" : "!same");
	printf(" ->");
	if (row.next[TABLE_SELF] != (int)s) {
		print_upper(
			" next_is(LINE_",
			line_state_name((enum line_state)row.next[TABLE_SELF]));
		printf(");");
	}
	if (row.asks)
		printf(" ask_anew();");
	if (row.call != TABLE_OWN)
		printf(" call_is(%s);", numbers[row.call]);
	print_line_deeds(&row);
}

static void print_line_rule(enum line_state s, enum line_event e)
{
	struct table_row yes = table_line(s, e, true);
	struct table_row no = table_line(s, e, false);

	if (!table_line_varies(e) || table_equal(&yes, &no)) {
		print_line_row(s, e, -1);
		return;
	}
	print_line_row(s, e, 1);
	print_line_row(s, e, 0);
}

/* --- sessions --- */

/* Those that stay as they were are not named. */
static void print_nexts(const struct table_row *row)
{
	static const char *const names[TABLE_ROLES] = { "own", "mate",
							"third" };

	for (unsigned role = 0; role < TABLE_ROLES; role++) {
		int next = row->next[role];

		if (next == row->before[role])
			continue;
		printf(" %s(", names[role]);
		print_upper(
			"SESSION_",
			next == TABLE_UNKNOWN
				? "gone"
				: session_state_name((enum session_state)next));
		printf(");");
	}
}

static void print_session_row(enum session_state s, unsigned e, bool same,
			      bool varies)
{
	struct table_row row;

	if (!table_session(s, e, same, &row) || !row.legal)
		return;
	print_upper("\t:: s == SESSION_", session_state_name(s));
	printf(" && e == ");
	print_session_event(e);
	if (varies)
		printf(" && %s", same ? "same" : "!same");
	printf(" ->");
	print_nexts(&row);
	print_session_deeds(&row);
}

static void print_session_rule(enum session_state s, unsigned e)
{
	if (!table_session_differs(s, e)) {
		print_session_row(s, e, false, false);
		return;
	}
	print_session_row(s, e, true, true);
	print_session_row(s, e, false, true);
}

static void print_words(void)
{
	printf("mtype:line = {");
	for (unsigned s = 0; s < LINE_STATES; s++)
		print_upper(s ? ", LINE_" : " LINE_",
			    line_state_name((enum line_state)s));
	printf(" }\nmtype:session = { SESSION_GONE");
	for (unsigned s = 0; s < SESSION_STATES; s++)
		print_upper(", SESSION_",
			    session_state_name((enum session_state)s));
	printf(" }\nmtype = { CLOSED");
	for (unsigned type = 0; type < 256; type++)
		if (message_senders((uint8_t)type))
			printf(", %s", message_name((uint8_t)type));
	for (unsigned e = 0; e < LINE_EVENTS; e++)
		if (line_words[e])
			printf(", %s", line_words[e]);
	for (unsigned e = SESSION_EVENTS; e < TABLE_SESSION_EVENTS; e++)
		printf(", %s", session_words[e]);
	printf(" }\n\n");
}

/* A link never carries a call: it is left out. */
void print_promela(void)
{
	printf("/* Made from src/core by model/promela.c. */\n");
	print_words();
	printf("inline line_rule(s, e, same)\n{\n\tif\n");
	for (unsigned s = 0; s < LINE_STATES; s++)
		for (unsigned e = 0; e < LINE_EVENTS; e++)
			if (s != LINE_LINK && e != LINE_PROVEN_LINK)
				print_line_rule((enum line_state)s,
						(enum line_event)e);
	printf("\t:: else -> violation(s, e)\n\tfi\n}\n\n");
	printf("inline session_rule(s, e, same)\n{\n\tif\n");
	for (unsigned s = 0; s < SESSION_STATES; s++)
		for (unsigned e = 0; e < TABLE_SESSION_EVENTS; e++)
			if (s != SESSION_LINK)
				print_session_rule((enum session_state)s, e);
	printf("\t:: else -> violation(s, e)\n\tfi\n}\n");
}
