/* SPDX-License-Identifier: Apache-2.0 */
#include "io/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "turn.h"

static struct loop *l;
static struct listener *listener;
static struct listen_peer peer;
static struct why why;
static int came;
static unsigned arrivals;
static bool arrived;

static int set_up(void **state)
{
	(void)state;
	came = -1;
	arrivals = 0;
	arrived = false;
	listener = NULL;
	l = loop_new();
	return l ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	listener_free(listener);
	loop_free(l);
	return 0;
}

static void note(void *owner, int fd, const struct listen_peer *p)
{
	(void)owner;
	if (came >= 0)
		close(came);
	came = fd;
	peer = *p;
	arrivals++;
	arrived = true;
}

static void listen_on(const char *text)
{
	struct listen_address a;

	assert_int_equal(listen_parse(&a, text, &why), OK);
	assert_int_equal(listener_new(l, &a, note, NULL, &listener, &why), OK);
}

static void call_with(int fd)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(listener_port(listener)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
}

static int call(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	call_with(fd);
	return fd;
}

static void addresses_are_read(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
	} good[] = {
		{ "127.0.0.1:4380", "127.0.0.1", 4380 },
		{ "[::1]:4380", "::1", 4380 },
		{ "[::]:1", "::", 1 },
		{ ":65535", "", 65535 },
		{ "4380", "", 4380 },
		{ "0", "", 0 },
	};
	static const char *const bad[] = {
		"",
		":",
		"host:4380",
		"127.0.0.1",
		"127.0.0.1:",
		"1.2.3:4",
		"65536",
		":-1",
		"[::1]",
		"[::1]4380",
		"[::1:4380",
		"127.0.0.1:43x",
		"1.2.3.4:5:6",
		"1.2.3.4 :5",
		"2001:db8::1:2",
		"[]:5",
		"[1.2.3.4]:5",
	};
	struct listen_address a;

	(void)state;
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(listen_parse(&a, good[i].text, &why), OK);
		assert_string_equal(a.host, good[i].host);
		assert_int_equal(a.port, good[i].port);
	}
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (listen_parse(&a, bad[i], &why) == OK)
			fail_msg("taken: %s", bad[i]);
}

static void who_comes_is_handed_out_with_the_address(void **state)
{
	char text[LISTEN_TEXT_MAX];
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int fd;

	(void)state;
	listen_on("127.0.0.1:0");
	assert_int_not_equal(listener_port(listener), 0);
	fd = call();
	assert_true(turn_until(l, &arrived));
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(at.sin_port));
	assert_string_equal(peer.text, text);
	assert_memory_equal(peer.key, "\x7f\0\0\1\0\0\0\0", 8);
	assert_true(fcntl(came, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(came, F_GETFD) & FD_CLOEXEC);
	close(fd);
	close(came);
}

static void any_address_takes_the_old_internet_too(void **state)
{
	int fd;

	(void)state;
	listen_on(":0");
	fd = call();
	assert_true(turn_until(l, &arrived));
	assert_memory_equal(peer.key, "\x7f\0\0\1\0\0\0\0", 8);
	assert_int_equal(strncmp(peer.text, "127.0.0.1:", 10), 0);
	close(fd);
	close(came);
}

static void many_come_at_once(void **state)
{
	int fds[200];

	(void)state;
	listen_on("127.0.0.1:0");
	for (int i = 0; i < 200; i++)
		fds[i] = call();
	for (int i = 0; i < 100 && arrivals < 200; i++)
		turn_for(l, 4);
	assert_int_equal(arrivals, 200);
	for (int i = 0; i < 200; i++)
		close(fds[i]);
	close(came);
}

/* All descriptors in use: those who come are turned away or wait, and get in
 * when there is room again. */
static void it_survives_the_end_of_descriptors(void **state)
{
	struct rlimit before, tight;
	int fds[8], last;

	(void)state;
	listen_on("127.0.0.1:0");
	for (int i = 0; i < 8; i++)
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	last = dup(0);
	close(last);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	tight = before;
	tight.rlim_cur = (rlim_t)last;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	for (int i = 0; i < 8; i++)
		call_with(fds[i]);
	turn_for(l, 50);
	assert_int_equal(arrivals, 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(turn_until(l, &arrived));
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	close(came);
}

static void a_port_in_use_is_told(void **state)
{
	struct listen_address a = { .host = "127.0.0.1" };
	struct listener *second;

	(void)state;
	listen_on("127.0.0.1:0");
	a.port = listener_port(listener);
	assert_int_equal(listener_new(l, &a, note, NULL, &second, &why),
			 ERR_EXISTS);
	assert_true(strlen(why.text) > 0);
}

static void a_port_is_free_again_at_once(void **state)
{
	struct listen_address a = { .host = "127.0.0.1" };
	int fd;

	(void)state;
	listen_on("127.0.0.1:0");
	a.port = listener_port(listener);
	fd = call();
	assert_true(turn_until(l, &arrived));
	close(came); /* our side waits in TIME_WAIT */
	close(fd);
	listener_free(listener);
	listener = NULL;
	assert_int_equal(listener_new(l, &a, note, NULL, &listener, &why), OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(addresses_are_read),
		TEST(who_comes_is_handed_out_with_the_address),
		TEST(any_address_takes_the_old_internet_too),
		TEST(many_come_at_once),
		TEST(it_survives_the_end_of_descriptors),
		TEST(a_port_in_use_is_told),
		TEST(a_port_is_free_again_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
