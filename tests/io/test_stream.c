/* SPDX-License-Identifier: Apache-2.0 */
#include "io/stream.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "turn.h"

enum { CAP = 512 * 1024, MUCH = 4 * 1024 * 1024 };

/* --- a filter that can be seen through: each says 'H' first, 'Q' (0x04 as
 * it goes over the wire) is the goodbye, '!' breaks the rules --- */

struct toy {
	const uint8_t *input;
	size_t left;
	bool greeted, open;
};

static unsigned toys;

static void toy_feed(void *self, const uint8_t *bytes, size_t len)
{
	struct toy *t = self;

	assert_int_equal(t->left, 0);
	t->input = bytes;
	t->left = len;
}

static enum filter_status toy_open(void *self, struct buf *out)
{
	struct toy *t = self;

	if (!t->greeted && buf_append(out, "H", 1) != OK)
		return FILTER_BROKEN;
	t->greeted = true;
	if (t->open)
		return FILTER_OK;
	if (t->left == 0)
		return FILTER_MORE;
	t->left--;
	t->open = *t->input++ == 'H';
	return t->open ? FILTER_OK : FILTER_BROKEN;
}

static enum filter_status toy_read(void *self, uint8_t *plain, size_t size,
				   size_t *got, struct buf *out)
{
	struct toy *t = self;

	(void)out;
	*got = 0;
	while (t->left > 0 && *got < size) {
		uint8_t is = *t->input ^ 0x55;

		if (is == 'Q' || is == '!') {
			if (*got > 0)
				break;
			t->left = 0;
			return is == 'Q' ? FILTER_CLOSED : FILTER_BROKEN;
		}
		plain[(*got)++] = is;
		t->input++;
		t->left--;
	}
	return *got > 0 ? FILTER_OK : FILTER_MORE;
}

static enum err toy_write(void *self, const uint8_t *plain, size_t len,
			  struct buf *out)
{
	(void)self;
	if (buf_room(out) < len)
		return ERR_LIMIT;
	for (size_t i = 0; i < len; i++) {
		uint8_t is = plain[i] ^ 0x55;

		if (buf_append(out, &is, 1) != OK)
			return ERR_MEMORY;
	}
	return OK;
}

static void toy_close(void *self, struct buf *out)
{
	(void)toy_write(self, (const uint8_t *)"Q", 1, out);
}

static const char *toy_fault(void *self)
{
	(void)self;
	return "broken rules";
}

static void toy_free(void *self)
{
	toys--;
	free(self);
}

static const struct filter_ops toy_ops = { toy_feed,  toy_open,	 toy_read,
					   toy_write, toy_close, toy_fault,
					   toy_free };

/* --- one stream, whose far end the test holds --- */

struct seen {
	bool open, closed, drained, data;
	size_t octets;
	enum err error;
	char why[60];
	struct stream *free_on_data, *free_on_open, *finish_on_data;
};

static struct loop *l;
static struct stream *s;
static struct seen seen;
static int far;

static void on_open(void *owner)
{
	(void)owner;
	seen.open = true;
	stream_free(seen.free_on_open);
}

static void on_data(void *owner, const uint8_t *bytes, size_t len)
{
	(void)owner;
	assert_true(len > 0);
	assert_int_equal(bytes[0], 'a');
	seen.octets += len;
	seen.data = true;
	if (seen.free_on_data)
		stream_free(seen.free_on_data);
	if (seen.finish_on_data)
		stream_finish(seen.finish_on_data, 1000);
}

static void on_drained(void *owner)
{
	(void)owner;
	seen.drained = true;
}

static void on_closed(void *owner, enum err e, const char *why)
{
	(void)owner;
	assert_false(seen.closed);
	seen.closed = true;
	seen.error = e;
	snprintf(seen.why, sizeof(seen.why), "%s", why);
}

static const struct stream_handlers handlers = { on_open, on_data, on_drained,
						 on_closed };

static int set_up(void **state)
{
	struct toy *t = calloc(1, sizeof(*t));
	int ends[2];

	(void)state;
	memset(&seen, 0, sizeof(seen));
	toys = 1;
	l = loop_new();
	if (!l || !t ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       ends) != 0)
		return -1;
	far = ends[1];
	s = stream_new(l, ends[0], (struct filter){ &toy_ops, t }, CAP,
		       &handlers, NULL);
	return s ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	stream_free(s);
	turn_for(l, 4);
	loop_free(l);
	close(far);
	return toys == 0 ? 0 : -1;
}

static void say(const char *wire)
{
	assert_int_equal(write(far, wire, strlen(wire)), strlen(wire));
}

/* As it goes over the wire once the stream is open. */
static void say_plain(const char *text)
{
	for (; *text; text++) {
		uint8_t is = (uint8_t)(*text ^ 0x55);

		assert_int_equal(write(far, &is, 1), 1);
	}
}

static size_t hear(void)
{
	static uint8_t bytes[65536];
	size_t total = 0;
	ssize_t n;

	while ((n = read(far, bytes, sizeof(bytes))) > 0)
		total += (size_t)n;
	return total;
}

static void open_up(void)
{
	say("H");
	assert_true(turn_until(l, &seen.open));
	assert_int_equal(hear(), 1);
}

static void it_opens_and_talks(void **state)
{
	(void)state;
	assert_int_equal(stream_write(s, "x", 1), ERR_CLOSED);
	open_up();
	say_plain("abc");
	assert_true(turn_until(l, &seen.data));
	assert_int_equal(stream_write(s, "hello", 5), OK);
	turn_for(l, 10);
	assert_int_equal(hear(), 5);
	assert_int_equal(stream_octets_out(s), 6);
	assert_int_equal(stream_octets_in(s), 1 + seen.octets);
}

static void data_behind_the_opening_is_not_lost(void **state)
{
	(void)state;
	say("H\x34\x37"); /* "ab" */
	assert_true(turn_until(l, &seen.data));
	assert_int_equal(seen.octets, 2);
}

static void a_bad_opening_is_told(void **state)
{
	(void)state;
	say("X");
	assert_true(turn_until(l, &seen.closed));
	assert_int_equal(seen.error, ERR_BAD);
	assert_string_equal(seen.why, "broken rules");
	assert_false(seen.open);
}

static void broken_rules_are_told(void **state)
{
	(void)state;
	open_up();
	say_plain("a!");
	assert_true(turn_until(l, &seen.closed));
	assert_int_equal(seen.error, ERR_BAD);
	assert_int_equal(seen.octets, 1);
	assert_int_equal(stream_write(s, "x", 1), ERR_CLOSED);
}

static void a_goodbye_is_good_order_and_a_silent_end_is_not(void **state)
{
	(void)state;
	open_up();
	say_plain("aQ");
	assert_true(turn_until(l, &seen.closed));
	assert_int_equal(seen.error, OK);
	tear_down(state);
	assert_int_equal(set_up(state), 0);
	open_up();
	assert_int_equal(shutdown(far, SHUT_RDWR), 0);
	assert_true(turn_until(l, &seen.closed));
	assert_int_equal(seen.error, ERR_CLOSED);
}

static void output_is_bounded_and_drains(void **state)
{
	static uint8_t much[64 * 1024];
	size_t taken = 0, heard = 0;

	(void)state;
	open_up();
	while (stream_write(s, much, sizeof(much)) == OK)
		taken += sizeof(much);
	assert_in_range(stream_pending(s), STREAM_HIGH_WATER, CAP);
	assert_true(stream_above_high_water(s));
	assert_false(seen.drained);
	for (int i = 0; i < 500 && heard < taken; i++) {
		turn_for(l, 2);
		heard += hear();
	}
	assert_int_equal(heard, taken);
	assert_true(seen.drained);
	assert_false(stream_above_high_water(s));
}

static void a_paused_stream_holds_the_peer_back(void **state)
{
	static char much[64 * 1024];
	size_t sent = 0;
	ssize_t n;

	(void)state;
	open_up();
	memset(much, 'a' ^ 0x55, sizeof(much));
	stream_pause(s);
	while ((n = write(far, much, sizeof(much))) > 0 && sent < MUCH)
		sent += (size_t)n;
	assert_true(sent < MUCH);
	turn_for(l, 20);
	assert_int_equal(seen.octets, 0);
	stream_resume(s);
	turn_for(l, 50);
	assert_int_equal(seen.octets, sent);
}

static void finishing_lets_all_leave_with_a_goodbye(void **state)
{
	(void)state;
	open_up();
	assert_int_equal(stream_write(s, "hello", 5), OK);
	stream_finish(s, 1000);
	assert_false(seen.closed); /* never from inside */
	assert_int_equal(stream_write(s, "x", 1), ERR_CLOSED);
	assert_true(turn_until(l, &seen.closed));
	assert_int_equal(seen.error, OK);
	assert_int_equal(hear(), 6);
}

static void finishing_does_not_wait_for_ever(void **state)
{
	static uint8_t much[64 * 1024];

	(void)state;
	open_up();
	while (stream_write(s, much, sizeof(much)) == OK)
		;
	stream_finish(s, 20);
	assert_true(turn_until(l, &seen.closed));
}

static void it_may_be_freed_from_its_own_callbacks(void **state)
{
	(void)state;
	seen.free_on_open = s;
	say("H\x34\x37");
	assert_true(turn_until(l, &seen.open));
	assert_int_equal(toys, 0);
	assert_false(seen.data || seen.closed);
	s = NULL;
	close(far);
	loop_free(l);
	assert_int_equal(set_up(state), 0);
	open_up();
	seen.free_on_data = s;
	say_plain("aaa");
	assert_true(turn_until(l, &seen.data));
	turn_for(l, 10);
	assert_int_equal(toys, 0);
	assert_false(seen.closed);
	s = NULL;
}

static void it_may_be_finished_from_its_own_callbacks(void **state)
{
	(void)state;
	open_up();
	seen.finish_on_data = s;
	say_plain("aaa");
	assert_true(turn_until(l, &seen.closed));
	assert_int_equal(seen.error, OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_opens_and_talks),
		TEST(data_behind_the_opening_is_not_lost),
		TEST(a_bad_opening_is_told),
		TEST(broken_rules_are_told),
		TEST(a_goodbye_is_good_order_and_a_silent_end_is_not),
		TEST(output_is_bounded_and_drains),
		TEST(a_paused_stream_holds_the_peer_back),
		TEST(finishing_lets_all_leave_with_a_goodbye),
		TEST(finishing_does_not_wait_for_ever),
		TEST(it_may_be_freed_from_its_own_callbacks),
		TEST(it_may_be_finished_from_its_own_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
