/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/rulecmd.h"

#include <string.h>

#include "base/role.h"
#include "daemon/answer.h"
#include "office/logbook.h"

/* One request, while it is answered. */
struct request {
	struct deliver *deliver;
	struct audit *audit;
	struct local_session *session;
	const json_t *in;
};

static const char *text_of(const struct request *r, const char *key)
{
	const char *text = json_string_value(json_object_get(r->in, key));

	return text ? text : "";
}

static void run_list(const struct request *r)
{
	struct why why = { "" };
	json_t *rules = deliver_rules(r->deliver, &why);
	json_t *rule;
	size_t i;

	if (!rules || *why.text) {
		json_decref(rules);
		answer_fail(r->session, rules ? ERR_BAD : ERR_MEMORY, &why);
		return;
	}
	json_array_foreach(rules, i, rule)
		answer_say(r->session, json_incref(rule));
	json_decref(rules);
	answer_end(r->session);
}

static void run_set(const struct request *r)
{
	const json_t *rules = json_object_get(r->in, "rules");
	struct why why = { "" };
	enum err e = logbook_note(r->audit, ROLE_LOCAL, "rules-changed", "", "",
				  &why);

	if (e == OK)
		e = deliver_replace_rules(r->deliver, rules, &why);
	if (e == OK)
		run_list(r);
	else
		answer_fail(r->session, e, &why);
}

static void run_test(const struct request *r)
{
	const char *rule = text_of(r, "rule"), *fax = text_of(r, "fax");
	struct why why = { "" };
	enum err e = logbook_note(r->audit, ROLE_LOCAL, "rule-tested", rule,
				  fax, &why);

	if (e == OK)
		e = deliver_test(r->deliver, rule, fax, &why);
	if (e == OK)
		answer_end(r->session);
	else
		answer_fail(r->session, e, &why);
}

static void run_tested(const struct request *r)
{
	answer_say(r->session, deliver_tested(r->deliver));
	answer_end(r->session);
}

bool rulecmd_run(struct deliver *d, struct audit *a, struct local_session *s,
		 const json_t *in)
{
	static const struct {
		const char *name;
		void (*run)(const struct request *r);
	} commands[] = {
		{ "rules", run_list },
		{ "rules-set", run_set },
		{ "rules-test", run_test },
		{ "rules-tested", run_tested },
	};
	const struct request r = { d, a, s, in };
	const char *name = text_of(&r, "command");

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name) != 0)
			continue;
		commands[i].run(&r);
		return true;
	}
	return false;
}
