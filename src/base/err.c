/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/text.h"

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

int err_exit_code(enum err e)
{
	static const int codes[ERRS] = {
		[OK] = EX_OK,
		[ERR_MEMORY] = EX_OSERR,
		[ERR_IO] = EX_IOERR,
		[ERR_SPACE] = EX_CANTCREAT,
		[ERR_BAD] = EX_DATAERR,
		[ERR_LIMIT] = EX_DATAERR,
		[ERR_MISSING] = EX_NOINPUT,
		[ERR_EXISTS] = EX_UNAVAILABLE,
		[ERR_DENIED] = EX_NOPERM,
		[ERR_CLOSED] = EX_UNAVAILABLE,
		[ERR_TIMEOUT] = EX_TEMPFAIL,
		[ERR_UNSUPPORTED] = EX_UNAVAILABLE,
	};

	return codes[e];
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
		text_mend_cut(why->text);
}
