/* SPDX-License-Identifier: Apache-2.0 */
#include "store/audit.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hash.h"
#include "scratch.h"
#include "store/atomic.h"

enum { DAY_MS = 24 * 3600 * 1000, ROOM = 4 * 1024 * 1024 };

static const uint64_t NOW_MS = 1800000000000;
static struct why why;
static struct audit *a;
static struct audit_finding finding;

/* Any function whose outcome tells two texts apart will do here. */
static void digest_of(const void *bytes, size_t len, uint8_t *out)
{
	for (uint8_t i = 0; i < AUDIT_DIGEST_SIZE / 8; i++) {
		const uint8_t key[HASH_KEY_SIZE] = { i };
		uint64_t h = hash_keyed(key, bytes, len);

		memcpy(out + i * 8, &h, 8);
	}
}

static const struct audit_digest digest = { digest_of };

/* Where the log is: a disk in memory, if it may be mounted, for tests that
 * sync thousands of times. */
static bool in_memory;

static const char *place(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s%s", in_memory ? "small/" : "", name);
	return scratch(path);
}

static void use_memory(void)
{
	in_memory = scratch_small_disk(8192);
}

static void open_log(void)
{
	assert_int_equal(audit_open(&a, place(""), digest, 3650, NOW_MS, &why),
			 OK);
}

static void close_log(void)
{
	audit_close(a);
	a = NULL;
}

static int tear_down(void **state)
{
	close_log();
	in_memory = false;
	return scratch_tear_down(state);
}

static enum err note(const char *user, const char *action, const char *what)
{
	return audit_add(a,
			 &(struct audit_entry){ .at_ms = NOW_MS,
						.user = user,
						.action = action,
						.what = what },
			 &why);
}

static void note_many(unsigned count)
{
	char what[32];

	for (unsigned i = 0; i < count; i++) {
		snprintf(what, sizeof(what), "fax %u", i);
		assert_int_equal(note("ana", "read", what), OK);
	}
}

static enum err check(void)
{
	return audit_check(place(""), digest, &finding, &why);
}

/* The last entries read, as "number user action what detail|...". */
static char told[4096];

static void tell(void *owner, const struct audit_entry *e)
{
	size_t used = strlen(told);

	(void)owner;
	snprintf(told + used, sizeof(told) - used, "%llu %s %s %s %s|",
		 (unsigned long long)e->number, e->user, e->action, e->what,
		 e->detail);
}

static const char *page(uint64_t before, size_t limit)
{
	told[0] = '\0';
	assert_int_equal(audit_read(a, before, limit, tell, NULL, &why), OK);
	return told;
}

static char *slurp(const char *name, size_t *len)
{
	char *bytes;

	assert_int_equal(atomic_read(scratch(name), ROOM, &bytes, len, &why),
			 OK);
	return bytes;
}

/* --- what is told --- */

static void entries_come_back_the_newest_first(void **state)
{
	(void)state;
	open_log();
	assert_string_equal(page(0, 100), "");
	assert_int_equal(note("ana", "sign-in", "192.0.2.1"), OK);
	assert_int_equal(audit_add(a,
				   &(struct audit_entry){ .at_ms = 1,
							  .user = "ben",
							  .action = "sent",
							  .what = "job 1",
							  .detail = "to zoe" },
				   &why),
			 OK);
	assert_int_equal(note(NULL, "deleted", NULL), OK);
	assert_string_equal(page(0, 100),
			    "3  deleted  |2 ben sent job 1 to zoe|"
			    "1 ana sign-in 192.0.2.1 |");
	assert_string_equal(page(3, 1), "2 ben sent job 1 to zoe|");
	assert_string_equal(page(2, 100), "1 ana sign-in 192.0.2.1 |");
	assert_string_equal(page(1, 100), "");
	assert_string_equal(page(0, 0), "");
	assert_string_equal(audit_trouble(a), "");
}

static void a_terminal_that_starts_anew_goes_on_counting(void **state)
{
	struct stat st;

	(void)state;
	for (int i = 0; i < 3; i++) {
		open_log();
		note_many(2);
		close_log();
	}
	assert_int_equal(check(), OK);
	assert_int_equal(finding.entries, 6);
	assert_int_equal(finding.first, 1);
	assert_int_equal(finding.last, 6);
	assert_int_equal(stat(scratch("audit.log"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void foreign_text_stays_on_its_line(void **state)
{
	char text[3000];

	(void)state;
	open_log();
	assert_int_equal(note("a\"b\\", "sign-in-failed",
			      "x\n{\"number\":9}\x1b[2J\xff"),
			 OK);
	assert_string_equal(page(0, 9), "1 a\"b\\ sign-in-failed "
					"x?{\"number\":9}?[2J? |");
	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(audit_add(a,
				   &(struct audit_entry){ .at_ms = NOW_MS,
							  .user = text,
							  .action = text,
							  .what = text,
							  .detail = text },
				   &why),
			 OK);
	assert_int_equal(strspn(page(0, 1) + 2, "\""), AUDIT_USER_MAX);
	close_log();
	assert_int_equal(check(), OK);
	assert_int_equal(finding.entries, 2);
}

/* --- what was changed shows --- */

static void every_changed_octet_shows(void **state)
{
	size_t len, end;
	char *bytes;

	(void)state;
	open_log();
	note_many(4);
	close_log();
	bytes = slurp("audit.log", &len);
	/* The last line has none behind it that would tell. */
	end = (size_t)((char *)memrchr(bytes, '\n', len - 1) - bytes) + 1;
	for (size_t i = 0; i < end; i++) {
		bytes[i] ^= 1;
		scratch_write("audit.log", bytes, len);
		assert_int_equal(check(), ERR_BAD);
		assert_non_null(strstr(why.text, "audit.log, line "));
		bytes[i] ^= 1;
	}
	scratch_write("audit.log", bytes, len);
	assert_int_equal(check(), OK);
	free(bytes);
}

static void every_missing_line_shows(void **state)
{
	char *bytes, *line, *end;
	char *without = malloc(ROOM);
	size_t len;

	(void)state;
	assert_non_null(without);
	open_log();
	note_many(5);
	close_log();
	bytes = slurp("audit.log", &len);
	line = bytes + strcspn(bytes, "\n") +
	       1; /* an older one may be dropped */
	for (;;) {
		end = line + strcspn(line, "\n");
		if (!end[1])
			break;
		size_t before = (size_t)(line - bytes);
		size_t after = len - (size_t)(end + 1 - bytes);

		memcpy(without, bytes, before);
		memcpy(without + before, end + 1, after);
		scratch_write("audit.log", without, before + after);
		assert_int_equal(check(), ERR_BAD);
		assert_non_null(strstr(why.text, "missing"));
		line = end + 1;
	}
	free(without);
	free(bytes);
}

static void the_last_line_is_told_to_who_notes_it(void **state)
{
	uint8_t noted[AUDIT_DIGEST_SIZE];

	(void)state;
	open_log();
	note_many(3);
	assert_int_equal(check(), OK);
	memcpy(noted, finding.digest, sizeof(noted));
	note_many(1);
	assert_int_equal(check(), OK);
	assert_int_equal(finding.last, 4);
	assert_memory_not_equal(noted, finding.digest, sizeof(noted));
}

static void a_log_that_is_not_there_is_no_sound_log(void **state)
{
	(void)state;
	assert_int_equal(check(), ERR_MISSING);
	assert_non_null(strstr(why.text, "audit.log"));
}

/* --- accidents --- */

static void a_torn_last_line_is_taken_away_and_told(void **state)
{
	char *bytes;
	size_t len;

	(void)state;
	open_log();
	note_many(3);
	close_log();
	bytes = slurp("audit.log", &len);
	for (size_t cut = 1; cut < 40; cut += 13) {
		scratch_write("audit.log", bytes, len - cut);
		/* One may be on its way while it is checked. */
		assert_int_equal(check(), OK);
		open_log();
		assert_non_null(strstr(page(0, 1), "3  mended audit.log "));
		close_log();
		assert_int_equal(check(), OK);
		assert_int_equal(finding.entries, 3);
	}
	free(bytes);
}

static void zeros_of_a_power_cut_are_a_torn_line(void **state)
{
	static const char zeros[300];
	int fd;

	(void)state;
	open_log();
	note_many(3);
	close_log();
	fd = open(scratch("audit.log"), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, zeros, sizeof(zeros)), sizeof(zeros));
	close(fd);
	open_log();
	assert_non_null(strstr(page(0, 1), "300 octets"));
	close_log();
	assert_int_equal(check(), OK);
	assert_int_equal(finding.entries, 4);
}

/* It is told, never mended: who changed it shall not have it forgotten. */
static void a_strange_line_is_left_and_counted(void **state)
{
	int fd;

	(void)state;
	open_log();
	note_many(2);
	close_log();
	fd = open(scratch("audit.log"), O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "what?\n", 6), 6);
	close(fd);
	open_log();
	note_many(1);
	assert_string_equal(page(0, 2), "4 ana read fax 0 |2 ana read fax 1 |");
	assert_int_equal(check(), ERR_BAD);
	assert_non_null(strstr(why.text, "line 3"));
}

static void a_full_disk_refuses_and_leaves_no_half_line(void **state)
{
	struct audit *small;
	char what[200];
	enum err e = OK;
	unsigned added = 0;

	(void)state;
	if (!scratch_small_disk(64))
		skip();
	assert_int_equal(audit_open(&small, scratch("small"), digest, 3650,
				    NOW_MS, &why),
			 OK);
	a = small;
	memset(what, 'w', sizeof(what) - 1);
	what[sizeof(what) - 1] = '\0';
	assert_int_equal(note("ana", "read", what), OK);
	scratch_fill();
	/* Its last block may have room for some. */
	while (added < 100 && (e = note("ana", "read", what)) == OK)
		added++;
	assert_int_equal(e, ERR_SPACE);
	assert_non_null(strstr(why.text, "disk is full"));
	assert_string_equal(audit_trouble(a), why.text);
	assert_int_equal(audit_check(scratch("small"), digest, &finding, &why),
			 OK);
	assert_int_equal(finding.entries, added + 1);
	scratch_make_room();
	assert_int_equal(note("ana", "read", what), OK);
	assert_string_equal(audit_trouble(a), "");
	assert_int_equal(audit_check(scratch("small"), digest, &finding, &why),
			 OK);
	/* Before it, another one says what is missing. */
	assert_int_equal(finding.entries, added + 3);
	assert_non_null(strstr(page(added + 3, 1), "not-written audit.log 1 "));
	assert_int_equal(note("ana", "sent", "job"), OK);
	assert_non_null(strstr(page(0, 1), "ana sent job"));
	assert_int_equal(audit_check(scratch("small"), digest, &finding, &why),
			 OK);
	assert_int_equal(finding.entries, added + 4);
}

static void what_lets_people_in_and_makes_room_goes_on(void **state)
{
	(void)state;
	assert_false(audit_needed("sign-in"));
	assert_false(audit_needed("read"));
	assert_false(audit_needed("viewed"));
	assert_false(audit_needed("deleted"));
	assert_true(audit_needed("sent"));
	assert_true(audit_needed("user-added"));
	assert_true(audit_needed(""));
}

static void work(void (*done)(void))
{
	open_log();
	for (int i = 0; i < 50; i++) {
		note_many(1);
		done();
	}
}

static void what_was_said_to_be_noted_survives_a_kill(void **state)
{
	uint64_t least = 0;

	(void)state;
	for (int i = 0; i < 30; i++) {
		least += scratch_kill(work, 3000);
		assert_int_equal(check(), OK);
		assert_true(finding.entries >= least);
		least = finding.entries;
	}
}

/* --- parts --- */

static bool exists(const char *name)
{
	return access(place(name), F_OK) == 0;
}

/* Some five parts; returns how many entries. */
static unsigned fill_parts(void)
{
	char detail[AUDIT_DETAIL_MAX + 1];
	unsigned n = 0;

	memset(detail, '\\', sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	while (!exists("audit.log.4")) {
		assert_int_equal(
			audit_add(a,
				  &(struct audit_entry){ .at_ms = NOW_MS,
							 .user = "ana",
							 .action = "read",
							 .what = detail,
							 .detail = detail },
				  &why),
			OK);
		n++;
	}
	return n;
}

static uint64_t expected;

static void expect_next(void *owner, const struct audit_entry *e)
{
	(void)owner;
	assert_int_equal(e->number, expected);
	expected--;
}

static void parts_are_one_log(void **state)
{
	struct stat st;
	unsigned n;

	(void)state;
	use_memory();
	open_log();
	n = fill_parts();
	assert_int_equal(stat(place("audit.log.1"), &st), 0);
	assert_true(st.st_size <= AUDIT_PART_MAX);
	expected = n;
	assert_int_equal(audit_read(a, 0, n + 5, expect_next, NULL, &why), OK);
	assert_int_equal(expected, 0);
	for (uint64_t before = n + 1; before > 1; before -= before / 7 + 1) {
		expected = before - 1;
		assert_int_equal(
			audit_read(a, before, 1, expect_next, NULL, &why), OK);
		assert_int_equal(expected, before - 2);
	}
	assert_int_equal(check(), OK);
	assert_int_equal(finding.entries, n);
	/* One that was put aside in that very moment, with none begun. */
	close_log();
	assert_int_equal(rename(place("audit.log"), place("audit.log.5")), 0);
	open_log();
	assert_int_equal(note("ana", "read", "the next"), OK);
	assert_int_equal(check(), OK);
	assert_int_equal(finding.last, n + 1);
}

static void a_part_that_is_gone_from_between_shows(void **state)
{
	(void)state;
	use_memory();
	open_log();
	fill_parts();
	assert_int_equal(unlink(place("audit.log.2")), 0);
	assert_int_equal(check(), ERR_BAD);
	assert_non_null(strstr(why.text, "audit.log.3, line 1"));
}

static void parts_go_when_they_are_older_than_is_kept(void **state)
{
	/* The second is young: what is behind it stays, too. */
	static const int age_days[] = { 20, 10, 20 };

	(void)state;
	use_memory();
	open_log();
	fill_parts();
	close_log();
	for (int i = 0; i < 3; i++) {
		const struct timespec when = {
			.tv_sec = (time_t)(NOW_MS / 1000) -
				  age_days[i] * (DAY_MS / 1000)
		};
		const struct timespec times[2] = { when, when };
		char name[20];

		snprintf(name, sizeof(name), "audit.log.%d", i + 1);
		assert_int_equal(utimensat(AT_FDCWD, place(name), times, 0), 0);
	}
	assert_int_equal(audit_open(&a, place(""), digest, 21, NOW_MS, &why),
			 OK);
	close_log();
	assert_true(exists("audit.log.1"));
	assert_int_equal(audit_open(&a, place(""), digest, 19, NOW_MS, &why),
			 OK);
	assert_false(exists("audit.log.1"));
	assert_true(exists("audit.log.2"));
	assert_true(exists("audit.log.3"));
	assert_int_equal(check(), OK);
	assert_true(finding.first > 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, scratch_set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(entries_come_back_the_newest_first),
		TEST(a_terminal_that_starts_anew_goes_on_counting),
		TEST(foreign_text_stays_on_its_line),
		TEST(every_changed_octet_shows),
		TEST(every_missing_line_shows),
		TEST(the_last_line_is_told_to_who_notes_it),
		TEST(a_log_that_is_not_there_is_no_sound_log),
		TEST(a_torn_last_line_is_taken_away_and_told),
		TEST(zeros_of_a_power_cut_are_a_torn_line),
		TEST(a_strange_line_is_left_and_counted),
		TEST(a_full_disk_refuses_and_leaves_no_half_line),
		TEST(what_lets_people_in_and_makes_room_goes_on),
		TEST(what_was_said_to_be_noted_survives_a_kill),
		TEST(parts_are_one_log),
		TEST(a_part_that_is_gone_from_between_shows),
		TEST(parts_go_when_they_are_older_than_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
