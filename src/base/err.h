/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a function says that it failed, and how a person is told why.
 *
 * A function with several reasons to fail returns `enum err`; one with a
 * single reason returns bool. What a person must mend is written, as one
 * sentence, into a `struct why` that the caller may pass (or NULL).
 * Nothing here prints.
 */
#pragma once

#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))

enum err {
	OK,
	ERR_MEMORY,	 /* an allocation failed */
	ERR_IO,		 /* the system refused: disk, socket, process */
	ERR_SPACE,	 /* no room left on the disk, or quota reached */
	ERR_BAD,	 /* the input is not what it should be */
	ERR_LIMIT,	 /* the input is sound, but more than is allowed */
	ERR_MISSING,	 /* what was named is not there */
	ERR_EXISTS,	 /* what should be new is there already */
	ERR_DENIED,	 /* not allowed */
	ERR_CLOSED,	 /* the other side is gone */
	ERR_TIMEOUT,	 /* a deadline passed */
	ERR_UNSUPPORTED, /* sound, allowed, but not something we can do */
	ERRS
};

/* Returns a few lower-case words for `e` ("no room left on the disk");
 * static storage. */
const char *err_text(enum err e);

/* Maps an errno value: ENOSPC and EDQUOT give ERR_SPACE, ENOENT ERR_MISSING,
 * EACCES and EPERM ERR_DENIED, ENOMEM ERR_MEMORY, EEXIST ERR_EXISTS, the
 * rest ERR_IO. */
enum err err_from_errno(int number);

/* The exit code of a program that failed so (sysexits.h). */
int err_exit_code(enum err e);

/* One sentence for a person: what is wrong and what to do. */
struct why {
	char text[400];
};

/* Writes the sentence; a NULL `why` is fine. What is too long is cut at a
 * character's border. Text that came from outside must have passed
 * text_printable() first. */
void why_set(struct why *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
