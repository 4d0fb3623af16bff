/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

bool screen_is_one(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

const char *screen_colour(enum screen_colour c)
{
	static const char *const codes[] = {
		[SCREEN_PLAIN] = "\033[0m", [SCREEN_GOOD] = "\033[32m",
		[SCREEN_BAD] = "\033[31m",  [SCREEN_BUSY] = "\033[36m",
		[SCREEN_DIM] = "\033[2m",   [SCREEN_BOLD] = "\033[1m",
	};
	const char *no = getenv("NO_COLOR");

	return screen_is_one() && !(no && *no) ? codes[c] : "";
}

void screen_nothing(const char *what)
{
	if (screen_is_one())
		printf("%sThere are no %s.%s\n", screen_colour(SCREEN_DIM),
		       what, screen_colour(SCREEN_PLAIN));
}

size_t screen_columns(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
		return 80;
	return size.ws_col;
}

/* Octets of the first character, and the columns that it takes. */
static size_t measure(const char *text, size_t len, size_t *columns)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, text, len, &state);
	int wide = n > 0 && n <= len ? wcwidth(c) : 1;

	*columns = wide < 0 ? 1 : (size_t)wide;
	return n > 0 && n <= len ? n : 1;
}

const char *screen_cut(const char *text, size_t columns, char *out, size_t size)
{
	size_t used = 0, len = strlen(text);

	/* All of our text is UTF-8, whatever the user's locale is. */
	setlocale(LC_CTYPE, "C.UTF-8");
	while (used < len) {
		size_t wide, n = measure(text + used, len - used, &wide);

		if (wide > columns || used + n >= size)
			break;
		columns -= wide;
		used += n;
	}
	memcpy(out, text, used);
	out[used] = '\0';
	return out;
}
