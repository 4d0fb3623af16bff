/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/rulecmd.h"

#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* Takes the object. */
static void say(struct local_session *s, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (text)
		local_reply(s, text);
	free(text);
}

static void finish(struct local_session *s)
{
	say(s, json_pack("{s:b}", "end", 1));
	local_end(s);
}

static void refuse(struct local_session *s, enum err e, const struct why *why)
{
	say(s, json_pack("{s:s, s:i}", "error",
			 *why->text ? why->text : err_text(e), "code",
			 err_exit_code(e)));
	local_end(s);
}

static void run_list(struct deliver *d, struct local_session *s,
		     const json_t *in)
{
	struct why why = { "" };
	json_t *rules = deliver_rules(d, &why);
	json_t *rule;
	size_t i;

	(void)in;
	if (!rules || *why.text) {
		json_decref(rules);
		refuse(s, rules ? ERR_BAD : ERR_MEMORY, &why);
		return;
	}
	json_array_foreach(rules, i, rule) say(s, json_incref(rule));
	json_decref(rules);
	finish(s);
}

static void run_set(struct deliver *d, struct local_session *s,
		    const json_t *in)
{
	struct why why = { "" };
	enum err e =
		deliver_replace_rules(d, json_object_get(in, "rules"), &why);

	if (e == OK)
		run_list(d, s, in);
	else
		refuse(s, e, &why);
}

static void run_test(struct deliver *d, struct local_session *s,
		     const json_t *in)
{
	const char *rule = json_string_value(json_object_get(in, "rule"));
	const char *fax = json_string_value(json_object_get(in, "fax"));
	struct why why = { "" };
	enum err e = deliver_test(d, rule ? rule : "", fax ? fax : "", &why);

	if (e == OK)
		finish(s);
	else
		refuse(s, e, &why);
}

static void run_tested(struct deliver *d, struct local_session *s,
		       const json_t *in)
{
	(void)in;
	say(s, deliver_tested(d));
	finish(s);
}

bool rulecmd_run(struct deliver *d, struct local_session *s, const json_t *in)
{
	static const struct {
		const char *name;
		void (*run)(struct deliver *, struct local_session *,
			    const json_t *);
	} commands[] = {
		{ "rules", run_list },
		{ "rules-set", run_set },
		{ "rules-test", run_test },
		{ "rules-tested", run_tested },
	};
	const char *name = json_string_value(json_object_get(in, "command"));

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!name || strcmp(name, commands[i].name) != 0)
			continue;
		commands[i].run(d, s, in);
		return true;
	}
	return false;
}
