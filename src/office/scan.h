/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The join URL in a picture of its QR code, as a telephone's camera takes it.
 * Two confined children do it, the second of them zbarimg: netpbm reads what
 * the stranger's file is, and this process only what zbarimg says.
 */
#pragma once

#include "base/err.h"
#include "io/loop.h"

enum {
	SCAN_PICTURE_MAX = 32 * 1024 * 1024, /* octets */
	SCAN_RUNNING_MAX = 2,		     /* at once, in this process */
	SCAN_MS = 20000,		     /* for each of the two */
};

struct scan;

/* OK: `url` is a join URL by its form. Else `why` is a whole sentence: ERR_BAD
 * (no picture, no QR code, none of ours), ERR_LIMIT, ERR_TIMEOUT, ERR_MISSING
 * (a program), ERR_MEMORY. Called once, never from inside scan_new(); the scan
 * is gone then. */
typedef void scan_done(void *owner, enum err e, const char *url,
		       const struct why *why);

/* Takes `fd`, a file. NULL: memory is out, or as many as may be run. */
struct scan *scan_new(struct loop *loop, int fd, scan_done *done, void *owner);
/* What runs is killed; `done` is not called. */
void scan_cancel(struct scan *s);
