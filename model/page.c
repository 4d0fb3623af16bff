/* SPDX-License-Identifier: Apache-2.0 */
#include "print.h"

#include <stdio.h>
#include <string.h>

#include "table.h"
#include "wire/reason.h"

static const char *const line_words[LINE_EVENTS] = {
	[LINE_OPENED] = "TLS stands",
	[LINE_SAID] = "its login has a word to say",
	[LINE_PROVEN] = "the relay proved itself",
	[LINE_PROVEN_LINK] = "the relay proved itself, on a link",
	[LINE_GOT_NEWS] = "LINK to NEED",
	[LINE_UNPROVEN] = "the relay did not prove itself",
	[LINE_DIAL] = "its user calls",
	[LINE_ACCEPT] = "its user accepts",
	[LINE_REFUSE] = "its user refuses",
	[LINE_HANG_UP] = "its user hangs up",
	[LINE_LEAVE] = "its user leaves",
};

static const char *const session_words[TABLE_SESSION_EVENTS] = {
	[SESSION_OPENED] = "TLS stands",
	[SESSION_GOT_NEWS] = "LINK to NEED",
	[TABLE_LOGIN_MORE] = "the login goes on",
	[TABLE_LOGIN_OK] = "the login is right",
	[TABLE_LOGIN_BAD] = "the login is wrong",
	[TABLE_LOST] = "the connection is gone",
	[TABLE_LATE] = "its deadline",
	[TABLE_STALLED] = "nothing moves",
	[TABLE_DISABLED] = "its account is disabled",
};

static const char *const news_words[] = {
	[LINE_NO_NEWS] = "",
	[LINE_UP] = "up",
	[LINE_DENIED] = "denied",
	[LINE_RING] = "rings",
	[LINE_TALK] = "talk",
	[LINE_OVER] = "call over",
	[LINE_CROSSED] = "rings; request lost",
	[LINE_FREE] = "free",
	[LINE_BYE] = "sent away",
	[LINE_BROKEN] = "broken",
};

/* What is printed one after another in a cell. */
static const char *separator;

static void item(const char *text)
{
	printf("%s%s", separator, text);
	separator = ", ";
}

static void print_message(const struct table_deed *d)
{
	item(message_name((uint8_t)d->type));
	if (d->reason > 0)
		printf(" (%s)", reason_name((uint16_t)d->reason));
	if (d->number == TABLE_HEARD)
		printf(" *");
}

static void print_deed(const struct table_deed *d)
{
	static const char *const to[TABLE_ROLES] = {
		"", " to the other side", " to the one that is free"
	};
	static const char *const whose[TABLE_ROLES] = { "its", "the other's",
							"the free one's" };

	switch ((unsigned)d->kind) {
	case EFFECT_SEND:
		print_message(d);
		printf("%s", to[d->role]);
		break;
	case EFFECT_CLOSE:
		item("closes");
		break;
	case EFFECT_JOIN:
		item("joins");
		break;
	case EFFECT_DISCARD:
		item("drops ");
		printf("%s DATA", whose[d->role]);
		break;
	case EFFECT_FORBID:
		item("forbids its DATA");
		break;
	case EFFECT_LOGIN:
		item("asks its login");
		break;
	default: /* LISTING and PRESENCE, for its user */
		item("passes it on");
		break;
	}
}

static void print_deeds(const struct table_row *row, const char *news)
{
	separator = "";
	printf(" | ");
	for (unsigned i = 0; i < row->count; i++)
		print_deed(&row->deeds[i]);
	if (news[0] != '\0')
		item(news);
}

static const char *heard(unsigned type)
{
	return message_name((uint8_t)type);
}

/* --- the terminal's end --- */

static const char *line_event_name(enum line_event e)
{
	unsigned type = 0;

	if (line_words[e])
		return line_words[e];
	while (line_event_of((enum message_type)type) != e)
		type++;
	return heard(type);
}

static const char *line_choice(enum line_event e, bool same)
{
	if (e == LINE_GOT_HELLO)
		return same ? ", our version" : ", another version";
	if (e == LINE_GOT_CANCEL)
		return same ? ", its call" : ", another call";
	return same ? ", its request" : ", another request";
}

static void print_line_row(enum line_state s, enum line_event e, bool same,
			   const char *choice)
{
	struct table_row row = table_line(s, e, same);
	enum line_state next = (enum line_state)row.next[TABLE_SELF];

	if (!row.legal)
		return;
	printf("| `%s` | %s%s", line_state_name(s), line_event_name(e), choice);
	print_deeds(&row, news_words[row.news]);
	if (next == s)
		printf(" | — |\n");
	else
		printf(" | `%s` |\n", line_state_name(next));
}

static void print_line_rule(enum line_state s, enum line_event e)
{
	struct table_row yes = table_line(s, e, true);
	struct table_row no = table_line(s, e, false);

	if (!table_line_varies(e) || table_equal(&yes, &no)) {
		print_line_row(s, e, true, "");
		return;
	}
	print_line_row(s, e, true, line_choice(e, true));
	print_line_row(s, e, false, line_choice(e, false));
}

/* --- the relay's end --- */

static const char *session_event_name(unsigned e)
{
	unsigned type = 0;

	if (session_words[e])
		return session_words[e];
	while (session_event_of((enum message_type)type) !=
	       (enum session_event)e)
		type++;
	return heard(type);
}

static const char *session_choice(unsigned e, bool same)
{
	switch (e) {
	case SESSION_GOT_CONNECT:
		return same ? ", somebody is free" : ", nobody is";
	case SESSION_GOT_BYE:
	case TABLE_LOST:
		return same ? ", another is free" : ", no other is";
	case TABLE_LATE:
		return same ? ", the older place is gone"
			    : ", the older place answered";
	default:
		return same ? ", its call" : ", another call";
	}
}

static void print_next(const struct table_row *row)
{
	static const char *const who[TABLE_ROLES] = { "", "the other: ",
						      "the free one: " };
	separator = "";
	printf(" | ");
	for (unsigned role = 0; role < TABLE_ROLES; role++) {
		int next = row->next[role];

		if (next == row->before[role])
			next = TABLE_UNKNOWN;
		if (role == TABLE_SELF && next == TABLE_UNKNOWN)
			item(row->next[role] == TABLE_UNKNOWN ? "gone" : "—");
		if (next == TABLE_UNKNOWN)
			continue;
		item(who[role]);
		printf("`%s`", session_state_name((enum session_state)next));
	}
	printf(" |\n");
}

static void print_session_row(enum session_state s, unsigned e, bool same,
			      const char *choice)
{
	struct table_row row;

	if (!table_session(s, e, same, &row) || !row.legal)
		return;
	printf("| `%s` | %s%s", session_state_name(s), session_event_name(e),
	       choice);
	print_deeds(&row, "");
	print_next(&row);
}

static void print_session_rule(enum session_state s, unsigned e)
{
	if (!table_session_differs(s, e)) {
		print_session_row(s, e, false, "");
		return;
	}
	print_session_row(s, e, true, session_choice(e, true));
	print_session_row(s, e, false, session_choice(e, false));
}

void print_page(void)
{
	printf("# What each end does, state by state\n\n"
	       "Made from the program by `build/model/states page`; a test "
	       "holds "
	       "this page against it.\n"
	       "[protocol.md](protocol.md) section 6 is the same for people "
	       "who write a terminal; what is not\n"
	       "here is a violation. A message marked * carries the number "
	       "that "
	       "was heard, any other its\n"
	       "speaker's own.\n\n"
	       "## The terminal's end\n\n"
	       "| state | what comes | does | next |\n"
	       "| --- | --- | --- | --- |\n");
	for (unsigned s = 0; s < LINE_STATES; s++)
		for (unsigned e = 0; e < LINE_EVENTS; e++)
			print_line_rule((enum line_state)s, (enum line_event)e);
	printf("\n## The relay's end\n\n"
	       "*The other* is the other side of the call; *the free one* an "
	       "idle connection of the callee.\n"
	       "DATA of a call that stands is passed on before it comes "
	       "here.\n\n"
	       "| state | what comes | does | next |\n"
	       "| --- | --- | --- | --- |\n");
	for (unsigned s = 0; s < SESSION_STATES; s++)
		for (unsigned e = 0; e < TABLE_SESSION_EVENTS; e++)
			print_session_rule((enum session_state)s, e);
}
