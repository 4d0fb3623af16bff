/* SPDX-License-Identifier: Apache-2.0 */
#include "store/postgres.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "asking.h"
#include "server.h"
#include "store/catalog.h"

static struct database *d;
static struct why why;
static const char *where;

static int set_up(void **state)
{
	int was;

	(void)state;
	where = server_fresh();
	if (catalog_init(where, &was, &why) != OK)
		return -1;
	return database_open(&d, where, &why) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	database_close(d);
	d = NULL;
	return 0;
}

static struct database_account account(const char *id)
{
	struct database_account a = { .enabled = true, .iterations = 4096 };

	snprintf(a.id, sizeof(a.id), "%s", id);
	return a;
}

static void add(const char *id)
{
	struct database_account a = account(id);

	assert_int_equal(asking_add(d, &a), OK);
}

struct heard {
	unsigned ok, closed, other;
};

static unsigned all(const struct heard *h)
{
	return h->ok + h->closed + h->other;
}

static void note_end(void *owner, const struct database_answer *a)
{
	struct heard *h = owner;

	if (a->err == OK)
		h->ok++;
	else if (a->err == ERR_CLOSED)
		h->closed++;
	else
		h->other++;
}

static struct database_asker asker(struct heard *h)
{
	return (struct database_asker){ .done = note_end, .owner = h };
}

/* A clock of the test's own: a slow server has all the time it needs. */
static int64_t now;

/* Until so many have been answered. */
static void drive(const struct heard *h, unsigned count)
{
	for (int turns = 0; all(h) < count; turns++) {
		struct pollfd p = { .events = POLLIN };
		struct database_wants w;

		if (turns == 60000)
			fail_msg("no answer");
		database_tick(d, now);
		database_wants(d, &w);
		p.fd = w.fd;
		if (w.write)
			p.events |= POLLOUT;
		if (poll(&p, 1, 1) > 0)
			database_ready(d, now);
		/* Away: until it is dialled again. */
		if (w.fd < 0)
			now += 10;
	}
}

static void note_call(void *owner, const struct database_call *c)
{
	(void)c;
	++*(unsigned *)owner;
}

static void what_is_not_set_up_is_told(void **state)
{
	struct database_account a;
	struct database *none;
	int was = 9;

	(void)state;
	assert_int_equal(catalog_init(where, &was, &why), ERR_EXISTS);
	assert_int_equal(catalog_migrate(where, &was, &why), OK);
	assert_int_equal(was, 3);
	where = server_fresh();
	assert_int_equal(catalog_migrate(where, &was, &why), ERR_MISSING);
	assert_int_equal(database_open(&none, where, &why), OK);
	assert_int_equal(asking_get(none, "ana", &a), ERR_UNSUPPORTED);
	assert_non_null(strstr(database_trouble(none), "database init"));
	database_close(none);
	assert_int_equal(catalog_init(where, &was, &why), OK);
	server_run(where, "UPDATE schema_version SET version = 99");
	assert_int_equal(catalog_migrate(where, &was, &why), ERR_UNSUPPORTED);
	assert_int_equal(database_open(&none, where, &why), OK);
	assert_int_equal(asking_get(none, "ana", &a), ERR_UNSUPPORTED);
	assert_non_null(strstr(database_trouble(none), "newer"));
	database_close(none);
	assert_int_equal(database_open(&none, "postgresql://%zz", &why),
			 ERR_BAD);
}

static void a_server_that_crashes_is_dialled_again(void **state)
{
	struct database_account a;
	unsigned epoch;

	(void)state;
	add("ana");
	epoch = database_epoch(d);
	assert_int_equal(epoch, 1);
	server_crash();
	server_come_back();
	add("ben");
	assert_int_equal(database_epoch(d), epoch + 1);
	assert_int_equal(asking_get(d, "ana", &a), OK);
}

/* In a pipeline that nobody reads: those that may be repeated are. */
static void a_connection_lost_in_the_middle_answers_each_once(void **state)
{
	struct heard reads = { 0 }, adds = { 0 };
	struct database_result r;

	(void)state;
	add("ana");
	server_freeze();
	now = asking_now();
	for (int i = 0; i < 20; i++) {
		struct database_account a = account("");

		snprintf(a.id, sizeof(a.id), "a%d", i);
		database_account_get(d, "ana", asker(&reads));
		database_account_add(d, &a, asker(&adds));
	}
	database_tick(d, now);
	server_thaw();
	server_crash();
	server_come_back();
	drive(&adds, 20);
	drive(&reads, 20);
	assert_int_equal(reads.ok, 20);
	assert_int_equal(adds.ok + adds.closed, 20);
	database_count(d, database_into(&r));
	assert_int_equal(database_wait(d, &r), OK);
	assert_in_range(r.counts.accounts, 1 + adds.ok, 21);
}

static void a_server_that_is_away_fails_requests_in_time(void **state)
{
	struct heard h = { 0 };
	int64_t end;

	(void)state;
	add("ana");
	server_crash();
	database_account_get(d, "ana", asker(&h));
	now = asking_now();
	for (end = now + DATABASE_PATIENCE_MS; now < end; now += 500) {
		database_tick(d, now);
		database_ready(d, now);
		assert_int_equal(all(&h), 0);
	}
	database_tick(d, now);
	assert_int_equal(h.other, 1);
	assert_non_null(strstr(database_trouble(d), "cannot be reached"));
	server_come_back();
	database_account_get(d, "ana", asker(&h));
	drive(&h, 2);
	assert_int_equal(h.ok, 1);
	assert_string_equal(database_trouble(d), "");
}

static void a_server_that_stands_still_is_left(void **state)
{
	struct heard h = { 0 };
	struct database_account a = account("ben");

	(void)state;
	add("ana");
	server_freeze();
	now = asking_now();
	database_account_add(d, &a, asker(&h));
	database_tick(d, now);
	database_tick(d, now + DATABASE_PATIENCE_MS - 1);
	assert_int_equal(all(&h), 0);
	now += DATABASE_PATIENCE_MS;
	database_tick(d, now);
	assert_int_equal(h.other, 1);
	server_thaw();
	database_account_get(d, "ana", asker(&h));
	drive(&h, 2);
	assert_int_equal(h.ok, 1);
}

static void a_server_s_kill_loses_no_commit(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		struct heard h = { 0 };
		unsigned calls = 0;

		now = asking_now();
		for (unsigned n = 1; n <= 50; n++) {
			struct database_call c = {
				round * 100 + n, "ana", "ben", 1, 2, 3, 0
			};

			database_calls_append(d, &c, 1, asker(&h));
		}
		drive(&h, 1 + 15 * round);
		server_crash();
		server_come_back();
		/* All: what was not known to be done is said again. */
		drive(&h, 50);
		assert_int_equal(h.ok, 50);
		assert_int_equal(asking_calls(d, 1000, note_call, &calls), OK);
		assert_int_equal(calls, (round + 1) * 50);
	}
}

/* Without a server nothing can be tested here. */
int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(what_is_not_set_up_is_told),
		TEST(a_server_that_crashes_is_dialled_again),
		TEST(a_connection_lost_in_the_middle_answers_each_once),
		TEST(a_server_that_is_away_fails_requests_in_time),
		TEST(a_server_that_stands_still_is_left),
		TEST(a_server_s_kill_loses_no_commit),
	};
	int failed;

	if (!server_start()) {
		printf("1..0 # SKIP no PostgreSQL server is installed\n");
		return 0;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	server_end();
	return failed;
}
