/* SPDX-License-Identifier: Apache-2.0 */
#include "io/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "turn.h"

enum { SMALL = 64, ANSWER_MAX = 4 << 20 };

static struct loop *l;
static struct http *server;
static struct why why;
static struct http_request *held; /* that is not answered yet */
static unsigned begun, gone;
static int file;
static char *answer;
static size_t answered;

static void say(struct http_request *r, unsigned status, const char *text)
{
	http_answer(r, status, "text/plain", text, strlen(text));
}

static void on_head(void *owner, struct http_request *r)
{
	(void)owner;
	begun++;
	if (strcmp(http_path(r), "/forbidden") == 0)
		say(r, 403, "no");
	if (strcmp(http_path(r), "/small") == 0)
		http_body_to_memory(r, SMALL);
	if (strcmp(http_path(r), "/large") == 0)
		http_body_to_memory(r, 1 << 20);
	if (strcmp(http_path(r), "/file") == 0)
		http_body_to_file(r, file, 1 << 20);
}

static void on_whole(void *owner, struct http_request *r)
{
	const char *path = http_path(r);
	char text[200];
	size_t len;

	(void)owner;
	(void)http_body(r, &len);
	if (strcmp(path, "/later") == 0 || strcmp(path, "/stream") == 0)
		held = r;
	if (strcmp(path, "/stream") == 0)
		http_stream(r, "text/event-stream");
	if (held == r)
		return;
	(void)snprintf(text, sizeof(text), "%d %s q=%s c=%s from %s: %.20s %zu",
		       (int)http_method(r), path,
		       http_query(r, "q") ? http_query(r, "q") : "-",
		       http_cookie(r, "c") ? http_cookie(r, "c") : "-",
		       http_peer(r), http_body(r, &len), len);
	http_header(r, "X-Test", "one");
	say(r, 200, text);
}

static void on_gone(void *owner, struct http_request *r)
{
	(void)owner;
	if (r == held)
		held = NULL;
	gone++;
}

static const struct http_handlers handlers = { on_head, on_whole, on_gone };

static int begin(int64_t patience_ms)
{
	struct listen_address at = { "127.0.0.1", 0 };
	struct http_config config = { .address = &at,
				      .patience_ms = patience_ms };

	begun = gone = 0;
	held = NULL;
	answered = 0;
	answer = calloc(1, ANSWER_MAX + 1);
	file = memfd_create("body", MFD_CLOEXEC);
	l = loop_new();
	return l && answer &&
			       http_new(l, &config, &handlers, NULL, &server,
					&why) == OK
		       ? 0
		       : -1;
}

static int set_up(void **state)
{
	(void)state;
	return begin(0);
}

/* A server that waits for 600 ms, and for a body a second more for each KB. */
static int set_up_hasty(void **state)
{
	(void)state;
	return begin(600);
}

static int tear_down(void **state)
{
	(void)state;
	http_free(server);
	loop_free(l);
	free(answer);
	close(file);
	return begun == gone ? 0 : -1;
}

static int connected(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(http_port(server)),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

static void send_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	for (int i = 0; len > 0 && i < 1000; i++) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		turn_for(l, 2);
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	assert_int_equal(len, 0);
}

static void ask(int fd, const char *request)
{
	answered = 0;
	answer[0] = '\0';
	send_all(fd, request, strlen(request));
}

/* Reads until `text` has come; false: the connection has ended, or ten
 * seconds are over. */
static bool comes(int fd, const char *text)
{
	for (int i = 0; i < 2000; i++) {
		ssize_t n =
			recv(fd, answer + answered, ANSWER_MAX - answered, 0);

		if (n > 0)
			answered += (size_t)n;
		answer[answered] = '\0';
		if (*text && strstr(answer, text))
			return true;
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return !*text;
		turn_for(l, 5);
	}
	return false;
}

static bool ends(int fd)
{
	return comes(fd, "");
}

static void test_a_request_is_answered_and_the_connection_stays(void **state)
{
	int fd = connected();

	(void)state;
	ask(fd, "GET /a?q=x%20y HTTP/1.1\r\nHost: h\r\nCookie: c=1\r\n\r\n");
	assert_true(comes(fd, "0 /a q=x y c=1 from 127.0.0.1:  0"));
	assert_non_null(strstr(answer, "HTTP/1.1 200"));
	assert_non_null(strstr(answer, "X-Test: one"));
	assert_null(strstr(answer, "Connection: close"));
	ask(fd, "DELETE /b HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(comes(fd, "4 /b"));
	close(fd);
}

static void test_an_answer_may_come_later(void **state)
{
	int fd = connected();

	(void)state;
	ask(fd, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
	turn_for(l, 50);
	assert_non_null(held);
	assert_false(recv(fd, answer, 1, MSG_PEEK) > 0);
	say(held, 200, "at last");
	assert_true(comes(fd, "at last"));
	close(fd);
}

static void test_a_body_goes_to_memory_as_far_as_it_may(void **state)
{
	int fd = connected();

	(void)state;
	ask(fd, "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
		"hello");
	assert_true(comes(fd, ": hello 5"));
	ask(fd, "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 65\r\n\r\n"
		"01234567890123456789012345678901"
		"012345678901234567890123456789012");
	assert_true(comes(fd, "too-large"));
	assert_non_null(strstr(answer, "HTTP/1.1 413"));
	/* Without a length it shows only later. */
	ask(fd, "POST /small HTTP/1.1\r\nHost: h\r\n"
		"Transfer-Encoding: chunked\r\n\r\n"
		"40\r\n0123456789012345678901234567890123456789"
		"012345678901234567890123\r\n1\r\nx\r\n0\r\n\r\n");
	assert_true(comes(fd, "HTTP/1.1 413"));
	/* A body that nobody wants. */
	ask(fd, "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n"
		"x");
	assert_true(comes(fd, "HTTP/1.1 413"));
	close(fd);
}

static void test_a_long_body_in_memory_is_whole(void **state)
{
	char *request = calloc(1, 300100);
	int fd = connected();
	size_t at;

	(void)state;
	at = (size_t)sprintf(request, "POST /large HTTP/1.1\r\nHost: h\r\n"
				      "Content-Length: 300000\r\n\r\n");
	memset(request + at, 'x', 300000);
	ask(fd, request);
	assert_true(comes(fd, ": xxxxxxxxxxxxxxxxxxxx 300000"));
	free(request);
	close(fd);
}

static void test_a_body_goes_to_a_file(void **state)
{
	char bytes[6] = "";
	int fd = connected();

	(void)state;
	ask(fd, "PUT /file HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
		"hello");
	assert_true(comes(fd, "2 /file"));
	assert_int_equal(pread(file, bytes, 6, 0), 5);
	assert_string_equal(bytes, "hello");
	close(fd);
}

static void test_a_head_may_be_answered_at_once(void **state)
{
	int fd = connected();

	(void)state;
	ask(fd, "POST /forbidden HTTP/1.1\r\nHost: h\r\n"
		"Content-Length: 100000000\r\n\r\n");
	assert_true(comes(fd, "HTTP/1.1 403"));
	close(fd);
	fd = connected();
	ask(fd, "POST /forbidden HTTP/1.1\r\nHost: h\r\n"
		"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n");
	assert_true(comes(fd, "HTTP/1.1 403"));
	close(fd);
}

/* Else the end of the connection may overtake the answer. */
static void test_what_is_refused_is_read_to_its_end(void **state)
{
	static char body[300000];
	int fd = connected();

	(void)state;
	ask(fd, "POST /forbidden HTTP/1.1\r\nHost: h\r\n"
		"Content-Length: 300000\r\n\r\n");
	send_all(fd, body, sizeof(body));
	assert_true(comes(fd, "HTTP/1.1 403"));
	ask(fd, "POST /small HTTP/1.1\r\nHost: h\r\n"
		"Content-Length: 300000\r\n\r\n");
	send_all(fd, body, sizeof(body));
	assert_true(comes(fd, "HTTP/1.1 413"));
	ask(fd, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(comes(fd, "0 /a q=-"));
	close(fd);
}

static void test_an_octet_of_zero_ends_no_name(void **state)
{
	int fd = connected();

	(void)state;
	ask(fd, "GET /a%00b?q=c%00d HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(comes(fd, "0 /a\x7f"
			      "b q=c\x7f"
			      "d "));
	close(fd);
}

static void test_a_file_is_an_answer(void **state)
{
	int fd = connected(), page = memfd_create("page", MFD_CLOEXEC);

	(void)state;
	assert_int_equal(write(page, "its bytes", 9), 9);
	ask(fd, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_non_null(held);
	http_answer_file(held, 200, "image/png", page);
	assert_true(comes(fd, "its bytes"));
	assert_non_null(strstr(answer, "image/png"));
	close(fd);
}

static void test_a_stream_says_things_as_they_happen(void **state)
{
	int fd = connected();

	(void)state;
	ask(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(comes(fd, "text/event-stream"));
	for (int i = 0; i < 3; i++) {
		char text[] = "data: 0\n\n";

		text[6] = (char)('0' + i);
		turn_for(l, 20);
		http_push(held, text, strlen(text));
		assert_true(comes(fd, text));
	}
	close(fd);
	/* That its reader has gone shows when it is told something. */
	for (int i = 0; held && i < 100; i++) {
		http_push(held, ":\n\n", 3);
		turn_for(l, 5);
	}
	assert_null(held);
}

static void test_who_does_not_read_a_stream_is_let_go(void **state)
{
	static char block[64 * 1024];
	int fd = connected();

	(void)state;
	ask(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_true(comes(fd, "text/event-stream"));
	for (int i = 0; held && i < 1000; i++) {
		http_push(held, block, sizeof(block));
		turn_for(l, 1);
	}
	/* What was let into the socket before may fill it for ever: the
	 * connection's own time ends that. Here its client goes. */
	close(fd);
	for (int i = 0; held && i < 100; i++)
		turn_for(l, 5);
	assert_null(held);
}

static void test_requests_that_wait_do_not_keep_the_server(void **state)
{
	int fds[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		fds[i] = connected();
		ask(fds[i], i == 1 ? "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n"
				   : "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
	}
	turn_for(l, 50);
	assert_int_equal(begun, 3);
	http_free(server);
	server = NULL;
	assert_int_equal(gone, 3);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void test_nonsense_is_refused(void **state)
{
	int fd = connected();

	(void)state;
	ask(fd, "\x16\x03\x01 nonsense\r\n\r\n");
	assert_true(ends(fd) || strstr(answer, "HTTP/1.1 400"));
	close(fd);
	fd = connected();
	ask(fd, "GET / HTTP/1.1\r\n\r\n"); /* RFC 9112 section 3.2: no Host */
	assert_true(comes(fd, "HTTP/1.1 400"));
	close(fd);
}

/* Sends an octet now and then, until the server has ended it, or for so long.
 */
static bool survives_drips(int fd, int ms)
{
	for (int i = 0; i < ms / 20; i++) {
		char c = 'a';

		if (send(fd, &c, 1, MSG_NOSIGNAL) < 0)
			return false;
		turn_for(l, 20);
		if (recv(fd, &c, 1, MSG_PEEK) == 0)
			return false;
	}
	return true;
}

static void test_a_head_that_drips_is_not_waited_for(void **state)
{
	static const char half[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
	int first = connected(), silent = connected();

	(void)state;
	ask(first, half);
	assert_false(survives_drips(first, 2500));
	assert_true(ends(silent));
	close(first);
	close(silent);
	first = connected();
	ask(first, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(comes(first, "0 /"));
	ask(first, half); /* its second one */
	assert_false(survives_drips(first, 2500));
	close(first);
}

static void test_a_body_that_drips_is_not_waited_for(void **state)
{
	static char piece[512];
	int fd = connected();

	(void)state;
	ask(fd, "POST /large HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 1000\r\n\r\n");
	assert_false(survives_drips(fd, 2500));
	close(fd);
	/* One that comes fast enough may take longer than that in all. */
	fd = connected();
	memset(piece, 'b', sizeof(piece));
	ask(fd, "POST /large HTTP/1.1\r\nHost: a\r\n"
		"Content-Length: 1536\r\n\r\n");
	for (int i = 0; i < 3; i++) {
		turn_for(l, 250);
		send_all(fd, piece, sizeof(piece));
	}
	assert_true(comes(fd, "bbbb 1536"));
	close(fd);
}

static void test_who_waits_for_an_answer_may_wait(void **state)
{
	int fd = connected();

	(void)state;
	ask(fd, "GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
	turn_for(l, 1500);
	assert_non_null(held);
	say(held, 200, "now");
	assert_true(comes(fd, "now"));
	close(fd);
}

static void test_a_key_of_another_certificate_is_refused(void **state)
{
	struct listen_address at = { "127.0.0.1", 0 };
	struct http_config config = { .address = &at,
				      .certificate = "none",
				      .key = "none" };
	struct http *other;

	(void)state;
	assert_int_equal(http_new(l, &config, &handlers, NULL, &other, &why),
			 ERR_BAD);
	assert_non_null(strstr(why.text, "certificate"));
}

#define TEST(f)	 cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define HASTY(f) cmocka_unit_test_setup_teardown(f, set_up_hasty, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_request_is_answered_and_the_connection_stays),
		TEST(test_an_answer_may_come_later),
		TEST(test_a_body_goes_to_memory_as_far_as_it_may),
		TEST(test_a_long_body_in_memory_is_whole),
		TEST(test_a_body_goes_to_a_file),
		TEST(test_a_head_may_be_answered_at_once),
		TEST(test_what_is_refused_is_read_to_its_end),
		TEST(test_an_octet_of_zero_ends_no_name),
		TEST(test_a_file_is_an_answer),
		TEST(test_a_stream_says_things_as_they_happen),
		TEST(test_who_does_not_read_a_stream_is_let_go),
		TEST(test_requests_that_wait_do_not_keep_the_server),
		TEST(test_nonsense_is_refused),
		HASTY(test_a_head_that_drips_is_not_waited_for),
		HASTY(test_a_body_that_drips_is_not_waited_for),
		HASTY(test_who_waits_for_an_answer_may_wait),
		TEST(test_a_key_of_another_certificate_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
