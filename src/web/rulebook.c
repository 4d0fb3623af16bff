/* SPDX-License-Identifier: Apache-2.0 */
/* The API's room for the rules of what came. */
#include <string.h>

#include "office/deliver.h"
#include "web/visit.h"

static void get_rules(struct visit *v)
{
	struct why why = { "" };
	json_t *rules = deliver_rules(v->office->deliver, &why);

	visit_answer(
		v, 200,
		json_pack("{s:o, s:s}", "rules", rules, "trouble", why.text));
}

static void change_rules(struct visit *v)
{
	const json_t *rules = json_object_get(v->in, "rules");
	struct why why = { "" };
	enum err e;

	if (!json_is_array(rules)) {
		visit_refuse(v, 400, "bad", "Say {\"rules\": [...]}.");
		return;
	}
	if (!visit_audit(v, "rules-changed", "", ""))
		return;
	e = deliver_replace_rules(v->office->deliver, rules, &why);
	if (e == OK)
		get_rules(v);
	else
		visit_fail(v, e, &why);
}

static void get_test(struct visit *v)
{
	visit_answer(v, 200, deliver_tested(v->office->deliver));
}

/* Sends a real fax to where the rule says: an administrator's wish, who need
 * not be able to read it. */
static void test_rule(struct visit *v)
{
	const char *rule = visit_text(v, "rule"), *fax = visit_text(v, "fax");
	struct why why = { "" };
	enum err e;

	if (!rule) {
		visit_refuse(v, 400, "bad", "Say {\"rule\": its name}.");
		return;
	}
	if (!visit_audit(v, "rule-tested", rule, fax ? fax : ""))
		return;
	e = deliver_test(v->office->deliver, rule, fax, &why);
	if (e == OK)
		get_test(v);
	else
		visit_fail(v, e, &why);
}

const struct visit_route rulebook_routes[] = {
	{ HTTP_GET, "rules", ROLE_ADMINISTER, VISIT_NOTHING, get_rules, 0 },
	{ HTTP_PUT, "rules", ROLE_ADMINISTER, VISIT_JSON, change_rules, 0 },
	{ HTTP_GET, "rules/test", ROLE_ADMINISTER, VISIT_NOTHING, get_test, 0 },
	{ HTTP_POST, "rules/test", ROLE_ADMINISTER, VISIT_JSON, test_rule, 0 },
	{ .path = NULL },
};
