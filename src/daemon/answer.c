/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/answer.h"

#include <stdlib.h>

void answer_say(struct local_session *s, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	if (text)
		local_reply(s, text);
	free(text);
}

void answer_end(struct local_session *s)
{
	answer_say(s, json_pack("{s:b}", "end", 1));
	local_end(s);
}

void answer_refuse(struct local_session *s, int code, const char *sentence)
{
	answer_say(s, json_pack("{s:s, s:i}", "error", sentence, "code", code));
	local_end(s);
}

void answer_fail(struct local_session *s, enum err e, const struct why *why)
{
	struct why sentence = *why;

	if (!*sentence.text)
		why_set(&sentence, "It did not work: %s.", err_text(e));
	answer_refuse(s, err_exit_code(e), sentence.text);
}
