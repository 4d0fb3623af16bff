/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIDE_MAX = 200, DOTS = 4 };

static const char url[] =
	"faxwire://ana:mXk3Zp0qT8-vLr5_NbWc1AqT8-vLr5@relay.example:4380"
	"?pin=sha256:3l9fYl7ezL4-79Y6Nnun-Pm20kLzGmqNBS50ZJG9io0";

static bool dark[SIDE_MAX][SIDE_MAX];
static int width, height;

/* What the terminal would show: where a glyph is set, and where it is not.
 * `set_is_dark`: of the ink; the paper is the other. */
static void look(const char *text, bool set_is_dark)
{
	int x = 0, y = 0;

	width = 0;
	while (*text) {
		bool upper = false, lower = false;

		if (*text == '\x1b') { /* colours, for the whole line */
			text += strcspn(text, "m") + 1;
			continue;
		}
		if (*text == '\n') {
			width = x;
			x = 0;
			y += 2;
			text++;
			continue;
		}
		if (*text == ' ') {
			text++;
		} else {
			assert_memory_equal(text, "\xe2\x96", 2);
			upper = text[2] == '\x80' || text[2] == '\x88';
			lower = text[2] == '\x84' || text[2] == '\x88';
			assert_true(upper || lower);
			text += 3;
		}
		assert_true(x < SIDE_MAX && y + 1 < SIDE_MAX);
		dark[y][x] = upper == set_is_dark;
		dark[y + 1][x] = lower == set_is_dark;
		x++;
	}
	height = y;
}

static char *print(const char *text, bool colours)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	assert_int_equal(qr_print(f, text, colours), OK);
	assert_int_equal(fclose(f), 0);
	return out;
}

/* What another program reads in the picture. */
static void decode(char *out, size_t size)
{
	char path[] = "/tmp/faxwire-test-XXXXXX", command[128];
	int fd = mkstemp(path);
	FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

	assert_non_null(f);
	fprintf(f, "P1\n%d %d\n", width * DOTS, height * DOTS);
	for (int y = 0; y < height * DOTS; y++)
		for (int x = 0; x < width * DOTS; x++)
			fputs(dark[y / DOTS][x / DOTS] ? "1\n" : "0\n", f);
	assert_int_equal(fclose(f), 0);
	snprintf(command, sizeof(command),
		 "timeout 20 zbarimg --quiet --raw pbm:%s", path);
	f = popen(command, "r");
	assert_non_null(f);
	if (!fgets(out, (int)size, f))
		out[0] = '\0';
	pclose(f);
	unlink(path);
	out[strcspn(out, "\n")] = '\0';
}

static void what_is_printed_is_read_again(void **state)
{
	char read[512];

	(void)state;
	if (access("/usr/bin/zbarimg", X_OK) != 0)
		skip();
	for (int colours = 0; colours < 2; colours++) {
		char *text = print(url, colours);

		look(text, colours);
		free(text);
		decode(read, sizeof(read));
		assert_string_equal(read, url);
	}
}

static void there_is_a_quiet_zone_around_it(void **state)
{
	char *text = print(url, true);

	(void)state;
	look(text, true);
	free(text);
	assert_int_equal(width, qr_columns(url));
	assert_true(width <= 80);
	for (int i = 0; i < width; i++)
		for (int n = 0; n < QR_QUIET; n++) {
			assert_false(dark[n][i]);
			assert_false(dark[width - 1 - n][i]);
			assert_false(dark[i][n]);
			assert_false(dark[i][width - 1 - n]);
		}
	assert_true(dark[QR_QUIET][QR_QUIET]);
}

static void colours_are_set_and_put_back_in_each_line(void **state)
{
	char *text = print("x", true), *at = text, *end;

	(void)state;
	while ((end = strchr(at, '\n'))) {
		assert_memory_equal(at, "\x1b[38;5;16;48;5;231m", 19);
		assert_memory_equal(end - 4, "\x1b[0m", 4);
		at = end + 1;
	}
	assert_string_equal(at, "");
	free(text);
	text = print("x", false);
	assert_null(strchr(text, '\x1b'));
	free(text);
}

static void more_than_a_code_holds_is_refused(void **state)
{
	static char text[4000];
	FILE *f = fopen("/dev/null", "w");

	(void)state;
	assert_non_null(f);
	memset(text, 'x', sizeof(text) - 1);
	assert_int_equal(qr_print(f, text, true), ERR_LIMIT);
	assert_int_equal(qr_columns(text), 0);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_is_read_again),
		cmocka_unit_test(there_is_a_quiet_zone_around_it),
		cmocka_unit_test(colours_are_set_and_put_back_in_each_line),
		cmocka_unit_test(more_than_a_code_holds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
