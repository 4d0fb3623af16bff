/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "asking.h"
#include "scratch.h"
#include "server.h"
#include "store/catalog.h"

static struct database *d;
static struct why why;
static const char *where; /* it is; in SQLite's file, or a server's URL */
static bool shared;

static int set_up(void **state)
{
	shared = false;
	if (scratch_set_up(state) != 0)
		return -1;
	where = scratch("db");
	return database_open(&d, where, &why) == OK ? 0 : -1;
}

static int set_up_shared(void **state)
{
	int was;

	shared = true;
	d = NULL;
	where = NULL;
	if (scratch_set_up(state) != 0)
		return -1;
	where = server_fresh();
	if (catalog_init(where, &was, &why) != OK)
		return -1;
	return database_open(&d, where, &why) == OK ? 0 : -1;
}

static int tear_down(void **state)
{
	database_close(d);
	return scratch_tear_down(state);
}

static void open_again(void)
{
	database_close(d);
	d = NULL;
	assert_int_equal(database_open(&d, where, &why), OK);
}

static struct database_account account(const char *id)
{
	struct database_account a = { .groups = { "law", "tax" },
				      .groups_count = 2,
				      .enabled = true,
				      .connections_max = 64,
				      .places_max = 1,
				      .created_ms = 1700000000000,
				      .iterations = 4096 };

	snprintf(a.id, sizeof(a.id), "%s", id);
	memset(a.salt, 1, sizeof(a.salt));
	memset(a.stored_key, 2, sizeof(a.stored_key));
	memset(a.server_key, 3, sizeof(a.server_key));
	return a;
}

static void add(const char *id)
{
	struct database_account a = account(id);

	assert_int_equal(asking_add(d, &a), OK);
}

static void an_account_comes_back_as_it_went_in(void **state)
{
	struct database_account a = account("ana"), b;

	(void)state;
	strcpy(a.numbers, "4912345678");
	assert_int_equal(asking_add(d, &a), OK);
	open_again();
	assert_int_equal(asking_get(d, "ana", &b), OK);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(asking_get(d, "ben", &b), ERR_MISSING);
	assert_int_equal(asking_get(d, "ANA", &b), ERR_MISSING);
}

static void who_may_call_an_account_is_kept(void **state)
{
	struct database_account a = account("ana"), b;

	(void)state;
	strcpy(a.allowed, "ben");
	assert_int_equal(asking_add(d, &a), OK);
	assert_int_equal(asking_allow(d, "ana", "ben carl"), OK);
	assert_int_equal(asking_allow(d, "no", "x"), ERR_MISSING);
	open_again();
	assert_int_equal(asking_get(d, "ana", &b), OK);
	assert_string_equal(b.allowed, "ben carl");
	assert_int_equal(asking_allow(d, "ana", ""), OK);
	assert_int_equal(asking_get(d, "ana", &b), OK);
	assert_string_equal(b.allowed, "");
}

/* As the first version made it. */
static const char first_version[] =
	"DROP TABLE account; DROP TABLE call; DROP TABLE common;"
	"DROP TABLE number;"
	"CREATE TABLE account (id TEXT PRIMARY KEY, number TEXT UNIQUE,"
	" groups TEXT NOT NULL, enabled INTEGER NOT NULL,"
	" connections_max INTEGER NOT NULL, places_max INTEGER NOT NULL,"
	" created INTEGER NOT NULL, last_login INTEGER NOT NULL,"
	" salt BLOB NOT NULL, iterations INTEGER NOT NULL,"
	" stored_key BLOB NOT NULL, server_key BLOB NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE call (id INTEGER PRIMARY KEY, caller TEXT NOT NULL,"
	" callee TEXT NOT NULL, began INTEGER NOT NULL,"
	" connected INTEGER NOT NULL, ended INTEGER NOT NULL,"
	" reason INTEGER NOT NULL);"
	"CREATE TABLE relay (one INTEGER PRIMARY KEY CHECK (one = 1),"
	" secret BLOB, starts INTEGER NOT NULL);"
	"INSERT INTO relay VALUES (1, NULL, 7);"
	"INSERT INTO account VALUES ('ana', '+4912', 'law tax', 1, 64, 2, 5, 6,"
	" zeroblob(16), 4096, zeroblob(32), zeroblob(32));"
	"PRAGMA user_version = 1;";

static void the_first_version_s_database_is_brought_up_to_date(void **state)
{
	struct database_account a;
	uint64_t first;
	sqlite3 *sql;

	(void)state;
	database_close(d);
	d = NULL;
	assert_int_equal(sqlite3_open(scratch("db"), &sql), SQLITE_OK);
	assert_int_equal(sqlite3_exec(sql, first_version, NULL, NULL, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_close(sql), SQLITE_OK);
	open_again();
	assert_int_equal(asking_get(d, "ana", &a), OK);
	assert_int_equal(a.places_max, 2);
	assert_int_equal(a.kind, DATABASE_TERMINAL);
	assert_string_equal(a.numbers, "4912");
	assert_string_equal(a.groups[1], "tax");
	assert_string_equal(a.allowed, "");
	assert_int_equal(asking_first_call(d, &first), OK);
	assert_int_equal(first >> 32, 8);
	assert_int_equal(asking_allow(d, "ana", "ben"), OK);
	open_again();
	assert_int_equal(asking_get(d, "ana", &a), OK);
	assert_string_equal(a.allowed, "ben");
}

static void an_account_without_groups_has_none(void **state)
{
	struct database_account a = account("ana"), b;

	(void)state;
	a.groups_count = 0;
	assert_int_equal(asking_add(d, &a), OK);
	assert_int_equal(asking_get(d, "ana", &b), OK);
	assert_int_equal(b.groups_count, 0);
}

static void sixteen_groups_with_long_names_fit(void **state)
{
	struct database_account a = account("ana"), b;

	(void)state;
	a.groups_count = DATABASE_GROUPS_MAX;
	for (int i = 0; i < DATABASE_GROUPS_MAX; i++) {
		memset(a.groups[i], 'a' + i, 32);
		a.groups[i][32] = '\0';
	}
	assert_int_equal(asking_add(d, &a), OK);
	assert_int_equal(asking_get(d, "ana", &b), OK);
	assert_memory_equal(a.groups, b.groups, sizeof(a.groups));
	assert_int_equal(b.groups_count, DATABASE_GROUPS_MAX);
}

static void an_id_and_a_number_are_taken_once(void **state)
{
	struct database_account a = account("ana");

	(void)state;
	strcpy(a.numbers, "1234");
	assert_int_equal(asking_add(d, &a), OK);
	assert_int_equal(asking_add(d, &a), ERR_EXISTS);
	strcpy(a.id, "ben");
	assert_int_equal(asking_add(d, &a), ERR_EXISTS);
	add("cleo"); /* without a number, as often as one likes */
	add("dora");
}

static void an_account_has_several_numbers(void **state)
{
	struct database_account a = account("ana"), b = account("ben");

	(void)state;
	strcpy(a.numbers, "81123456 4912");
	a.kind = DATABASE_RELAY;
	assert_int_equal(asking_add(d, &a), OK);
	assert_int_equal(asking_get(d, "ana", &a), OK);
	assert_string_equal(a.numbers, "4912 81123456");
	assert_int_equal(a.kind, DATABASE_RELAY);
	strcpy(b.numbers, "333 4912");
	assert_int_equal(asking_add(d, &b), ERR_EXISTS);
	assert_int_equal(asking_get(d, "ben", &b), ERR_MISSING);
	strcpy(b.numbers, "333");
	assert_int_equal(asking_add(d, &b), OK);
	assert_int_equal(asking_numbers(d, "ana", "5 333"), ERR_EXISTS);
	assert_int_equal(asking_get(d, "ana", &a), OK);
	assert_string_equal(a.numbers, "4912 81123456");
	assert_int_equal(asking_numbers(d, "ana", "5"), OK);
	assert_int_equal(asking_numbers(d, "ben", "4912"), OK);
	assert_int_equal(asking_numbers(d, "no", "7"), ERR_MISSING);
	assert_int_equal(asking_numbers(d, "ben", ""), OK);
	assert_int_equal(asking_get(d, "ben", &b), OK);
	assert_string_equal(b.numbers, "");
	assert_int_equal(asking_remove(d, "ana"), OK);
	assert_int_equal(asking_numbers(d, "ben", "5"), OK);
}

static void note_id(void *owner, const struct database_account *a)
{
	strcat(owner, a->id);
	strcat(owner, " ");
}

static void accounts_are_told_in_order(void **state)
{
	char ids[100] = "";

	(void)state;
	add("cleo");
	add("ana");
	add("ben.office");
	add("ben");
	assert_int_equal(asking_accounts(d, note_id, ids), OK);
	assert_string_equal(ids, "ana ben ben.office cleo ");
}

static void changes_to_an_account_stay(void **state)
{
	struct database_account a = account("ana"), b;

	(void)state;
	add("ana");
	assert_int_equal(asking_enable(d, "ana", false), OK);
	assert_int_equal(asking_touch(d, "ana", 77), OK);
	memset(a.salt, 9, sizeof(a.salt));
	memset(a.stored_key, 8, sizeof(a.stored_key));
	memset(a.server_key, 7, sizeof(a.server_key));
	a.iterations = 5000;
	assert_int_equal(asking_keys(d, &a), OK);
	a.enabled = false;
	a.last_login_ms = 77;
	open_again();
	assert_int_equal(asking_get(d, "ana", &b), OK);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(asking_remove(d, "ana"), OK);
	assert_int_equal(asking_get(d, "ana", &b), ERR_MISSING);
}

static void changes_to_nobody_are_missing(void **state)
{
	struct database_account a = account("ana");

	(void)state;
	assert_int_equal(asking_enable(d, "ana", true), ERR_MISSING);
	assert_int_equal(asking_remove(d, "ana"), ERR_MISSING);
	assert_int_equal(asking_touch(d, "ana", 1), OK);
	assert_int_equal(asking_keys(d, &a), ERR_MISSING);
}

static void what_looks_like_sql_is_a_name(void **state)
{
	struct database_account b;

	(void)state;
	add("ana");
	assert_int_equal(asking_get(d, "' OR 1=1 --", &b), ERR_MISSING);
	assert_int_equal(asking_remove(d, "x'; DROP TABLE account; --"),
			 ERR_MISSING);
	assert_int_equal(asking_get(d, "ana", &b), OK);
}

static enum err import(const char *const *ids, bool replace, uint64_t *line)
{
	struct database_import *i = database_import_new(replace);
	struct database_result r;

	assert_non_null(i);
	for (uint64_t n = 0; ids[n]; n++) {
		struct database_account a = account(ids[n]);

		snprintf(a.numbers, sizeof(a.numbers), "%llu7",
			 (unsigned long long)n);
		a.places_max = 9;
		database_import_add(i, &a, n + 1);
	}
	database_import_commit(d, i, database_into(&r));
	(void)!database_wait(d, &r);
	*line = r.number;
	return r.err;
}

static void an_import_is_all_or_nothing(void **state)
{
	static const char *const ids[] = { "ben", "ana", "cleo", NULL };
	static const char *const twice[] = { "dora", "eve", "dora", NULL };
	struct database_account a;
	uint64_t line;

	(void)state;
	add("ana");
	assert_int_equal(import(ids, false, &line), ERR_EXISTS);
	assert_int_equal(line, 2);
	assert_int_equal(asking_get(d, "ben", &a), ERR_MISSING);
	assert_int_equal(import(ids, true, &line), OK);
	assert_int_equal(asking_get(d, "ana", &a), OK);
	assert_int_equal(a.places_max, 9);
	assert_string_equal(a.numbers, "17");
	assert_int_equal(import(ids, true, &line), OK);
	assert_int_equal(asking_remove(d, "ben"), OK);
	assert_int_equal(import(twice, false, &line), ERR_EXISTS);
	assert_int_equal(asking_get(d, "dora", &a), ERR_MISSING);
}

/* --- calls --- */

struct told {
	struct database_call calls[8];
	uint64_t newest;
	size_t n;
};

static void note_call(void *owner, const struct database_call *c)
{
	struct told *t = owner;

	if (t->n < 8)
		t->calls[t->n] = *c;
	if (t->n++ == 0)
		t->newest = c->call;
}

static void calls_are_told_from_the_newest(void **state)
{
	const struct database_call calls[] = {
		{ 0x100000001, "ana", "ben", 1, 2, 3, 0 },
		{ 0x100000002, "ben", "ana", 4, 0, 5, 4 },
		{ 0x100000003, "cleo", "ben", 6, 7, 8, 65535 },
	};
	struct told t = { .n = 0 };

	(void)state;
	assert_int_equal(asking_append(d, calls, 3), OK);
	assert_int_equal(asking_append(d, calls, 0), OK);
	assert_int_equal(asking_calls(d, 2, note_call, &t), OK);
	assert_int_equal(t.n, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(t.calls[i].call, calls[2 - i].call);
		assert_string_equal(t.calls[i].caller, calls[2 - i].caller);
		assert_string_equal(t.calls[i].callee, calls[2 - i].callee);
		assert_int_equal(t.calls[i].began_ms, calls[2 - i].began_ms);
		assert_int_equal(t.calls[i].connected_ms,
				 calls[2 - i].connected_ms);
		assert_int_equal(t.calls[i].ended_ms, calls[2 - i].ended_ms);
		assert_int_equal(t.calls[i].reason, calls[2 - i].reason);
	}
}

/* --- what survives --- */

static void call_numbers_never_come_again(void **state)
{
	uint64_t last = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		uint64_t first;

		assert_int_equal(asking_first_call(d, &first), OK);
		assert_true(first > last);
		assert_true(i == 0 || first - last >= UINT32_MAX);
		last = first;
		open_again();
	}
}

static void the_secret_is_made_once(void **state)
{
	uint8_t one[32] = { 1 }, two[32] = { 2 }, is[32];

	(void)state;
	assert_int_equal(asking_secret(d, one, is), OK);
	assert_memory_equal(is, one, 32);
	open_again();
	assert_int_equal(asking_secret(d, two, is), OK);
	assert_memory_equal(is, one, 32);
}

static void another_s_change_is_noticed_and_seen(void **state)
{
	struct database_account a = account("ben"), b;
	struct database *other;
	char ids[100];

	(void)state;
	add("ana");
	assert_int_equal(asking_changes(d, ids, sizeof(ids)), OK);
	assert_string_equal(ids, "");
	assert_int_equal(database_open(&other, where, &why), OK);
	assert_int_equal(asking_add(other, &a), OK);
	assert_int_equal(asking_changes(d, ids, sizeof(ids)), OK);
	assert_non_null(strstr(ids, shared ? "ben " : "* "));
	assert_int_equal(asking_get(d, "ben", &b), OK);
	assert_int_equal(asking_changes(d, ids, sizeof(ids)), OK);
	assert_string_equal(ids, "");
	assert_int_equal(asking_remove(other, "ben"), OK);
	assert_int_equal(asking_changes(d, ids, sizeof(ids)), OK);
	assert_string_equal(ids, shared ? "ben " : "* ");
	database_close(other);
}

static void what_is_no_database_is_told(void **state)
{
	struct database *none;
	char text[4096];

	(void)state;
	memset(text, 'x', sizeof(text));
	scratch_write("bad", text, sizeof(text));
	assert_int_equal(database_open(&none, scratch("bad"), &why), ERR_BAD);
	assert_non_null(strstr(why.text, "bad"));
	assert_int_not_equal(database_open(&none, scratch("no/db"), &why), OK);
	assert_non_null(strstr(why.text, "no/db"));
}

static void old_calls_are_forgotten_and_no_others(void **state)
{
	struct told t = { .n = 0 };
	size_t removed = 0, all = 0;

	(void)state;
	for (uint64_t n = 1; n <= 5000; n += 100) {
		struct database_call calls[100];

		for (uint64_t i = 0; i < 100; i++)
			calls[i] = (struct database_call){
				n + i, "ana", "ben", 1, 2, (int64_t)(n + i), 0
			};
		assert_int_equal(asking_append(d, calls, 100), OK);
	}
	do {
		assert_int_equal(asking_forget(d, 4501, &removed), OK);
		assert_in_range(removed, 0, 2000);
		all += removed;
	} while (removed > 0);
	assert_int_equal(all, 4500);
	assert_int_equal(asking_calls(d, 9999, note_call, &t), OK);
	assert_int_equal(t.n, 500);
}

static void a_newer_version_s_database_is_left_alone(void **state)
{
	static const uint8_t version[4] = { 0, 0, 0, 99 };
	struct database *none;
	FILE *f;

	(void)state;
	database_close(d);
	d = NULL;
	/* The user version stands at offset 60 of the file (SQLite's file
	 * format, section 1.3). */
	f = fopen(scratch("db"), "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, 60, SEEK_SET), 0);
	assert_int_equal(fwrite(version, 1, 4, f), 4);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(database_open(&none, scratch("db"), &why),
			 ERR_UNSUPPORTED);
	assert_non_null(strstr(why.text, "newer"));
}

static void a_full_disk_is_told_and_changes_nothing(void **state)
{
	struct database_call call = { 7, "ana", "ben", 1, 2, 3, 0 };
	struct database_account a = account("ana");
	struct told t = { .n = 0 };
	enum err e = OK;

	(void)state;
	if (!scratch_small_disk(1024)) {
		print_message("no disk may be mounted here\n");
		skip();
	}
	database_close(d);
	d = NULL;
	assert_int_equal(database_open(&d, scratch("small/db"), &why), OK);
	scratch_fill();
	/* Until the log has used the room that it has. */
	for (int i = 0; e == OK && i < 2000; i++) {
		call.call = (uint64_t)i + 1;
		e = asking_append(d, &call, 1);
	}
	assert_int_equal(e, ERR_SPACE);
	assert_int_equal(asking_add(d, &a), ERR_SPACE);
	scratch_make_room();
	assert_int_equal(asking_calls(d, 9999, note_call, &t), OK);
	assert_int_equal(t.newest, call.call - 1);
	assert_int_equal(asking_add(d, &a), OK);
}

static unsigned first;

static void append_records(void (*done)(void))
{
	struct database *own;

	if (database_open(&own, where, NULL) != OK)
		_exit(1);
	for (unsigned n = 0; n < 2000; n++) {
		struct database_call pair[] = {
			{ 2 * (first + n) + 1, "ana", "ben", 1, 2, 3, 0 },
			{ 2 * (first + n) + 2, "ben", "ana", 1, 2, 3, 0 },
		};

		struct database_account a = account("");

		enum err e;

		snprintf(a.id, sizeof(a.id), "a%u", first + n);
		/* The one before may have got so far. */
		e = asking_add(own, &a);
		if ((e != OK && e != ERR_EXISTS) ||
		    asking_append(own, pair, 2) != OK)
			_exit(1);
		done();
	}
	_exit(0);
}

static void a_kill_at_any_moment_loses_no_commit(void **state)
{
	(void)state;
	/* No connection may be carried through a fork. */
	database_close(d);
	d = NULL;
	first = 0;
	for (int round = 0; round < 8; round++) {
		unsigned said = scratch_kill(append_records, 30000);
		struct told t = { .n = 0 };

		assert_int_equal(database_open(&d, where, &why), OK);
		assert_int_equal(asking_calls(d, 100000, note_call, &t), OK);
		assert_int_equal(t.n % 2, 0); /* both or neither */
		assert_in_range(t.n / 2, first + said, first + said + 1);
		for (unsigned n = 0; n < first + said; n++) {
			struct database_account a;
			char id[16];

			snprintf(id, sizeof(id), "a%u", n);
			assert_int_equal(asking_get(d, id, &a), OK);
			assert_memory_equal(a.stored_key,
					    account("").stored_key, 32);
		}
		first = (unsigned)(t.n / 2);
		database_close(d);
		d = NULL;
	}
	assert_true(first > 0);
}

#define FILE_TEST(name)                                                        \
	{                                                                      \
		"file: " #name, name, set_up, tear_down, NULL                  \
	}
#define SHARED_TEST(name)                                                      \
	{                                                                      \
		"server: " #name, name, set_up_shared, tear_down, NULL         \
	}

/* Each is true of both. */
#define BOTH(TEST)                                                             \
	TEST(an_account_comes_back_as_it_went_in),                             \
		TEST(who_may_call_an_account_is_kept),                         \
		TEST(an_account_without_groups_has_none),                      \
		TEST(sixteen_groups_with_long_names_fit),                      \
		TEST(an_id_and_a_number_are_taken_once),                       \
		TEST(an_account_has_several_numbers),                          \
		TEST(accounts_are_told_in_order),                              \
		TEST(changes_to_an_account_stay),                              \
		TEST(changes_to_nobody_are_missing),                           \
		TEST(what_looks_like_sql_is_a_name),                           \
		TEST(an_import_is_all_or_nothing),                             \
		TEST(calls_are_told_from_the_newest),                          \
		TEST(call_numbers_never_come_again),                           \
		TEST(the_secret_is_made_once),                                 \
		TEST(another_s_change_is_noticed_and_seen),                    \
		TEST(old_calls_are_forgotten_and_no_others),                   \
		TEST(a_kill_at_any_moment_loses_no_commit)
#define OF_FILES                                                               \
	FILE_TEST(the_first_version_s_database_is_brought_up_to_date),         \
		FILE_TEST(what_is_no_database_is_told),                        \
		FILE_TEST(a_newer_version_s_database_is_left_alone),           \
		FILE_TEST(a_full_disk_is_told_and_changes_nothing)

int main(void)
{
	const struct CMUnitTest files[] = { BOTH(FILE_TEST), OF_FILES };
	const struct CMUnitTest tests[] = { BOTH(FILE_TEST), OF_FILES,
					    BOTH(SHARED_TEST) };
	int failed;

	/* Without a server, the file alone. */
	if (server_start())
		failed = cmocka_run_group_tests(tests, NULL, NULL);
	else
		failed = cmocka_run_group_tests(files, NULL, NULL);
	server_end();
	return failed;
}
