/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP/1.1 server in the loop, by libmicrohttpd: requests come whole, with
 * their bodies in memory or in a file, and are answered at once or later; an
 * answer may be a stream that is written to as things happen. It knows no path
 * and no user.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "io/listen.h"
#include "io/loop.h"

enum {
	HTTP_CONNECTIONS_MAX = 512, /* more are closed at once */
	HTTP_ADDRESS_MAX = 400,	    /* the same, of one address */
	HTTP_IDLE_S = 60,	    /* that a connection may say nothing */
	/* In all: for a head, from the connection's beginning or the last
	 * answer on; for a body, from its head on and a second more for each
	 * HTTP_BODY_RATE octets that have come. Who drips is let go. */
	HTTP_PATIENCE_MS = 90000,
	HTTP_BODY_RATE = 1024,
	HTTP_STREAM_MAX = 1 << 20, /* octets that wait for one reader */
	HTTP_HEADERS_MAX = 16,	   /* that http_header adds to one answer */
};

enum http_method {
	HTTP_GET, /* and HEAD */
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OTHER,
};

struct http;
struct http_request;

struct http_handlers {
	/* The head has come. Says where the body goes, or answers already:
	 * then `whole` does not come. */
	void (*head)(void *owner, struct http_request *r);
	/* The body, too. To be answered now or later. */
	void (*whole)(void *owner, struct http_request *r);
	/* Answered in full, or broken off: the request is freed after it. One
	 * that waits for its answer is not told that its client has gone. */
	void (*gone)(void *owner, struct http_request *r);
};

struct http_config {
	const struct listen_address *address;
	const char *certificate; /* PEM; NULL: no TLS */
	const char *key;	 /* PEM */
	int64_t patience_ms;	 /* 0: HTTP_PATIENCE_MS */
};

/* Everything is borrowed, `config` until it returns. ERR_BAD: certificate and
 * key do not go together; else as listener_new. */
MUST_CHECK enum err http_new(struct loop *loop,
			     const struct http_config *config,
			     const struct http_handlers *handlers, void *owner,
			     struct http **out, struct why *why);
/* `gone` comes for each request that is left. NULL is fine. */
void http_free(struct http *h);
uint16_t http_port(const struct http *h);

/* --- a request; texts are borrowed until it is gone --- */

enum http_method http_method(const struct http_request *r);
/* "GET"; "" of HTTP_OTHER. */
const char *http_method_name(enum http_method method);
const char *http_path(const struct http_request *r);
/* NULL: there is none. */
const char *http_query(const struct http_request *r, const char *name);
const char *http_field(const struct http_request *r, const char *name);
const char *http_cookie(const struct http_request *r, const char *name);
/* The address it came from, without the port. */
const char *http_peer(const struct http_request *r);

/* For the owner's use. */
void http_set_user(struct http_request *r, void *user);
void *http_user(const struct http_request *r);

/* In `head`: where the body goes; without, one that is not empty is refused
 * with 413, as is one that is longer. */
void http_body_to_memory(struct http_request *r, size_t most);
void http_body_to_file(struct http_request *r, int fd, off_t most);

/* In memory; ended with a NUL that is not counted. "" when there is none. */
const char *http_body(const struct http_request *r, size_t *len);
/* Why a body that was to go to the file is not there in full: an errno; 0: it
 * is. */
int http_body_fault(const struct http_request *r);

/* --- its answer --- */

/* Adds a header to the answer that follows. Both are copied. */
void http_header(struct http_request *r, const char *name, const char *value);
/* `bytes` are copied. */
void http_answer(struct http_request *r, unsigned status, const char *type,
		 const void *bytes, size_t len);
/* The same, of bytes that stay as they are for ever. */
void http_answer_static(struct http_request *r, unsigned status,
			const char *type, const void *bytes, size_t len);
/* The whole of a file, from its beginning; takes `fd`. */
void http_answer_file(struct http_request *r, unsigned status, const char *type,
		      int fd);

/* Begins an answer without end; http_push adds to it. */
void http_stream(struct http_request *r, const char *type);
/* A reader who is HTTP_STREAM_MAX behind is let go: `gone` follows. */
void http_push(struct http_request *r, const void *bytes, size_t len);
/* Ends it, once what was pushed has left. */
void http_end(struct http_request *r);
