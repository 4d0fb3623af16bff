/* SPDX-License-Identifier: Apache-2.0 */
#include "office/scan.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <qrencode.h>

#include "../io/turn.h"

enum { DOTS = 5, QUIET = 6 };

static const char url[] =
	"faxwire://ana:mXk3Zp0qT8-vLr5_NbWc1AqT8-vLr5@relay.example:4380"
	"?pin=sha256:3l9fYl7ezL4-79Y6Nnun-Pm20kLzGmqNBS50ZJG9io0";

static struct loop *l;
static bool done;
static enum err result;
static char seen[2000];
static struct why told;

static void on_done(void *owner, enum err e, const char *text,
		    const struct why *why)
{
	assert_ptr_equal(owner, &done);
	assert_int_equal(text != NULL, e == OK);
	result = e;
	told = *why;
	snprintf(seen, sizeof(seen), "%s", text ? text : "");
	done = true;
}

static int set_up(void **state)
{
	(void)state;
	l = loop_new();
	return l ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	loop_free(l);
	return 0;
}

/* A file that is gone once it is closed. */
static int new_file(void)
{
	char path[] = "/tmp/faxwire-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

/* The code as netpbm takes it, and what `command` makes of it. */
static int picture_of(const char *text, const char *command)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
	int fd = new_file(), side;
	char line[400];
	FILE *f;

	assert_non_null(code);
	side = (code->width + 2 * QUIET) * DOTS;
	snprintf(line, sizeof(line), "%s >/proc/self/fd/%d", command, fd);
	f = popen(line, "w");
	assert_non_null(f);
	fprintf(f, "P1\n%d %d\n", side, side);
	for (int i = 0; i < side * side; i++) {
		int x = i % side / DOTS - QUIET, y = i / side / DOTS - QUIET;
		bool dark = x >= 0 && y >= 0 && x < code->width &&
			    y < code->width &&
			    (code->data[y * code->width + x] & 1);

		fputs(dark ? "1\n" : "0\n", f);
	}
	assert_int_equal(pclose(f), 0);
	QRcode_free(code);
	return fd;
}

static int file_of(const char *bytes, size_t len)
{
	int fd = new_file();

	assert_int_equal(write(fd, bytes, len), len);
	return fd;
}

static enum err scan(int fd)
{
	done = false;
	assert_non_null(scan_new(l, fd, on_done, &done));
	assert_false(done);
	/* Ten seconds each; both programs may take their time. */
	for (int i = 0; i < 5 && !done; i++)
		(void)turn_until(l, &done);
	assert_true(done);
	return result;
}

static bool can_scan(void)
{
	return access("/usr/bin/zbarimg", X_OK) == 0 &&
	       access("/usr/bin/pngtopam", X_OK) == 0;
}

static void the_url_is_read_as_a_camera_sees_it(void **state)
{
	static const char *const commands[] = {
		"pnmtopng 2>/dev/null",
		"pnmdepth 255 | pnmtojpeg -quality=40",
		/* Held askew, not quite white, on a desk. */
		("pnmdepth 255 | pamfunc -multiplier 0.8 | pnmrotate 11 "
		 "-background=grey | pnmtojpeg -quality=70"),
		"pnmdepth 255 | pnmflip -r90 | pnmtopng 2>/dev/null",
	};

	(void)state;
	if (!can_scan())
		skip();
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_int_equal(scan(picture_of(url, commands[i])), OK);
		assert_string_equal(seen, url);
	}
}

static void another_code_is_refused(void **state)
{
	static const char *const others[] = {
		"https://relay.example/",
		"faxwire://ana",
		"faxwire://ana:mXk3Zp0qT8@relay.example\nmore of it",
	};

	(void)state;
	if (!can_scan())
		skip();
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			scan(picture_of(others[i], "pnmtopng 2>/dev/null")),
			ERR_BAD);
		assert_non_null(strstr(told.text, "no join URL"));
	}
	/* Only its first line is looked at. */
	assert_int_equal(scan(picture_of(others[2], "pnmtopng 2>/dev/null")),
			 OK);
	assert_string_equal(seen, "faxwire://ana:mXk3Zp0qT8@relay.example");
}

static void a_picture_without_a_code_is_told(void **state)
{
	(void)state;
	if (!can_scan())
		skip();
	assert_int_equal(
		scan(picture_of(
			url,
			"cat >/dev/null; pbmmake -white 300 300 | pnmtopng")),
		ERR_BAD);
	assert_non_null(strstr(told.text, "No QR code"));
}

static void what_is_no_picture_is_refused(void **state)
{
	static const char *const files[] = { "", "faxwire://ana:x@y",
					     "%PDF-1.7", "II*", "GIF89a" };

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(scan(file_of(files[i], strlen(files[i]))),
				 ERR_BAD);
		assert_non_null(strstr(told.text, "PNG or JPEG"));
	}
}

static void a_damaged_picture_is_told(void **state)
{
	char bytes[200] = "\x89PNG\r\n\x1a\n";

	(void)state;
	if (!can_scan())
		skip();
	assert_int_equal(scan(file_of(bytes, sizeof(bytes))), ERR_BAD);
	assert_non_null(strstr(told.text, "damaged"));
}

static void a_picture_that_grows_is_stopped(void **state)
{
	int fd = new_file();
	char line[200];

	(void)state;
	if (!can_scan())
		skip();
	snprintf(line, sizeof(line),
		 "pgmramp -lr 10200 10200 | pnmtopng -compression 1 "
		 ">/proc/self/fd/%d 2>/dev/null",
		 fd);
	assert_int_equal(system(line), 0);
	/* A busy machine may find it too slow before it is too large. */
	assert_int_not_equal(scan(fd), OK);
	assert_non_null(strstr(told.text, "send a smaller one"));
	/* More than is taken at all. */
	fd = new_file();
	assert_int_equal(ftruncate(fd, SCAN_PICTURE_MAX + 1), 0);
	assert_int_equal(scan(fd), ERR_LIMIT);
}

static void no_more_than_some_run_at_once(void **state)
{
	struct scan *all[SCAN_RUNNING_MAX];

	(void)state;
	for (int i = 0; i < SCAN_RUNNING_MAX; i++) {
		all[i] = scan_new(l, file_of("x", 1), on_done, &done);
		assert_non_null(all[i]);
	}
	assert_null(scan_new(l, file_of("x", 1), on_done, &done));
	for (int i = 0; i < SCAN_RUNNING_MAX; i++)
		scan_cancel(all[i]);
	done = false;
	turn_for(l, 20);
	assert_false(done);
	assert_int_equal(scan(file_of("x", 1)), ERR_BAD);
}

static void one_that_is_cancelled_in_its_middle_leaves_nothing(void **state)
{
	struct scan *s;

	(void)state;
	if (!can_scan())
		skip();
	for (int ms = 0; ms < 60; ms += 12) {
		done = false;
		s = scan_new(l, picture_of(url, "pnmtopng 2>/dev/null"),
			     on_done, &done);
		assert_non_null(s);
		turn_for(l, ms);
		if (!done)
			scan_cancel(s);
	}
	assert_int_equal(scan(picture_of(url, "pnmtopng 2>/dev/null")), OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_url_is_read_as_a_camera_sees_it),
		TEST(another_code_is_refused),
		TEST(a_picture_without_a_code_is_told),
		TEST(what_is_no_picture_is_refused),
		TEST(a_damaged_picture_is_told),
		TEST(a_picture_that_grows_is_stopped),
		TEST(no_more_than_some_run_at_once),
		TEST(one_that_is_cancelled_in_its_middle_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
