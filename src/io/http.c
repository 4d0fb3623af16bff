/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/text.h"
#include "io/patience.h"

enum {
	MEMORY = 24 * 1024, /* of a connection: head, and a piece of body */
	BLOCK = 32 * 1024,  /* of an answer from a file */
	PIECE = 8 * 1024,   /* of a stream */
	BODY_FIRST = 4 * 1024,
	/* Of a body that nobody wants: more is not waited for. */
	DROP_MAX = 8 << 20,
};

struct http {
	struct loop *loop;		      /* borrowed */
	const struct http_handlers *handlers; /* borrowed */
	void *owner;			      /* borrowed */
	struct MHD_Daemon *daemon;	      /* owned */
	struct listener *listener;	      /* owned */
	struct watch watch;
	struct timer timer;
	struct deferred again; /* for what was resumed */
	struct list requests;
	struct patience patience;
	int64_t patience_ms;
};

/* A client's connection, while it stands. */
struct client {
	struct patience_wait wait; /* for a head, or a body */
	int64_t since_ms;	   /* a body's head came */
};

enum body_kind { BODY_NONE, BODY_MEMORY, BODY_FILE, BODY_DROPPED };

struct http_request {
	struct http *http; /* borrowed */
	struct list link;
	struct MHD_Connection *connection; /* borrowed */
	enum http_method method;
	char *path;
	char peer[LISTEN_PEER_MAX];
	void *user;
	enum body_kind body_kind;
	char *body;  /* owned; BODY_MEMORY */
	int body_fd; /* borrowed; BODY_FILE */
	int body_fault;
	off_t length, most;
	bool whole;	/* the body has come */
	bool suspended; /* libmicrohttpd leaves it alone until it is resumed */
	struct {
		char *name, *value; /* owned */
	} headers[HTTP_HEADERS_MAX];
	size_t headers_count;
	unsigned status;
	struct MHD_Response *response; /* owned until it is queued */
	bool queued;
	struct buf out; /* of a stream */
	bool broken;	/* the stream's reader is let go */
	bool ended;	/* nothing more is pushed */
};

/* --- the daemon in the loop --- */

/* When it wants to run again though nothing comes. */
static void set_timer(struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(h->daemon, &ms) == MHD_YES)
		timer_set(h->loop, &h->timer, loop_now(h->loop) + (int64_t)ms);
	else
		timer_clear(h->loop, &h->timer);
}

static void run(struct http *h)
{
	(void)MHD_run(h->daemon);
	set_timer(h);
}

static void on_ready(struct watch *w, unsigned what)
{
	(void)what;
	run(w->owner);
}

static void on_due(struct timer *t)
{
	run(t->owner);
}

static void run_again(struct deferred *d)
{
	run(d->owner);
}

static void resume(struct http_request *r)
{
	if (!r->suspended)
		return;
	r->suspended = false;
	MHD_resume_connection(r->connection);
	loop_defer(r->http->loop, &r->http->again);
}

static void suspend(struct http_request *r)
{
	r->suspended = true;
	MHD_suspend_connection(r->connection);
}

/* --- clients that take too long --- */

/* NULL: memory was out when it came. */
static struct client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void await_head(struct http *h, struct client *c)
{
	if (c)
		patience_until(&h->patience, &c->wait,
			       loop_now(h->loop) + h->patience_ms);
}

/* Of which so much has come. */
static void await_body(struct http *h, struct client *c, off_t length)
{
	if (c)
		patience_until(&h->patience, &c->wait,
			       c->since_ms + h->patience_ms +
				       length * 1000 / HTTP_BODY_RATE);
}

static void await_nothing(struct http *h, struct client *c)
{
	if (c)
		patience_over(&h->patience, &c->wait);
}

static void on_connection(void *owner, struct MHD_Connection *connection,
			  void **slot, enum MHD_ConnectionNotificationCode what)
{
	struct http *h = owner;
	struct client *c = *slot;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		await_nothing(h, c);
		free(c);
		*slot = NULL;
		return;
	}
	c = info ? calloc(1, sizeof(*c)) : NULL;
	*slot = c;
	if (!c)
		return;
	patience_wait_init(&c->wait, info->connect_fd);
	await_head(h, c);
}

/* --- a request --- */

static enum http_method method_of(const char *name)
{
	static const struct {
		const char *name;
		enum http_method method;
	} all[] = {
		{ "GET", HTTP_GET },	 { "HEAD", HTTP_GET },
		{ "POST", HTTP_POST },	 { "PUT", HTTP_PUT },
		{ "PATCH", HTTP_PATCH }, { "DELETE", HTTP_DELETE },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(name, all[i].name) == 0)
			return all[i].method;
	return HTTP_OTHER;
}

static void find_peer(struct http_request *r)
{
	static const char mapped[] = "::ffff:"; /* IPv4 on an IPv6 socket */
	const size_t skip = sizeof(mapped) - 1;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (!info ||
	    getnameinfo(info->client_addr, sizeof(struct sockaddr_in6), r->peer,
			sizeof(r->peer), NULL, 0, NI_NUMERICHOST) != 0)
		r->peer[0] = '\0';
	if (strncmp(r->peer, mapped, skip) == 0)
		memmove(r->peer, r->peer + skip, strlen(r->peer + skip) + 1);
}

static struct http_request *new_request(struct http *h,
					struct MHD_Connection *connection,
					const char *path, const char *method)
{
	struct http_request *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->http = h;
	r->connection = connection;
	r->method = method_of(method);
	r->path = strdup(path);
	r->body_fd = -1;
	buf_init(&r->out, HTTP_STREAM_MAX);
	list_append(&h->requests, &r->link);
	if (r->path)
		find_peer(r);
	return r;
}

static void free_request(struct http_request *r)
{
	list_remove(&r->link);
	for (size_t i = 0; i < r->headers_count; i++) {
		free(r->headers[i].name);
		free(r->headers[i].value);
	}
	if (r->response)
		MHD_destroy_response(r->response);
	buf_fini(&r->out);
	free(r->body);
	free(r->path);
	free(r);
}

const char *http_method_name(enum http_method method)
{
	static const char *const names[] = {
		[HTTP_GET] = "GET",	  [HTTP_POST] = "POST",
		[HTTP_PUT] = "PUT",	  [HTTP_PATCH] = "PATCH",
		[HTTP_DELETE] = "DELETE", [HTTP_OTHER] = "",
	};

	return names[method];
}

enum http_method http_method(const struct http_request *r)
{
	return r->method;
}

const char *http_path(const struct http_request *r)
{
	return r->path;
}

const char *http_query(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND,
					   name);
}

const char *http_field(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND,
					   name);
}

const char *http_cookie(const struct http_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND,
					   name);
}

const char *http_peer(const struct http_request *r)
{
	return r->peer;
}

void http_set_user(struct http_request *r, void *user)
{
	r->user = user;
}

void *http_user(const struct http_request *r)
{
	return r->user;
}

/* --- its body --- */

void http_body_to_memory(struct http_request *r, size_t most)
{
	r->body_kind = BODY_MEMORY;
	r->most = (off_t)most;
}

void http_body_to_file(struct http_request *r, int fd, off_t most)
{
	r->body_kind = BODY_FILE;
	r->body_fd = fd;
	r->most = most;
}

const char *http_body(const struct http_request *r, size_t *len)
{
	*len = r->body_kind == BODY_MEMORY ? (size_t)r->length : 0;
	return r->body ? r->body : "";
}

int http_body_fault(const struct http_request *r)
{
	return r->body_fault;
}

static void refuse_too_large(struct http_request *r)
{
	static const char sentence[] =
		"{\"error\":\"The request is larger than may be.\","
		"\"code\":\"too-large\"}";

	http_answer_static(r, MHD_HTTP_CONTENT_TOO_LARGE, "application/json",
			   sentence, sizeof(sentence) - 1);
}

/* By its own words, before any of it is read. */
static bool will_be_longer(const struct http_request *r, off_t most)
{
	const char *length = http_field(r, MHD_HTTP_HEADER_CONTENT_LENGTH);
	int64_t n;

	return length &&
	       (!text_to_number(length, 0, INT64_MAX, &n) || n > most);
}

static bool will_be_too_large(const struct http_request *r)
{
	return will_be_longer(r, r->body_kind == BODY_NONE ? 0 : r->most);
}

/* It is answered before its body has come. Who closes upon octets that he has
 * not read resets the connection, and then the answer may be lost: so they are
 * read, unless they are too many. */
static bool drop_body(struct http_request *r)
{
	const bool has = http_field(r, MHD_HTTP_HEADER_CONTENT_LENGTH) ||
			 http_field(r, MHD_HTTP_HEADER_TRANSFER_ENCODING);

	if (!has || will_be_longer(r, DROP_MAX) ||
	    http_field(r, MHD_HTTP_HEADER_EXPECT))
		return false;
	r->body_kind = BODY_DROPPED;
	r->most = DROP_MAX;
	return true;
}

static bool keep_in_memory(struct http_request *r, const char *bytes, size_t n)
{
	size_t have = (size_t)r->length, room = BODY_FIRST;
	char *body = r->body;

	/* Powers of two: it grows as it passes one. */
	while (room < have + n + 1)
		room *= 2;
	if (!body || room > BODY_FIRST)
		body = realloc(r->body, room);
	if (!body)
		return false;
	memcpy(body + have, bytes, n);
	body[have + n] = '\0';
	r->body = body;
	return true;
}

static void keep_in_file(struct http_request *r, const char *bytes, size_t n)
{
	while (n > 0 && r->body_fault == 0) {
		ssize_t written = write(r->body_fd, bytes, n);

		if (written < 0) {
			r->body_fault = errno;
		} else {
			bytes += written;
			n -= (size_t)written;
		}
	}
}

/* False: enough, the connection is closed. */
static bool take_body(struct http_request *r, const char *bytes, size_t n)
{
	if (r->body_kind == BODY_NONE || (off_t)n > r->most - r->length) {
		if (r->body_kind == BODY_DROPPED)
			return false;
		/* It had not said how long it would be. */
		refuse_too_large(r);
		r->body_kind = BODY_DROPPED;
		r->most = r->length + DROP_MAX;
	}
	if (r->body_kind == BODY_FILE)
		keep_in_file(r, bytes, n);
	else if (r->body_kind == BODY_MEMORY && !keep_in_memory(r, bytes, n))
		return false;
	r->length += (off_t)n;
	return true;
}

/* --- its answer --- */

void http_header(struct http_request *r, const char *name, const char *value)
{
	size_t i = r->headers_count;

	if (i == HTTP_HEADERS_MAX)
		return;
	r->headers[i].name = strdup(name);
	r->headers[i].value = strdup(value);
	r->headers_count++;
}

static void give(struct http_request *r, unsigned status, const char *type,
		 struct MHD_Response *response)
{
	if (!response)
		return; /* memory is out: the connection is closed */
	if (r->response || r->queued) {
		MHD_destroy_response(response);
		return;
	}
	r->status = status;
	r->response = response;
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				      type);
	for (size_t i = 0; i < r->headers_count; i++)
		if (r->headers[i].name && r->headers[i].value)
			(void)MHD_add_response_header(response,
						      r->headers[i].name,
						      r->headers[i].value);
}

static void answer_bytes(struct http_request *r, unsigned status,
			 const char *type, const void *bytes, size_t len,
			 enum MHD_ResponseMemoryMode mode)
{
	void *body = NULL;

	memcpy(&body, &bytes, sizeof(body)); /* it is only read */
	give(r, status, type, MHD_create_response_from_buffer(len, body, mode));
	resume(r);
}

void http_answer(struct http_request *r, unsigned status, const char *type,
		 const void *bytes, size_t len)
{
	answer_bytes(r, status, type, bytes, len, MHD_RESPMEM_MUST_COPY);
}

void http_answer_static(struct http_request *r, unsigned status,
			const char *type, const void *bytes, size_t len)
{
	answer_bytes(r, status, type, bytes, len, MHD_RESPMEM_PERSISTENT);
}

void http_answer_file(struct http_request *r, unsigned status, const char *type,
		      int fd)
{
	struct stat st;
	struct MHD_Response *response = NULL;

	if (fstat(fd, &st) == 0)
		response =
			MHD_create_response_from_fd64((uint64_t)st.st_size, fd);
	if (!response)
		close(fd);
	give(r, status, type, response);
	resume(r);
}

/* --- streams --- */

static ssize_t on_more(void *owner, uint64_t position, char *out, size_t room)
{
	struct http_request *r = owner;
	size_t n = buf_length(&r->out);

	(void)position;
	if (r->broken)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (n == 0 && r->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0) {
		suspend(r); /* until there is something to say */
		return 0;
	}
	if (n > room)
		n = room;
	memcpy(out, buf_front(&r->out), n);
	buf_consume(&r->out, n);
	return (ssize_t)n;
}

void http_stream(struct http_request *r, const char *type)
{
	give(r, MHD_HTTP_OK, type,
	     MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE, on_more,
					       r, NULL));
	resume(r);
}

void http_push(struct http_request *r, const void *bytes, size_t len)
{
	if (!r->broken && buf_append(&r->out, bytes, len) != OK)
		r->broken = true;
	resume(r);
}

void http_end(struct http_request *r)
{
	r->ended = true;
	resume(r);
}

/* --- what libmicrohttpd calls --- */

static enum MHD_Result queue(struct http_request *r)
{
	struct MHD_Response *response = r->response;
	enum MHD_Result result;

	r->response = NULL;
	r->queued = true;
	result = MHD_queue_response(r->connection, r->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result on_head(struct http *h, struct http_request *r)
{
	if (!r->path)
		return MHD_NO;
	h->handlers->head(h->owner, r);
	if (!r->response && will_be_too_large(r))
		refuse_too_large(r);
	return r->response && !drop_body(r) ? queue(r) : MHD_YES;
}

static enum MHD_Result on_access(void *owner, struct MHD_Connection *connection,
				 const char *path, const char *method,
				 const char *version, const char *bytes,
				 size_t *len, void **slot)
{
	struct http *h = owner;
	struct client *c = client_of(connection);
	struct http_request *r = *slot;

	(void)version;
	if (!r) {
		if (c)
			c->since_ms = loop_now(h->loop);
		await_body(h, c, 0);
		r = *slot = new_request(h, connection, path, method);
		return r ? on_head(h, r) : MHD_NO;
	}
	if (*len > 0) {
		bool fine = r->queued || take_body(r, bytes, *len);

		await_body(h, c, r->length);
		*len = 0;
		return fine ? MHD_YES : MHD_NO;
	}
	if (!r->whole) {
		await_nothing(h, c);
		r->whole = true;
		if (!r->response)
			h->handlers->whole(h->owner, r);
		if (!r->response)
			suspend(r);
	}
	return r->response ? queue(r) : MHD_YES;
}

static void on_completed(void *owner, struct MHD_Connection *connection,
			 void **slot, enum MHD_RequestTerminationCode how)
{
	struct http *h = owner;
	struct http_request *r = *slot;

	(void)how;
	await_head(h, client_of(connection));
	if (!r)
		return;
	*slot = NULL;
	h->handlers->gone(h->owner, r);
	free_request(r);
}

static void on_accepted(void *owner, int fd, const struct listen_peer *p)
{
	struct http *h = owner;
	struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
	socklen_t len = sizeof(from);

	(void)p;
	if (getpeername(fd, (struct sockaddr *)&from, &len) != 0) {
		close(fd);
		return;
	}
	/* Over a limit it closes the descriptor itself. */
	(void)MHD_add_connection(h->daemon, fd, (struct sockaddr *)&from, len);
	run(h);
}

/* %00 must not end a path or a value before its end: it becomes a sign that
 * no name has. */
static size_t unescape(void *owner, struct MHD_Connection *connection,
		       char *text)
{
	size_t len = MHD_http_unescape(text);

	(void)owner;
	(void)connection;
	for (size_t i = 0; i < len; i++)
		if (!text[i])
			text[i] = '\x7f';
	return len;
}

/* --- making and unmaking --- */

static struct MHD_Daemon *start(struct http *h, const struct http_config *c)
{
	const bool tls = c->certificate;
	const struct MHD_OptionItem with_tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0,
		  (void *)(uintptr_t)c->certificate },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)c->key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		  (void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:"
				      "+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };

	return MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
			MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0U),
		0, NULL, NULL, on_access, h, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
		MHD_OPTION_UNESCAPE_CALLBACK, unescape, h,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTP_ADDRESS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_S,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY,
		tls ? with_tls : none, MHD_OPTION_END);
}

static enum err open_all(struct http *h, const struct http_config *c,
			 struct why *why)
{
	const union MHD_DaemonInfo *info;

	h->daemon = start(h, c);
	if (!h->daemon && c->certificate) {
		why_set(why, "The page's certificate and its key do not go "
			     "together, or are no PEM.");
		return ERR_BAD;
	}
	if (!h->daemon)
		return ERR_MEMORY;
	info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	h->watch = (struct watch){ .fd = info->epoll_fd,
				   .interest = LOOP_READ,
				   .ready = on_ready,
				   .owner = h };
	if (loop_watch(h->loop, &h->watch) != OK) {
		h->watch.fd = -1;
		return ERR_MEMORY;
	}
	return listener_new(h->loop, c->address, on_accepted, h, &h->listener,
			    why);
}

enum err http_new(struct loop *loop, const struct http_config *config,
		  const struct http_handlers *handlers, void *owner,
		  struct http **out, struct why *why)
{
	struct http *h = calloc(1, sizeof(*h));
	enum err e;

	if (!h)
		return ERR_MEMORY;
	h->loop = loop;
	h->handlers = handlers;
	h->owner = owner;
	h->watch.fd = -1;
	h->timer = (struct timer){ .due = on_due, .owner = h };
	h->again = (struct deferred){ .run = run_again, .owner = h };
	list_init(&h->again.link);
	list_init(&h->requests);
	h->patience_ms = config->patience_ms > 0 ? config->patience_ms
						 : HTTP_PATIENCE_MS;
	patience_init(&h->patience, loop, h->patience_ms / 10 + 1);
	e = open_all(h, config, why);
	if (e != OK) {
		http_free(h);
		return e;
	}
	*out = h;
	return OK;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	listener_free(h->listener);
	if (h->watch.fd >= 0)
		loop_unwatch(h->loop, &h->watch);
	timer_clear(h->loop, &h->timer);
	/* It does not stop while one of them is suspended. */
	for (struct list *l = h->requests.next; l != &h->requests; l = l->next)
		resume(list_entry(l, struct http_request, link));
	loop_undefer(&h->again);
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	patience_fini(&h->patience);
	free(h);
}

uint16_t http_port(const struct http *h)
{
	return listener_port(h->listener);
}
