/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control channel between a program and its commands: a Unix socket,
 * requests and replies of one line each, with descriptors passed along. Only
 * the program's own user and root get an answer. It knows no command.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

enum {
	LOCAL_LINE_MAX = 64 * 1024,
	LOCAL_FDS_MAX = 16, /* passed with one request */
	LOCAL_SESSIONS_MAX = 64,
};

/* --- the program's side --- */

struct local_server;
struct local_session;

struct local_handlers {
	/* A request, without its newline. The handler owns the descriptors. */
	void (*on_request)(void *owner, struct local_session *s,
			   const char *line, const int *fds, size_t n);
	/* The session is gone, whoever closed it. */
	void (*on_gone)(void *owner, struct local_session *s);
};

/* Replaces what a dead program left; ERR_EXISTS when one answers there. */
MUST_CHECK enum err local_listen(struct loop *loop, const char *path,
				 const struct local_handlers *handlers,
				 void *owner, struct local_server **out,
				 struct why *why);
/* Closes all sessions (on_gone comes) and removes the socket. */
void local_free(struct local_server *l);

/* Sends one line (without newline); a reader that does not read is dropped:
 * on_gone follows. May be called any number of times for one request. */
void local_reply(struct local_session *s, const char *line);
/* Lets what was said leave, then closes. on_gone follows. */
void local_end(struct local_session *s);

/* For the owner's use. */
void local_set_user(struct local_session *s, void *user);
void *local_user(const struct local_session *s);

/* --- the command's side: blocking --- */

struct local_client {
	int fd;
	size_t used;
	size_t taken; /* of `used`, by lines returned before */
	char bytes[LOCAL_LINE_MAX + 1];
};

/* ERR_MISSING: nothing listens there. */
MUST_CHECK enum err local_connect(struct local_client *c, const char *path);
MUST_CHECK enum err local_send(struct local_client *c, const char *line,
			       const int *fds, size_t n);
/* The next line, borrowed until the next call. ERR_CLOSED, ERR_TIMEOUT. */
MUST_CHECK enum err local_receive(struct local_client *c, const char **line,
				  int timeout_ms);
void local_close(struct local_client *c);
