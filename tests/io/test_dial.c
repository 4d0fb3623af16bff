/* SPDX-License-Identifier: Apache-2.0 */
#include "io/dial.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/listen.h"
#include "turn.h"

static struct loop *l;
static struct listener *listener;
static bool done;
static int got;
static char sentence[500];

static void accepted(void *owner, int fd, const struct listen_peer *p)
{
	(void)owner;
	(void)p;
	close(fd);
}

static int set_up(void **state)
{
	struct listen_address a = { .host = "127.0.0.1" };

	(void)state;
	done = false;
	got = -1;
	sentence[0] = '\0';
	l = loop_new();
	return l && listener_new(l, &a, accepted, NULL, &listener, NULL) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	(void)state;
	listener_free(listener);
	loop_free(l);
	return 0;
}

static void note(void *owner, int fd, const char *text)
{
	(void)owner;
	assert_false(done);
	done = true;
	got = fd;
	if (text)
		snprintf(sentence, sizeof(sentence), "%s", text);
}

static void try(const char *host, uint16_t port)
{
	done = false;
	assert_non_null(dial_new(l, host, port, NULL, note, NULL));
	assert_false(done); /* never from inside */
	assert_true(turn_until(l, &done));
}

static void an_address_and_a_name_are_reached(void **state)
{
	static const char *const hosts[] = { "127.0.0.1", "localhost" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		try(hosts[i], listener_port(listener));
		assert_true(got >= 0);
		assert_true(fcntl(got, F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(got, F_GETFD) & FD_CLOEXEC);
		close(got);
	}
}

static void a_refusal_is_told_with_the_name(void **state)
{
	uint16_t port = listener_port(listener);

	(void)state;
	listener_free(listener);
	listener = NULL;
	try("127.0.0.1", port);
	assert_int_equal(got, -1);
	assert_non_null(strstr(sentence, "127.0.0.1"));
	assert_non_null(strstr(sentence, "refused"));
}

static void a_name_that_is_none_is_told(void **state)
{
	(void)state;
	try("no such name", 4380); /* no resolver sends this anywhere */
	assert_int_equal(got, -1);
	assert_non_null(strstr(sentence, "no such name"));
}

static void a_cancelled_dial_is_silent(void **state)
{
	struct dial *d;

	(void)state;
	d = dial_new(l, "127.0.0.1", listener_port(listener), NULL, note, NULL);
	assert_non_null(d);
	dial_cancel(d);
	dial_cancel(NULL);
	d = dial_new(l, "127.0.0.1", listener_port(listener), NULL, note, NULL);
	assert_non_null(d);
	turn_for(l, 0);
	if (!done)
		dial_cancel(d);
	else
		close(got);
	done = false;
	turn_for(l, 50);
	assert_false(done);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_address_and_a_name_are_reached),
		TEST(a_refusal_is_told_with_the_name),
		TEST(a_name_that_is_none_is_told),
		TEST(a_cancelled_dial_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
