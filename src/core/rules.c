/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/header.h"
#include "base/text.h"
#include "core/pattern.h"

static const char *const whens[] = { "received", "failed" };
static const char *const deeds[] = { "mail", "print", "folder", "program" };
static const char *const attaches[] = { "pdf", "tiff", "nothing" };
static const char *const states[] = { "waiting", "done", "failed" };

static unsigned find(const char *const *names, unsigned count, const char *name)
{
	unsigned i = 0;

	while (i < count && strcmp(names[i], name) != 0)
		i++;
	return i;
}

const char *rules_when_name(enum rules_when w)
{
	return whens[w];
}

enum rules_when rules_when_of(const char *name)
{
	return (enum rules_when)find(whens, RULES_WHENS, name);
}

const char *rules_deed_name(enum rules_deed d)
{
	return deeds[d];
}

enum rules_deed rules_deed_of(const char *name)
{
	return (enum rules_deed)find(deeds, RULES_DEEDS, name);
}

const char *rules_attach_name(enum rules_attach a)
{
	return attaches[a];
}

enum rules_attach rules_attach_of(const char *name)
{
	return (enum rules_attach)find(attaches, RULES_ATTACHES, name);
}

const char *rules_state_name(enum rules_state s)
{
	return states[s];
}

enum rules_state rules_state_of(const char *name)
{
	return (enum rules_state)find(states, RULES_STATES, name);
}

void rules_init(struct rules_rule *r, enum rules_when when,
		enum rules_deed deed)
{
	memset(r, 0, sizeof(*r));
	r->when = when;
	r->deed = deed;
	r->enabled = true;
	/* The pages of a job that failed may be gone. */
	r->attach = when == RULES_FAILED ? RULES_NOTHING : RULES_PDF;
	r->seconds = 60;
	snprintf(r->mode, sizeof(r->mode), "640");
	snprintf(r->file, sizeof(r->file), "{date}-{time}-{from}-{job}.pdf");
}

/* --- texts --- */

/* The value of the word of `len` octets; NULL: it is none of ours. */
static const char *value_of(const char *word, size_t len,
			    const struct rules_event *e, char pages[16])
{
	const struct {
		const char *word;
		const char *value;
	} values[] = {
		{ "from", e->from },   { "to", e->from },
		{ "relay", e->relay }, { "number", e->number },
		{ "pages", pages },    { "date", e->date },
		{ "time", e->time },   { "title", e->title },
		{ "job", e->job },     { "result", e->result },
	};

	snprintf(pages, 16, "%u", e->pages);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		if (strlen(values[i].word) == len &&
		    memcmp(values[i].word, word, len) == 0)
			return values[i].value ? values[i].value : "";
	return NULL;
}

/* What a template is made of, one after the other. */
struct piece {
	const char *text;
	size_t len;
	bool foreign;
};

/* Takes the next piece off *at; false: the end, or (then **at is no NUL) a
 * brace that makes no sense. */
static bool next_piece(const char **at, const struct rules_event *e,
		       char pages[16], struct piece *p)
{
	const char *text = *at;
	size_t len = strcspn(text, "{");

	if (len > 0) {
		*p = (struct piece){ text, len, false };
		*at += len;
		return true;
	}
	if (text[0] == '{' && text[1] == '{') {
		*p = (struct piece){ text, 1, false };
		*at += 2;
		return true;
	}
	if (text[0] == '\0')
		return false;
	len = strcspn(text + 1, "}");
	if (text[1 + len] == '\0')
		return false;
	p->text = value_of(text + 1, len, e, pages);
	if (!p->text)
		return false;
	p->len = strlen(p->text);
	p->foreign = true;
	*at += len + 2;
	return true;
}

/* False: the template has a word that we do not know. */
static bool fill(const char *text, const struct rules_event *e, char *out,
		 size_t size)
{
	struct piece p;
	char pages[16];
	size_t used = 0;

	while (next_piece(&text, e, pages, &p)) {
		size_t room = size - used;

		if (p.foreign)
			(void)text_printable(p.text, p.len, out + used, room);
		else
			snprintf(out + used, room, "%.*s", (int)p.len, p.text);
		used += strlen(out + used);
	}
	out[used] = '\0';
	text_mend_cut(out);
	return *text == '\0';
}

void rules_fill(const char *text, const struct rules_event *e, char *out,
		size_t size)
{
	(void)fill(text, e, out, size);
}

static bool has_ending(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && strcmp(name + n - m, ending) == 0;
}

void rules_file_name(const char *text, const struct rules_event *e,
		     char out[RULES_FILE_MAX + 1])
{
	const char *ending = has_ending(text, ".tif") ? ".tif" : ".pdf";
	char whole[2 * RULES_TEXT_MAX];
	size_t len;

	rules_fill(text, e, whole, sizeof(whole));
	len = strlen(whole);
	if (len >= strlen(ending) &&
	    strcmp(whole + len - strlen(ending), ending) == 0)
		whole[len - strlen(ending)] = '\0';
	whole[RULES_FILE_MAX - strlen(ending)] = '\0';
	text_mend_cut(whole);
	/* What a share of another system would not take; a time is hh-mm. */
	for (char *p = whole; (p = strpbrk(p, ":/\\*?\"<>|"));)
		*p = (char)(*p == ':' ? '-' : '_');
	/* No dot file, and nothing that a command takes for an option. */
	if (whole[0] == '\0')
		snprintf(whole, sizeof(whole), "_");
	if (whole[0] == '.' || whole[0] == '-')
		whole[0] = '_';
	snprintf(out, RULES_FILE_MAX + 1, "%.*s%s", RULES_FILE_MAX - 4, whole,
		 ending);
}

const char *rules_subject(const struct rules_rule *r)
{
	if (*r->subject)
		return r->subject;
	if (r->when == RULES_FAILED)
		return r->attach == RULES_NOTHING
			       ? "A fax could not be sent"
			       : "The fax to {to} could not be sent";
	return r->attach == RULES_NOTHING ? "A fax has come"
					  : "Fax from {from}, pages: {pages}";
}

const char *rules_body(const struct rules_rule *r)
{
	if (*r->body)
		return r->body;
	if (r->when == RULES_FAILED)
		return "The fax that was to go to {to} was given up on {date} "
		       "at {time}.\n\nWhy:    {result}\n"
		       "Pages:  {pages}\nJob:    {job}\n";
	if (r->attach == RULES_NOTHING)
		return "A fax came on {date} at {time}. It lies in the inbox "
		       "of the fax terminal.\n";
	return "A fax came on {date} at {time}.\n\nFrom:   {from} {number}\n"
	       "Title:  {title}\nPages:  {pages}\nResult: {result}\n"
	       "Job:    {job}\n";
}

/* --- checking --- */

static bool fault(const struct rules_rule *r, const char *field,
		  const char *what, struct why *why)
{
	char name[RULES_NAME_MAX + 1];

	text_printable(r->name, strlen(r->name), name, sizeof(name));
	why_set(why, "The rule \"%s\": %s: %s", name, field, what);
	return false;
}

static bool check_name(const struct rules_rule *r, struct why *why)
{
	char shown[RULES_NAME_MAX + 1];

	text_printable(r->name, strlen(r->name), shown, sizeof(shown));
	if (*r->name && strcmp(shown, r->name) == 0)
		return true;
	return fault(r, "name",
		     "every rule needs a name of its own, of printable "
		     "characters.",
		     why);
}

static bool number_valid(const char *pattern)
{
	size_t len = strspn(pattern, "0123456789+ -()./");

	return len <= strlen(pattern) && *pattern &&
	       (pattern[len] == '\0' || strcmp(pattern + len, "*") == 0);
}

static bool check_patterns(const struct rules_rule *r, struct why *why)
{
	for (size_t i = 0; i < r->from.count; i++)
		if (!pattern_valid(r->from.items[i]))
			return fault(r, "from",
				     "a pattern is a user ID, ID@RELAY or a "
				     "number, or the beginning of one and *.",
				     why);
	for (size_t i = 0; i < r->number.count; i++)
		if (!number_valid(r->number.items[i]))
			return fault(r, "number",
				     "a pattern is digits, and * at the end "
				     "if more may follow.",
				     why);
	return true;
}

static bool text_valid(const char *text)
{
	static const struct rules_event nothing = { .when = RULES_RECEIVED };
	char out[8];

	return fill(text, &nothing, out, sizeof(out));
}

static const char words[] =
	"only {from}, {to}, {relay}, {number}, {pages}, {date}, {time}, "
	"{title}, {job} and {result} are filled in; write {{ for a brace.";

static bool check_mail(const struct rules_rule *r, struct why *why)
{
	if (r->to.count == 0)
		return fault(r, "to", "a mail needs an address.", why);
	for (size_t i = 0; i < r->to.count; i++)
		if (!header_address_valid(r->to.items[i]))
			return fault(r, "to",
				     "an address is written "
				     "name@host.example, without a name "
				     "before it.",
				     why);
	if (!text_valid(r->subject))
		return fault(r, "subject", words, why);
	if (strpbrk(r->subject, "\r\n"))
		return fault(r, "subject", "it must be one line.", why);
	if (!text_valid(r->body))
		return fault(r, "body", words, why);
	return true;
}

static bool plain_word(const char *text)
{
	char shown[RULES_PATH_MAX + 1];

	text_printable(text, strlen(text), shown, sizeof(shown));
	return strcmp(shown, text) == 0 && *text != '-';
}

static bool check_print(const struct rules_rule *r, struct why *why)
{
	if (!*r->printer || !plain_word(r->printer) ||
	    strpbrk(r->printer, " /#"))
		return fault(r, "printer",
			     "it is the name of a printer as lpstat -a shows "
			     "it.",
			     why);
	if (!plain_word(r->server))
		return fault(r, "server", "it is HOST or HOST:PORT.", why);
	return true;
}

static bool check_folder(const struct rules_rule *r, struct why *why)
{
	size_t octal = strspn(r->mode, "01234567");

	if (r->folder[0] != '/' || !plain_word(r->folder))
		return fault(r, "folder",
			     "it is a path that begins with a slash.", why);
	if (!has_ending(r->file, ".pdf") && !has_ending(r->file, ".tif"))
		return fault(r, "file", "it must end in .pdf or .tif.", why);
	if (strpbrk(r->file, "/\\\r\n"))
		return fault(r, "file",
			     "it is a name in the folder, without slashes.",
			     why);
	if (!text_valid(r->file))
		return fault(r, "file", words, why);
	if (octal != 3 || r->mode[3] != '\0')
		return fault(r, "mode", "it is three octal digits, as 640.",
			     why);
	return true;
}

static bool check_program(const struct rules_rule *r, struct why *why)
{
	if (r->command.count == 0 || r->command.items[0][0] != '/')
		return fault(r, "command",
			     "it is a list of words, the first of which is "
			     "the program's path and begins with a slash.",
			     why);
	if (r->seconds < 1 || r->seconds > RULES_SECONDS_MAX)
		return fault(r, "seconds", "it is 1 to 3600.", why);
	return true;
}

bool rules_check(const struct rules_rule *r, struct why *why)
{
	static bool (*const checks[])(const struct rules_rule *,
				      struct why *) = {
		[RULES_MAIL] = check_mail,
		[RULES_PRINT] = check_print,
		[RULES_FOLDER] = check_folder,
		[RULES_PROGRAM] = check_program,
	};

	if (!check_name(r, why) || !check_patterns(r, why))
		return false;
	if (r->when == RULES_FAILED &&
	    (r->deed == RULES_PRINT || r->deed == RULES_FOLDER))
		return fault(r, "do",
			     "of a fax that could not be sent only mail and "
			     "program can tell.",
			     why);
	return checks[r->deed](r, why);
}

static bool same_list(const struct rules_list *a, const struct rules_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

bool rules_same_terms(const struct rules_rule *a, const struct rules_rule *b)
{
	return a->when == b->when && a->enabled == b->enabled &&
	       same_list(&a->from, &b->from) &&
	       same_list(&a->number, &b->number);
}

/* --- meeting --- */

static bool from_meets(const char *pattern, const struct rules_event *e)
{
	return pattern_meets(pattern, e->from, e->relay);
}

/* The digits of a number as people write it, up to a `*`. */
static size_t digits_of(const char *text, char *out, size_t size)
{
	size_t used = 0;

	for (; *text && *text != '*' && used + 1 < size; text++)
		if (*text >= '0' && *text <= '9')
			out[used++] = *text;
	out[used] = '\0';
	return used;
}

static bool number_meets(const char *pattern, const struct rules_event *e)
{
	char want[RULES_ITEM_MAX + 1], is[RULES_ITEM_MAX + 1];
	size_t len = digits_of(pattern, want, sizeof(want));
	size_t is_len = digits_of(e->number ? e->number : "", is, sizeof(is));

	if (strchr(pattern, '*'))
		return is_len >= len && memcmp(want, is, len) == 0;
	return is_len == len && len > 0 && memcmp(want, is, len) == 0;
}

static bool list_meets(const struct rules_list *l, const struct rules_event *e,
		       bool (*meets)(const char *, const struct rules_event *))
{
	for (size_t i = 0; i < l->count; i++)
		if (meets(l->items[i], e))
			return true;
	return l->count == 0;
}

bool rules_meets(const struct rules_rule *r, const struct rules_event *e)
{
	return r->enabled && r->when == e->when &&
	       list_meets(&r->from, e, from_meets) &&
	       list_meets(&r->number, e, number_meets);
}

size_t rules_choose(const struct rules_rule *const *rules, size_t count,
		    const struct rules_event *e, size_t out[RULES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < count && n < RULES_MAX; i++) {
		if (!rules_meets(rules[i], e))
			continue;
		out[n++] = i;
		if (rules[i]->last)
			break;
	}
	return n;
}

/* --- trying again --- */

static int64_t pause_of(uint32_t attempts, uint32_t random)
{
	int64_t wait = RULES_FIRST_MS;

	for (uint32_t i = 1; i < attempts && wait < RULES_MOST_MS; i++)
		wait *= 2;
	if (wait > RULES_MOST_MS)
		wait = RULES_MOST_MS;
	return wait + (int64_t)(random % (uint32_t)(wait / 4 + 1));
}

struct rules_verdict rules_ended(enum rules_outcome outcome, uint32_t attempts,
				 int64_t give_up_ms, uint32_t random,
				 int64_t now)
{
	struct rules_verdict v = { .state = RULES_GIVEN_UP };

	if (outcome == RULES_WELL)
		v.state = RULES_DONE;
	if (outcome == RULES_WELL || outcome == RULES_NEVER ||
	    (outcome == RULES_FAULT && attempts >= RULES_FAULTS_MAX))
		return v;
	v.at_ms = now + pause_of(attempts, random);
	if (v.at_ms < give_up_ms)
		v.state = RULES_WAITING;
	return v;
}
