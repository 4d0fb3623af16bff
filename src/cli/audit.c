/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log: listed by the terminal, checked without it. */
#include <stdio.h>
#include <sysexits.h>

#include "base/text.h"
#include "cli/commands.h"
#include "store/audit.h"
#include "trust/secret.h"

enum { PAGE = 1000 };

/* What has been told so far, the newest first. */
struct telling {
	json_t *all; /* NULL: it is printed */
	long long before, left;
	bool some; /* in this page */
};

static void print_entry(const json_t *line)
{
	const char *detail = ask_text(line, "detail");
	char when[32];

	printf("%6lld  %s  %-16s %-16s %s%s%s\n", ask_number(line, "number"),
	       ask_time(ask_number(line, "at_ms"), when),
	       ask_text(line, "user"), ask_text(line, "action"),
	       ask_text(line, "what"), *detail ? ": " : "", detail);
}

static void take_entry(void *owner, const json_t *line)
{
	struct telling *t = owner;

	if (!json_object_get(line, "number"))
		return;
	t->some = true;
	t->before = ask_number(line, "number");
	t->left--;
	if (t->all)
		json_array_append_new(t->all, json_deep_copy(line));
	else
		print_entry(line);
}

static int list(const struct ask_options *o)
{
	struct telling t = { .all = o->json ? json_array() : NULL,
			     .left = o->count,
			     .some = true };
	int code = EX_OK;

	while (code == EX_OK && t.some && t.left > 0) {
		t.some = false;
		code = ask_terminal(
			o,
			json_pack("{s:s, s:I, s:I}", "command", "audit",
				  "before", (json_int_t)t.before, "limit",
				  (json_int_t)(t.left < PAGE ? t.left : PAGE)),
			NULL, 0, ASK_MS, take_entry, &t);
	}
	if (o->json && code == EX_OK)
		return ask_print_json(json_pack("{s:o}", "entries", t.all));
	json_decref(t.all);
	return code;
}

static int check(const struct ask_options *o)
{
	const struct audit_digest digest = { secret_digest };
	struct audit_finding f;
	char hex[2 * AUDIT_DIGEST_SIZE + 1], count[32];
	struct why why = { "" };
	enum err e = audit_check(o->home, digest, &f, &why);

	if (e != OK)
		return ask_fail(err_exit_code(e), "%s",
				*why.text ? why.text : err_text(e));
	text_to_hex(f.digest, sizeof(f.digest), hex);
	if (o->json)
		return ask_print_json(json_pack(
			"{s:I, s:I, s:I, s:s}", "entries",
			(json_int_t)f.entries, "first", (json_int_t)f.first,
			"last", (json_int_t)f.last, "digest", hex));
	if (f.entries == 0) {
		printf("The audit log is empty.\n");
		return EX_OK;
	}
	printf("The audit log is whole: %s, numbers %llu to %llu.\n"
	       "The last one's digest is %s: note it, and what comes later "
	       "cannot change what is there now.\n",
	       f.entries == 1 ? "1 entry"
			      : (snprintf(count, sizeof(count), "%llu entries",
					  (unsigned long long)f.entries),
				 count),
	       (unsigned long long)f.first, (unsigned long long)f.last, hex);
	return EX_OK;
}

int audit_command(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	(void)words;
	if (count > 0)
		return ask_fail(EX_USAGE,
				"faxwire audit takes no further words.");
	return o->check ? check(o) : list(o);
}
