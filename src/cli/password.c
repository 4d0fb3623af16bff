/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/password.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

/* The first line, without its end. */
static int read_line(FILE *from, const char *name, char *out, size_t size)
{
	size_t n;

	if (!fgets(out, (int)size, from))
		return ask_fail(EX_NOINPUT, "There is no password in %s.",
				name);
	n = strcspn(out, "\r\n");
	if (out[n] == '\0' && !feof(from))
		return ask_fail(EX_DATAERR, "The password in %s is too long.",
				name);
	out[n] = '\0';
	return EX_OK;
}

static int read_file(const char *path, char *out, size_t size)
{
	FILE *from = fopen(path, "re");
	int code;

	if (!from)
		return ask_fail(errno == EACCES ? EX_NOPERM : EX_NOINPUT,
				"Cannot read %s: %s.", path, strerror(errno));
	code = read_line(from, path, out, size);
	fclose(from);
	return code;
}

static int ask_once(const char *prompt, char *out, size_t size)
{
	struct termios before, silent;
	int code;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return ask_fail(EX_OSERR, "The terminal cannot be set: %s.",
				strerror(errno));
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	fputs(prompt, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	code = read_line(stdin, "what was typed", out, size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return code;
}

int password_read(const struct ask_options *o, char *out, size_t size)
{
	char again[512] = "";
	int code;

	if (o->password_file)
		return read_file(o->password_file, out, size);
	if (!isatty(STDIN_FILENO))
		return read_line(stdin, "standard input", out, size);
	code = ask_once("New password: ", out, size);
	if (code == EX_OK)
		code = ask_once("Once more: ", again, sizeof(again));
	if (code == EX_OK && strcmp(out, again) != 0)
		code = ask_fail(EX_DATAERR, "The two are not the same: try "
					    "again.");
	explicit_bzero(again, sizeof(again));
	return code;
}
