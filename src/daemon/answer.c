/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

enum { COPY_CHUNK = 1 << 20 };

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

bool answer_is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

enum err answer_copy(int from, int to)
{
	ssize_t n;

	do
		n = sendfile(to, from, NULL, COPY_CHUNK);
	while (n > 0);
	return n == 0 ? OK : err_from_errno(errno);
}
