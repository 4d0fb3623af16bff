/* SPDX-License-Identifier: Apache-2.0 */
#include "io/dial.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

/* curl has two connections under way at most, and its resolver's bell. */
enum { WATCHES = 8 };

struct dial {
	struct loop *loop; /* borrowed */
	CURLM *multi;
	CURL *easy;
	struct watch watches[WATCHES]; /* fd -1: free */
	struct timer timer;	       /* curl's */
	struct deferred over;	       /* tells `done` */
	bool is_over;
	char host[300]; /* "host, port n": for sentences */
	struct proxy proxy;
	void (*done)(void *owner, int fd, const char *sentence);
	void *owner; /* borrowed */
};

static void release(struct dial *d)
{
	/* Before curl closes them: a descriptor that is shared with the one
	 * handed out would stay in the loop. */
	for (int i = 0; i < WATCHES; i++) {
		if (d->watches[i].fd >= 0)
			loop_unwatch(d->loop, &d->watches[i]);
		d->watches[i].fd = -1;
	}
	timer_clear(d->loop, &d->timer);
	loop_undefer(&d->over);
	if (d->multi && d->easy)
		curl_multi_remove_handle(d->multi, d->easy);
	curl_easy_cleanup(d->easy);
	curl_multi_cleanup(d->multi);
	free(d);
}

/* --- what went wrong, in words --- */

/* RFC 1928 section 6 and RFC 1929 section 2, as curl tells them. */
static const char *socks_fault(long code, bool has_user)
{
	switch (code) {
	case CURLPX_USER_REJECTED:
	case CURLPX_REQUEST_FAILED:
		return "it does not take this user name and password";
	case CURLPX_NO_AUTH:
		return has_user ? "it does not take this user name and password"
				: "it asks for a user name and password: put "
				  "USER:PASSWORD@ before its host";
	case CURLPX_REPLY_NOT_ALLOWED:
		return "it does not allow this connection: ask its "
		       "administrator to allow the relay's host and port";
	case CURLPX_RESOLVE_HOST:
	case CURLPX_REPLY_HOST_UNREACHABLE:
	case CURLPX_REPLY_NETWORK_UNREACHABLE:
	case CURLPX_REPLY_TTL_EXPIRED:
		return "it cannot reach the relay's host";
	case CURLPX_REPLY_CONNECTION_REFUSED:
		return "it was refused by the relay's host: nothing answers "
		       "there on this port";
	case CURLPX_REPLY_GENERAL_SERVER_FAILURE:
		return "it could not make the connection";
	default:
		return "it did not answer as a SOCKS5 proxy does";
	}
}

/* The status of a CONNECT, RFC 9110 section 15. */
static const char *http_fault(long status, bool has_user)
{
	if (status == 407)
		return has_user ? "it does not take this user name and password"
				: "it asks for a user name and password: put "
				  "USER:PASSWORD@ before its host";
	if (status == 403 || status == 405)
		return "it does not allow this connection: ask its "
		       "administrator to allow CONNECT to the relay's host "
		       "and port";
	if (status >= 500)
		return "it cannot reach the relay's host";
	if (status > 0)
		return "it did not make the connection";
	return "it ended the connection before it was made";
}

static void explain_proxy(const struct dial *d, CURLcode code, char *out,
			  size_t size)
{
	long socks = CURLPX_OK, status = 0;
	const char *fault;

	if (code == CURLE_PROXY) {
		curl_easy_getinfo(d->easy, CURLINFO_PROXY_ERROR, &socks);
		fault = socks_fault(socks, d->proxy.has_user);
	} else {
		curl_easy_getinfo(d->easy, CURLINFO_HTTP_CONNECTCODE, &status);
		fault = http_fault(status, d->proxy.has_user);
	}
	if (status > 0)
		snprintf(out, size, "the proxy %s: %s (HTTP status %ld)",
			 d->proxy.name, fault, status);
	else
		snprintf(out, size, "the proxy %s: %s", d->proxy.name, fault);
}

/* What stands between us and the host: the proxy, if there is one. */
static void explain(const struct dial *d, CURLcode code, char *out, size_t size)
{
	bool proxied = *d->proxy.url != '\0';
	const char *fault;
	long number = 0;

	switch ((int)code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		snprintf(out, size, "its name is not known");
		return;
	case CURLE_COULDNT_RESOLVE_PROXY:
		snprintf(out, size, "the name of the proxy %s is not known",
			 d->proxy.name);
		return;
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(d->easy, CURLINFO_OS_ERRNO, &number);
		fault = number ? strerror((int)number) : "no answer";
		if (proxied)
			snprintf(out, size, "the proxy %s: %s", d->proxy.name,
				 fault);
		else
			snprintf(out, size, "%s", fault);
		return;
	case CURLE_OPERATION_TIMEDOUT:
		if (proxied)
			snprintf(out, size, "no answer through the proxy %s",
				 d->proxy.name);
		else
			snprintf(out, size, "no answer");
		return;
	case CURLE_URL_MALFORMAT:
		snprintf(out, size, "this is no name of a host");
		return;
	case CURLE_OUT_OF_MEMORY:
		snprintf(out, size, "out of memory");
		return;
	default:
		if (proxied)
			explain_proxy(d, code, out, size);
		else
			snprintf(out, size, "%s", curl_easy_strerror(code));
	}
}

/* --- the end --- */

/* A descriptor of our own of the connection that curl made; -1. */
static int take_socket(const struct dial *d)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (curl_easy_getinfo(d->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK)
		return -1;
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		(void)fcntl(fd, F_SETFL, O_NONBLOCK | fcntl(fd, F_GETFL));
	return fd;
}

static void on_over(struct deferred *deferred)
{
	struct dial *d = deferred->owner;
	void (*done)(void *, int, const char *) = d->done;
	void *owner = d->owner;
	CURLcode code = CURLE_OUT_OF_MEMORY;
	char what[450], sentence[800];
	int left, fd = -1;
	CURLMsg *m = curl_multi_info_read(d->multi, &left);

	if (m && m->msg == CURLMSG_DONE)
		code = m->data.result;
	if (code == CURLE_OK) {
		fd = take_socket(d);
		code = CURLE_OUT_OF_MEMORY;
	}
	explain(d, code, what, sizeof(what));
	snprintf(sentence, sizeof(sentence), "Cannot connect to %s: %s.",
		 d->host, what);
	release(d);
	done(owner, fd, fd >= 0 ? NULL : sentence);
}

/* --- curl in the loop --- */

static void drive(struct dial *d, curl_socket_t fd, int what)
{
	int running = 0;

	if (d->is_over)
		return;
	if (curl_multi_socket_action(d->multi, fd, what, &running) ==
		    CURLM_OK &&
	    running > 0)
		return;
	d->is_over = true;
	loop_defer(d->loop, &d->over);
}

static void on_ready(struct watch *w, unsigned what)
{
	int events = 0;

	if (what & LOOP_READ)
		events |= CURL_CSELECT_IN;
	if (what & LOOP_WRITE)
		events |= CURL_CSELECT_OUT;
	drive(w->owner, w->fd, events);
}

static void on_timer(struct timer *t)
{
	drive(t->owner, CURL_SOCKET_TIMEOUT, 0);
}

static struct watch *watch_of(struct dial *d, int fd)
{
	for (int i = 0; i < WATCHES; i++)
		if (d->watches[i].fd == fd)
			return &d->watches[i];
	return NULL;
}

/* CURLMOPT_SOCKETFUNCTION. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *owner,
			void *unused)
{
	struct dial *d = owner;
	struct watch *w = watch_of(d, fd);
	unsigned interest = 0;

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		if (w) {
			loop_unwatch(d->loop, w);
			w->fd = -1;
		}
		return 0;
	}
	if (what & CURL_POLL_IN)
		interest |= LOOP_READ;
	if (what & CURL_POLL_OUT)
		interest |= LOOP_WRITE;
	if (w) {
		loop_rewatch(d->loop, w, interest);
		return 0;
	}
	w = watch_of(d, -1);
	if (!w)
		return -1;
	w->fd = fd;
	w->interest = interest;
	if (loop_watch(d->loop, w) == OK)
		return 0;
	w->fd = -1;
	return -1;
}

/* CURLMOPT_TIMERFUNCTION. */
static int set_timer(CURLM *multi, long ms, void *owner)
{
	struct dial *d = owner;

	(void)multi;
	if (ms < 0)
		timer_clear(d->loop, &d->timer);
	else
		timer_set(d->loop, &d->timer, loop_now(d->loop) + ms);
	return 0;
}

/* --- making one --- */

static void start_curl(void)
{
	/* Nothing of it is TLS: that is trust's. */
	if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK)
		abort();
}

/* The variadic function takes long for numbers: said here once. */
static void set_number(struct dial *d, CURLoption option, long value)
{
	if (curl_easy_setopt(d->easy, option, value) != CURLE_OK)
		abort(); /* this curl does not know the option */
}

static bool set_text(struct dial *d, CURLoption option, const char *value)
{
	return curl_easy_setopt(d->easy, option, value) == CURLE_OK;
}

static bool set_proxy(struct dial *d)
{
	set_number(d, CURLOPT_HTTPPROXYTUNNEL, 1);
	set_number(d, CURLOPT_PROXYAUTH,
		   (long)(CURLAUTH_BASIC | CURLAUTH_DIGEST));
	/* Empty texts keep curl from asking the environment itself. */
	return set_text(d, CURLOPT_PROXY, d->proxy.url) &&
	       set_text(d, CURLOPT_NOPROXY, d->proxy.except);
}

static bool set_up(struct dial *d, const char *host, uint16_t port)
{
	char url[320];
	bool v6 = strchr(host, ':');

	snprintf(url, sizeof(url), "http://%s%s%s:%u", v6 ? "[" : "", host,
		 v6 ? "]" : "", port);
	set_number(d, CURLOPT_CONNECT_ONLY, 1);
	set_number(d, CURLOPT_NOSIGNAL, 1);
	set_number(d, CURLOPT_CONNECTTIMEOUT_MS, DIAL_TOTAL_MS);
	set_number(d, CURLOPT_TIMEOUT_MS, DIAL_TOTAL_MS);
	set_number(d, CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, DIAL_FAMILY_MS);
	/* A dial that is cancelled does not wait for DNS. */
	set_number(d, CURLOPT_QUICK_EXIT, 1);
	return set_text(d, CURLOPT_URL, url) &&
	       set_text(d, CURLOPT_PROTOCOLS_STR, "http") &&
	       set_text(d, CURLOPT_USERAGENT, "faxwire/" FAXWIRE_VERSION) &&
	       set_proxy(d);
}

static bool set_callbacks(struct dial *d)
{
	return curl_multi_setopt(d->multi, CURLMOPT_SOCKETFUNCTION,
				 watch_socket) == CURLM_OK &&
	       curl_multi_setopt(d->multi, CURLMOPT_SOCKETDATA, d) ==
		       CURLM_OK &&
	       curl_multi_setopt(d->multi, CURLMOPT_TIMERFUNCTION, set_timer) ==
		       CURLM_OK &&
	       curl_multi_setopt(d->multi, CURLMOPT_TIMERDATA, d) == CURLM_OK;
}

struct dial *dial_new(struct loop *loop, const char *host, uint16_t port,
		      const struct proxy *proxy,
		      void (*done)(void *owner, int fd, const char *sentence),
		      void *owner)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct dial *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	pthread_once(&once, start_curl);
	d->loop = loop;
	d->done = done;
	d->owner = owner;
	if (proxy)
		d->proxy = *proxy;
	snprintf(d->host, sizeof(d->host), "%s, port %u", host, port);
	for (int i = 0; i < WATCHES; i++)
		d->watches[i] = (struct watch){ .fd = -1,
						.ready = on_ready,
						.owner = d };
	d->timer = (struct timer){ .due = on_timer, .owner = d };
	d->over = (struct deferred){ .run = on_over, .owner = d };
	d->multi = curl_multi_init();
	d->easy = curl_easy_init();
	if (d->multi && d->easy && set_up(d, host, port) && set_callbacks(d) &&
	    curl_multi_add_handle(d->multi, d->easy) == CURLM_OK)
		return d;
	release(d);
	return NULL;
}

void dial_cancel(struct dial *d)
{
	if (d)
		release(d);
}
