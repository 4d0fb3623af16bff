/* SPDX-License-Identifier: Apache-2.0 */
#include "store/prints.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "scratch.h"
#include "store/atomic.h"

static char home[200];
static struct why why;
static unsigned seen;
static char last_to[64];

static int set_up(void **state)
{
	log_set_level(LOG_ERROR);
	if (scratch_set_up(state) != 0)
		return -1;
	snprintf(home, sizeof(home), "%s", scratch("home"));
	seen = 0;
	return mkdir(home, 0700);
}

static struct print job(uint8_t n)
{
	static const char *const to[] = { "ben", "cleo@north" };

	return (struct print){ .id = { 0xab, n },
			       .number = 700u + n,
			       .created_ms = 1700000000000,
			       .user = "ana",
			       .name = "Ana \"A\" \303\204rzte",
			       .proven = true,
			       .title = "Letter",
			       .note = "soon",
			       .resolution = "fine",
			       .priority = "high",
			       .to = to,
			       .to_count = 2 };
}

static enum err keep(const struct print *p)
{
	int fd = open(home, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	enum err e;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "%PDF", 4), 4);
	e = prints_keep(home, p, fd, &why);
	close(fd);
	return e;
}

/* In the folder of job n. */
static const char *in_folder(uint8_t n, const char *rest)
{
	struct print p = job(n);
	char hex[2 * PRINTS_ID_SIZE + 1], path[200];

	text_to_hex(p.id, sizeof(p.id), hex);
	snprintf(path, sizeof(path), "home/printing/%s%s", hex, rest);
	return scratch(path);
}

static void note(void *owner, const struct print *p, int document)
{
	const struct print was = job(p->id[1]);
	char bytes[8];

	(void)owner;
	seen++;
	assert_memory_equal(p->id, was.id, sizeof(was.id));
	assert_int_equal(p->number, was.number);
	assert_int_equal(p->created_ms, was.created_ms);
	assert_string_equal(p->user, was.user);
	assert_string_equal(p->name, was.name);
	assert_true(p->proven);
	assert_string_equal(p->title, was.title);
	assert_string_equal(p->note, was.note);
	assert_string_equal(p->resolution, was.resolution);
	assert_string_equal(p->priority, was.priority);
	snprintf(last_to, sizeof(last_to), "%zu %s", p->to_count,
		 p->to_count > 0 ? p->to[p->to_count - 1] : "");
	assert_int_equal(read(document, bytes, sizeof(bytes)), 4);
	assert_memory_equal(bytes, "%PDF", 4);
	close(document);
}

static unsigned load(void)
{
	seen = 0;
	prints_load(home, note, NULL);
	return seen;
}

static void what_was_kept_comes_back_until_it_is_removed(void **state)
{
	struct print p = job(1);

	(void)state;
	assert_int_equal(load(), 0);
	assert_int_equal(keep(&p), OK);
	assert_int_equal(load(), 1);
	assert_string_equal(last_to, "2 cleo@north");
	assert_int_equal(load(), 1);
	prints_remove(home, p.id);
	assert_int_equal(load(), 0);
	assert_int_equal(scratch_count("home/printing"), 0);
	p.to_count = 0; /* a document that asks to whom it goes */
	assert_int_equal(keep(&p), OK);
	assert_int_equal(load(), 1);
	assert_string_equal(last_to, "0 ");
}

static void what_was_never_whole_goes(void **state)
{
	(void)state;
	for (uint8_t n = 1; n <= 2; n++) {
		struct print p = job(n);

		assert_int_equal(keep(&p), OK);
	}
	assert_int_equal(unlink(in_folder(1, "/print.json")), 0);
	assert_int_equal(load(), 1);
	assert_int_equal(scratch_count("home/printing"), 1);
}

static void what_is_damaged_is_set_aside(void **state)
{
	(void)state;
	for (uint8_t n = 1; n <= 4; n++) {
		struct print p = job(n);

		assert_int_equal(keep(&p), OK);
	}
	assert_int_equal(truncate(in_folder(1, "/print.json"), 30), 0);
	assert_int_equal(unlink(in_folder(2, "/document")), 0);
	assert_int_equal(
		rename(in_folder(3, ""), scratch("home/printing/elsewhere")),
		0);
	assert_int_equal(load(), 1);
	assert_int_equal(scratch_count("home/printing"), 4);
	assert_true(scratch_exists("home/printing/.damaged-elsewhere"));
	assert_int_equal(load(), 1);
}

static void what_cannot_be_kept_leaves_nothing(void **state)
{
	struct print p = job(1);

	(void)state;
	assert_int_equal(keep(&p), OK);
	prints_remove(home, p.id);
	/* A folder is in the record's way. */
	assert_int_equal(mkdir(in_folder(1, ""), 0700), 0);
	assert_int_equal(mkdir(in_folder(1, "/print.json.tmp"), 0700), 0);
	assert_int_not_equal(keep(&p), OK);
	assert_true(strlen(why.text) > 0);
	assert_int_not_equal(access(in_folder(1, "/document"), F_OK), 0);
	assert_int_equal(rmdir(in_folder(1, "/print.json.tmp")), 0);
	assert_int_equal(load(), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_kept_comes_back_until_it_is_removed),
		TEST(what_was_never_whole_goes),
		TEST(what_is_damaged_is_set_aside),
		TEST(what_cannot_be_kept_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
