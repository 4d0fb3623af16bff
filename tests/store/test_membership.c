/* SPDX-License-Identifier: Apache-2.0 */
#include "store/membership.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "scratch.h"

static const struct membership ana = {
	.id = "ana",
	.secret = "mXk3Zp0qT8-vLr5_NbWc1A",
	.host = "relay.example",
	.port = 4380,
	.others = "relay.example:443,[2001:db8::1]:443",
	.pinned = true,
	.pin = { 1, 2, 3, [31] = 0xff },
	.place = { 9, [15] = 7 },
};

static struct why why;

static void what_was_written_is_read(void **state)
{
	struct membership m = { .id = "" };

	(void)state;
	assert_int_equal(membership_write(scratch("a/home"), &ana, &why), OK);
	assert_int_equal(membership_read(scratch("a/home"), &m, &why), OK);
	assert_string_equal(m.id, ana.id);
	assert_string_equal(m.secret, ana.secret);
	assert_string_equal(m.host, ana.host);
	assert_int_equal(m.port, ana.port);
	assert_string_equal(m.others, ana.others);
	assert_true(m.pinned);
	assert_memory_equal(m.pin, ana.pin, sizeof(m.pin));
	assert_memory_equal(m.place, ana.place, sizeof(m.place));
}

static void nobody_else_may_read_the_password(void **state)
{
	struct membership m;
	struct stat st;

	(void)state;
	assert_int_equal(membership_write(scratch("home"), &ana, &why), OK);
	assert_int_equal(stat(scratch("home/account.json"), &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	assert_int_equal(chmod(scratch("home/account.json"), 0640), 0);
	assert_int_equal(membership_read(scratch("home"), &m, &why),
			 ERR_DENIED);
	assert_non_null(strstr(why.text, "chmod 600"));
	assert_null(strstr(why.text, ana.secret));
}

static void one_that_never_joined_is_told_how(void **state)
{
	struct membership m;

	(void)state;
	assert_int_equal(membership_read(scratch("home"), &m, &why),
			 ERR_MISSING);
	assert_non_null(strstr(why.text, "faxwire join"));
}

static void a_damaged_membership_is_told(void **state)
{
	struct membership m;

	(void)state;
	assert_int_equal(membership_write(scratch("home"), &ana, &why), OK);
	scratch_write("home/account.json", "{}", 2);
	assert_int_equal(membership_read(scratch("home"), &m, &why), ERR_BAD);
}

static void the_relays_that_were_told_are_kept_for_this_membership(void **state)
{
	static struct membership_relays r, read;
	struct membership other = ana;
	struct stat st;

	(void)state;
	assert_int_equal(membership_write(scratch("home"), &ana, &why), OK);
	assert_int_equal(
		membership_relays_read(scratch("home"), &ana, &read, &why),
		ERR_MISSING);
	memset(r.others, 'o', sizeof(r.others) - 1);
	memset(r.now, 'n', sizeof(r.now) - 1);
	memcpy(r.place, ana.place, sizeof(r.place));
	assert_int_equal(membership_relays_write(scratch("home"), &r, &why),
			 OK);
	assert_int_equal(stat(scratch("home/relays.json"), &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	assert_int_equal(
		membership_relays_read(scratch("home"), &ana, &read, &why), OK);
	assert_memory_equal(&r, &read, sizeof(r));
	other.place[3]++;
	assert_int_equal(
		membership_relays_read(scratch("home"), &other, &read, &why),
		ERR_MISSING);
	assert_string_equal(read.others, "");
	/* Joining forgets them. */
	assert_int_equal(membership_write(scratch("home"), &ana, &why), OK);
	assert_false(scratch_exists("home/relays.json"));
	scratch_write("home/relays.json", "{}", 2);
	assert_int_equal(
		membership_relays_read(scratch("home"), &ana, &read, &why),
		ERR_BAD);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read),
		TEST(nobody_else_may_read_the_password),
		TEST(one_that_never_joined_is_told_how),
		TEST(a_damaged_membership_is_told),
		TEST(the_relays_that_were_told_are_kept_for_this_membership),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
