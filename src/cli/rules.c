/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire rules: what is done with faxes that come, and told of failures. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "base/text.h"
#include "cli/commands.h"

enum { TEST_LOOKS = 1200, LOOK_MS = 250 };

static void gather(void *owner, const json_t *line)
{
	if (json_object_get(line, "name"))
		json_array_append_new(owner, json_deep_copy(line));
}

/* "a, b" of a list; what is said of an empty one. */
static const char *words_of(const json_t *list, const char *none, char out[60])
{
	size_t used = 0, i;
	json_t *item;

	if (json_array_size(list) == 0)
		return none;
	out[0] = '\0';
	/* The macro takes what it only reads as not const. */
	for (i = 0; i < json_array_size(list) && used < 59; i++) {
		item = json_array_get(list, i);
		used += (size_t)snprintf(out + used, 60 - used, "%s%s",
					 i > 0 ? ", " : "",
					 json_string_value(item));
	}
	text_mend_cut(out);
	return out;
}

/* Where it goes: the one field that says so. */
static const char *target_of(const json_t *rule, char out[60])
{
	static const char *const keys[] = { "printer", "folder" };

	for (size_t i = 0; i < 2; i++)
		if (json_object_get(rule, keys[i]))
			return ask_text(rule, keys[i]);
	if (json_object_get(rule, "to"))
		return words_of(json_object_get(rule, "to"), "", out);
	return words_of(json_object_get(rule, "command"), "", out);
}

static void print_rule(const json_t *rule)
{
	char who[60], number[60], target[60];
	bool off = json_is_false(json_object_get(rule, "enabled"));
	const char *digits =
		words_of(json_object_get(rule, "number"), "", number);

	printf("%-20s %-8s %-8s %s  (%s%s%s)%s%s\n", ask_text(rule, "name"),
	       ask_text(rule, "when"), ask_text(rule, "do"),
	       target_of(rule, target),
	       words_of(json_object_get(rule, "from"), "everybody", who),
	       *digits ? "; number " : "", digits,
	       json_is_true(json_object_get(rule, "last")) ? "  last" : "",
	       off ? "  OFF" : "");
}

/* Asks, and shows the rules that come. */
static int show(const struct ask_options *o, json_t *request)
{
	json_t *all = json_array();
	int code = ask_terminal(o, request, NULL, 0, ASK_MS, gather, all);

	if (code == EX_OK && o->json)
		return ask_print_json(json_pack("{s:o}", "rules", all));
	for (size_t i = 0; code == EX_OK && i < json_array_size(all); i++)
		print_rule(json_array_get(all, i));
	if (code == EX_OK && json_array_size(all) == 0)
		puts("There are no rules: faxes stay in the inbox.");
	json_decref(all);
	return code;
}

/* The list, or an object that has it, as `rules --json` prints it. */
static int set(const struct ask_options *o, const char *path)
{
	bool input = strcmp(path, "-") == 0;
	json_error_t error = { .line = -1 };
	json_t *root =
		input ? json_loadf(stdin, JSON_REJECT_DUPLICATES, &error)
		      : json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	json_t *rules = json_is_array(root)
				? json_incref(root)
				: json_incref(json_object_get(root, "rules"));

	json_decref(root);
	if (!root && error.line <= 0)
		return ask_fail(EX_NOINPUT, "Cannot read %s: %s.", path,
				strerror(errno));
	if (!root)
		return ask_fail(EX_DATAERR, "%s, line %d: %s.", path,
				error.line, error.text);
	if (!rules)
		return ask_fail(EX_DATAERR,
				"%s holds no list of rules: see faxwire(1).",
				path);
	return show(o, json_pack("{s:s, s:o}", "command", "rules-set", "rules",
				 rules));
}

static void take_test(void *owner, const json_t *line)
{
	json_t **out = owner;

	if (!json_object_get(line, "state"))
		return;
	json_decref(*out);
	*out = json_deep_copy(line);
}

static int print_test(const struct ask_options *o, json_t *result)
{
	bool done = strcmp(ask_text(result, "state"), "done") == 0;

	if (o->json)
		(void)ask_print_json(json_incref(result));
	else
		printf("%s: %s\n", done ? "It worked" : "It did not work",
		       ask_text(result, "sentence"));
	json_decref(result);
	return done ? EX_OK : EX_UNAVAILABLE;
}

static int test(const struct ask_options *o, const char *rule, const char *fax)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	json_t *result = NULL;
	int code =
		ask_terminal(o,
			     json_pack("{s:s, s:s, s:s}", "command",
				       "rules-test", "rule", rule, "fax", fax),
			     NULL, 0, ASK_MS, NULL, NULL);

	for (int i = 0; code == EX_OK && i < TEST_LOOKS; i++) {
		nanosleep(&pause, NULL);
		code = ask_terminal(
			o, json_pack("{s:s}", "command", "rules-tested"), NULL,
			0, ASK_MS, take_test, &result);
		if (strcmp(ask_text(result, "state"), "running") != 0)
			break;
	}
	if (code == EX_OK && result)
		return print_test(o, result);
	json_decref(result);
	return code;
}

int rules_command(const struct ask_options *o, const char *const *words,
		  size_t count)
{
	if (count == 0)
		return show(o, json_pack("{s:s}", "command", "rules"));
	if (count == 2 && strcmp(words[0], "set") == 0)
		return set(o, words[1]);
	if ((count == 2 || count == 3) && strcmp(words[0], "test") == 0)
		return test(o, words[1], count == 3 ? words[2] : "");
	return ask_fail(EX_USAGE, "Say: faxwire rules, faxwire rules set FILE, "
				  "or faxwire rules test NAME [FAX].");
}
