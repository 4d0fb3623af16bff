/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const texts[ERRS] = {
	[OK] = "no error",
	[ERR_MEMORY] = "out of memory",
	[ERR_IO] = "the system refused",
	[ERR_SPACE] = "no room left on the disk",
	[ERR_BAD] = "malformed",
	[ERR_LIMIT] = "more than is allowed",
	[ERR_MISSING] = "not found",
	[ERR_EXISTS] = "there already",
	[ERR_DENIED] = "not allowed",
	[ERR_CLOSED] = "the other side is gone",
	[ERR_TIMEOUT] = "timed out",
	[ERR_UNSUPPORTED] = "not supported",
};

const char *err_text(enum err e)
{
	return texts[e];
}

enum err err_from_errno(int number)
{
	switch (number) {
	case 0:
		return OK;
	case ENOSPC:
	case EDQUOT:
		return ERR_SPACE;
	case ENOENT:
		return ERR_MISSING;
	case EACCES:
	case EPERM:
		return ERR_DENIED;
	case ENOMEM:
		return ERR_MEMORY;
	case EEXIST:
		return ERR_EXISTS;
	default:
		return ERR_IO;
	}
}

/* Moves a cut that fell inside a UTF-8 character to the character's start. */
static void cut_at_character(char *text, size_t len)
{
	size_t start = len;

	while (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
		start--;
	if (start > 0 && ((unsigned char)text[start - 1] & 0xc0) == 0xc0)
		text[start - 1] = '\0';
}

void why_set(struct why *why, const char *format, ...)
{
	va_list args;
	int n;

	if (!why)
		return;
	va_start(args, format);
	n = vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	if (n >= (int)sizeof(why->text))
		cut_at_character(why->text, strlen(why->text));
}
