/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/setupcmd.h"

#include <stdio.h>
#include <string.h>

#include "base/role.h"
#include "daemon/answer.h"
#include "office/logbook.h"

static void list(const struct setupcmd_rooms *rooms, struct local_session *s)
{
	json_t *all = config_settings(rooms->config), *one;
	size_t i;

	json_array_foreach(all, i, one) answer_say(s, json_incref(one));
	json_decref(all);
	answer_end(s);
}

/* Which, and not to what: one of them may hold a password. */
static enum err note(const struct setupcmd_rooms *rooms, const json_t *changes,
		     struct why *why)
{
	char keys[200] = "";
	size_t used = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)changes, key,
			    value) if (used < sizeof(keys)) used +=
		(size_t)snprintf(keys + used, sizeof(keys) - used, "%s%s",
				 used > 0 ? ", " : "", key);
	return logbook_note(rooms->audit, ROLE_LOCAL, "settings-changed", keys,
			    "", why);
}

static void set(const struct setupcmd_rooms *rooms, struct local_session *s,
		const json_t *in)
{
	const json_t *changes = json_object_get(in, "settings");
	struct why why = { "" };
	enum err e = config_may_change(rooms->config, changes, &why);

	if (e == OK)
		e = note(rooms, changes, &why);
	if (e == OK)
		e = config_change(rooms->config, changes, &why);
	if (e != OK) {
		answer_fail(s, e, &why);
		return;
	}
	rooms->reconfigured(rooms->owner);
	list(rooms, s);
}

bool setupcmd_run(const struct setupcmd_rooms *rooms, struct local_session *s,
		  const json_t *in)
{
	const char *name = json_string_value(json_object_get(in, "command"));

	if (name && strcmp(name, "settings") == 0)
		list(rooms, s);
	else if (name && strcmp(name, "settings-set") == 0)
		set(rooms, s, in);
	else
		return false;
	return true;
}
