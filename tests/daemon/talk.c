/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../io/turn.h"
#include "../store/scratch.h"

struct talk talk = { .fd = -1 };

static struct local_client client;

/* A thread of its own: it blocks. */
static void *talk_in_thread(void *owner)
{
	const char *line;
	size_t used = 0;
	bool last = talk.hang_up;

	(void)owner;
	talk.answer[0] = '\0';
	if (local_connect(&client, scratch("control")) != OK ||
	    local_send(&client, talk.line, &talk.fd, talk.fd >= 0) != OK)
		last = true;
	while (!last && local_receive(&client, &line, 20000) == OK) {
		last = strstr(line, "\"end\"") || strstr(line, "\"error\"");
		used += (size_t)snprintf(talk.answer + used,
					 sizeof(talk.answer) - used, "%s\n",
					 line);
	}
	local_close(&client);
	talk.done = true;
	return NULL;
}

const char *ask(struct loop *l, const char *line)
{
	pthread_t thread;

	snprintf(talk.line, sizeof(talk.line), "%s", line);
	for (char *c = talk.line; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	talk.done = false;
	assert_int_equal(pthread_create(&thread, NULL, talk_in_thread, NULL),
			 0);
	assert_true(turn_until(l, &talk.done));
	pthread_join(thread, NULL);
	return talk.answer;
}
