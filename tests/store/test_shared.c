/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shared.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "asking.h"
#include "scratch.h"
#include "server.h"
#include "store/catalog.h"
#include "store/schema.h"

static struct database *d, *other;
static const char *url;
static struct why why;
static struct database_result r;

static int set_up(void **state)
{
	int was;

	(void)state;
	url = server_fresh();
	if (catalog_init(url, &was, &why) != OK ||
	    database_open(&d, url, &why) != OK ||
	    database_open(&other, url, &why) != OK)
		return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	database_close(d);
	database_close(other);
	d = other = NULL;
	return 0;
}

static struct database_account account(const char *id)
{
	struct database_account a = { .enabled = true,
				      .connections_max = 64,
				      .places_max = 1,
				      .iterations = 4096 };

	snprintf(a.id, sizeof(a.id), "%s", id);
	return a;
}

static void add(const char *id, const char *numbers)
{
	struct database_account a = account(id);

	strcpy(a.numbers, numbers);
	assert_int_equal(asking_add(d, &a), OK);
}

static enum err begin(struct database *at, const char *name,
		      struct shared_relay *self)
{
	struct database_account keys = account(name);

	keys.kind = DATABASE_RELAY;
	*self = (struct shared_relay){ .addresses = "north.example:4380" };
	strcpy(self->name, name);
	memset(self->pin, 7, sizeof(self->pin));
	shared_relay_begin(at, self, &keys, database_into(&r));
	(void)!database_wait(at, &r);
	self->incarnation = r.number;
	return r.err;
}

static enum err renew(struct database *at, const struct shared_relay *self)
{
	shared_relay_renew(at, self->name, self->incarnation,
			   database_into(&r));
	return database_wait(at, &r);
}

/* The generation that a terminal has now, or 0: it was not taken. */
static uint64_t gen;

static void on_taken(void *owner, const struct database_answer *a)
{
	(void)owner;
	gen = a->number;
}

static uint64_t put(struct database *at, const struct shared_relay *self,
		    const char *id, enum shared_state state, uint64_t known)
{
	struct shared_presence p = { .state = state, .gen = known };

	strcpy(p.id, id);
	gen = 0;
	shared_presence_put(at, self, &p, 1, database_each_into(&r, on_taken));
	assert_int_equal(database_wait(at, &r), OK);
	return gen;
}

static struct shared_place place;

static void keep_place(void *owner, const struct database_answer *a)
{
	(void)owner;
	place = *a->place;
}

/* "north 1": where it is, and its state. */
static const char *locate(struct database *at, const char *address)
{
	static char text[64];

	shared_locate(at, address, database_each_into(&r, keep_place));
	if (database_wait(at, &r) != OK)
		return err_text(r.err);
	snprintf(text, sizeof(text), "%s %d", place.relay, (int)place.state);
	return text;
}

static void a_terminal_is_where_it_logged_in_last(void **state)
{
	struct shared_relay north, south;
	uint64_t first, second;

	(void)state;
	add("ana", "4912 333");
	assert_int_equal(begin(d, "north", &north), OK);
	assert_int_equal(begin(other, "south", &south), OK);
	assert_string_equal(locate(d, "ana"), " 0");
	assert_string_equal(locate(d, "nobody"), "not found");
	first = put(d, &north, "ana", SHARED_FREE, 0);
	assert_true(first > 0);
	assert_string_equal(locate(other, "ana"), "north 1");
	assert_string_equal(locate(other, "+333"), "north 1");
	assert_string_equal(locate(other, "+334"), "not found");
	assert_string_equal(place.account.numbers, "333 4912");
	assert_int_equal(put(d, &north, "ana", SHARED_BUSY, first), first);
	assert_string_equal(locate(other, "ana"), "north 2");
	second = put(other, &south, "ana", SHARED_FREE, 0);
	assert_true(second > first);
	assert_string_equal(locate(d, "ana"), "south 1");
	/* What north says of its older login, and its end, change nothing. */
	assert_int_equal(put(d, &north, "ana", SHARED_FREE, first), 0);
	assert_int_equal(put(d, &north, "ana", SHARED_OFFLINE, first), 0);
	assert_string_equal(locate(d, "ana"), "south 1");
	(void)put(other, &south, "ana", SHARED_OFFLINE, second);
	assert_string_equal(locate(d, "ana"), " 0");
}

static void a_newer_incarnation_fences_the_older(void **state)
{
	struct shared_relay one, two;

	(void)state;
	add("ana", "");
	assert_int_equal(begin(d, "north", &one), OK);
	assert_true(put(d, &one, "ana", SHARED_FREE, 0) > 0);
	assert_int_equal(renew(d, &one), OK);
	assert_int_equal(begin(other, "north", &two), OK);
	assert_true(two.incarnation > one.incarnation);
	assert_string_equal(locate(other, "ana"), " 0");
	assert_int_equal(renew(d, &one), ERR_MISSING);
	assert_int_equal(put(d, &one, "ana", SHARED_FREE, 0), 0);
	assert_string_equal(locate(other, "ana"), " 0");
	shared_relay_end(d, "north", one.incarnation, database_into(&r));
	assert_int_equal(database_wait(d, &r), ERR_MISSING);
	assert_int_equal(renew(other, &two), OK);
	assert_true(put(other, &two, "ana", SHARED_FREE, 0) > 0);
	assert_string_equal(locate(d, "ana"), "north 1");
}

static void a_lease_that_is_over_hides_its_terminals(void **state)
{
	struct shared_relay north;

	(void)state;
	add("ana", "");
	assert_int_equal(begin(d, "north", &north), OK);
	(void)put(d, &north, "ana", SHARED_FREE, 0);
	/* Fifteen seconds pass. */
	server_run(url, "UPDATE relay SET lease_until = lease_until - "
			"15000000");
	assert_string_equal(locate(d, "ana"), " 0");
	assert_int_equal(renew(d, &north), OK);
	assert_string_equal(locate(d, "ana"), "north 1");
	shared_relay_end(d, "north", north.incarnation, database_into(&r));
	assert_int_equal(database_wait(d, &r), OK);
	assert_string_equal(locate(d, "ana"), " 0");
}

static void a_crash_forgets_presence_and_it_is_said_again(void **state)
{
	struct shared_relay north;
	uint64_t was;

	(void)state;
	add("ana", "");
	assert_int_equal(begin(d, "north", &north), OK);
	was = put(d, &north, "ana", SHARED_FREE, 0);
	server_crash();
	server_come_back();
	assert_string_equal(locate(d, "ana"), " 0");
	assert_int_equal(renew(d, &north), OK);
	assert_int_equal(put(d, &north, "ana", SHARED_FREE, was), was);
	assert_string_equal(locate(d, "ana"), "north 1");
	assert_true(put(d, &north, "ana", SHARED_FREE, 0) > was);
}

static void a_relay_has_an_account_of_its_own_kind(void **state)
{
	struct shared_relay self;
	struct database_account a;

	(void)state;
	add("ana", "");
	assert_int_equal(begin(d, "ana", &self), ERR_MISSING);
	assert_int_equal(asking_get(d, "ana", &a), OK);
	assert_int_equal(a.kind, DATABASE_TERMINAL);
	assert_int_equal(begin(d, "north", &self), OK);
	assert_int_equal(asking_get(d, "north", &a), OK);
	assert_int_equal(a.kind, DATABASE_RELAY);
	assert_string_equal(server_value(url, "SELECT name FROM relay"),
			    "north");
}

static void note_terminal(void *owner, const struct database_answer *a)
{
	char word[80];

	(void)owner;
	snprintf(word, sizeof(word), "%s@%s ", a->place->account.id,
		 a->place->relay);
	strcat(why.text, word);
}

static void terminals_are_listed_in_pages(void **state)
{
	struct shared_relay north;
	struct database_account off = account("off");

	(void)state;
	off.enabled = false;
	assert_int_equal(asking_add(d, &off), OK);
	assert_int_equal(begin(d, "north", &north), OK);
	add("cleo", "");
	add("ana", "");
	add("zoe", "");
	(void)put(d, &north, "cleo", SHARED_FREE, 0);
	why.text[0] = '\0';
	shared_terminals(d, "", 2, database_each_into(&r, note_terminal));
	assert_int_equal(database_wait(d, &r), OK);
	assert_int_equal(r.count, 2);
	assert_string_equal(why.text, "ana@ cleo@north ");
	shared_terminals(d, "cleo", 2, database_each_into(&r, note_terminal));
	assert_int_equal(database_wait(d, &r), OK);
	assert_string_equal(why.text, "ana@ cleo@north zoe@ ");
}

static struct shared_relay relays[3];
static size_t relays_count;

static void note_relay(void *owner, const struct database_answer *a)
{
	(void)owner;
	if (relays_count < 3)
		relays[relays_count++] = *a->relay;
}

static void relays_find_each_other(void **state)
{
	struct shared_relay north, south;

	(void)state;
	add("ana", "");
	assert_int_equal(begin(d, "south", &south), OK);
	assert_int_equal(begin(d, "north", &north), OK);
	(void)put(d, &north, "ana", SHARED_FREE, 0);
	shared_relay_end(d, "south", south.incarnation, database_into(&r));
	assert_int_equal(database_wait(d, &r), OK);
	relays_count = 0;
	shared_relays(other, database_each_into(&r, note_relay));
	assert_int_equal(database_wait(other, &r), OK);
	assert_int_equal(relays_count, 2);
	assert_string_equal(relays[0].name, "north");
	assert_string_equal(relays[0].addresses, "north.example:4380");
	assert_memory_equal(relays[0].pin, north.pin, SHARED_PIN_SIZE);
	assert_int_equal(relays[0].terminals, 1);
	assert_in_range(relays[0].lease_ms, 10000, SHARED_LEASE_MS);
	assert_true(relays[1].lease_ms <= 0);
}

/* A thousand terminals, in one request. */
static void many_are_said_at_once(void **state)
{
	static struct shared_presence many[SHARED_PRESENCES_MAX];
	struct shared_relay north;

	(void)state;
	assert_int_equal(begin(d, "north", &north), OK);
	for (int i = 0; i < SHARED_PRESENCES_MAX; i++) {
		snprintf(many[i].id, sizeof(many[i].id), "t%d", i);
		many[i].state = i % 2 ? SHARED_FREE : SHARED_BUSY;
		many[i].gen = i % 3 == 0 ? 5 : 0;
	}
	shared_presence_put(d, &north, many, SHARED_PRESENCES_MAX,
			    database_into(&r));
	assert_int_equal(database_wait(d, &r), OK);
	assert_string_equal(server_value(url, "SELECT count(*) FROM presence"),
			    "1000");
	for (int i = 0; i < SHARED_PRESENCES_MAX; i++) {
		many[i].state = SHARED_OFFLINE;
		many[i].gen = 5;
	}
	shared_presence_put(d, &north, many, SHARED_PRESENCES_MAX,
			    database_into(&r));
	assert_int_equal(database_wait(d, &r), OK);
	assert_string_equal(server_value(url, "SELECT count(*) FROM presence"),
			    "666");
}

static void a_callee_is_found_by_indexes_alone(void **state)
{
	static const enum schema_statement statements[] = {
		SCHEMA_LOCATE, SCHEMA_LOCATE_NUMBER
	};
	char sql[3000];

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(sql, sizeof(sql),
			 "SET enable_seqscan = off; PREPARE q(text) AS %s;"
			 " EXPLAIN EXECUTE q('7')",
			 schema_postgres(statements[i]));
		assert_null(strstr(server_value(url, sql), "Seq Scan"));
	}
}

static void a_file_is_not_shared(void **state)
{
	struct database *file;

	assert_int_equal(scratch_set_up(state), 0);
	assert_int_equal(database_open(&file, scratch("db"), &why), OK);
	assert_false(database_shared(file));
	shared_locate(file, "ana", database_into(&r));
	assert_int_equal(database_wait(file, &r), ERR_UNSUPPORTED);
	database_close(file);
	assert_int_equal(scratch_tear_down(state), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_not_shared),
		TEST(a_terminal_is_where_it_logged_in_last),
		TEST(a_newer_incarnation_fences_the_older),
		TEST(a_lease_that_is_over_hides_its_terminals),
		TEST(a_crash_forgets_presence_and_it_is_said_again),
		TEST(a_relay_has_an_account_of_its_own_kind),
		TEST(terminals_are_listed_in_pages),
		TEST(relays_find_each_other),
		TEST(many_are_said_at_once),
		TEST(a_callee_is_found_by_indexes_alone),
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
