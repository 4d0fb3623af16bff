/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells the audit log what is about to be done, whichever way in it is done
 * by: the page, the command line, the printer, or a rule of time.
 */
#pragma once

#include "base/err.h"
#include "store/audit.h"

/* OK: do it. Also where the log could not take it, but it must not wait for
 * that (audit_needed); then the program's log has a line. Else what
 * audit_add() gives. */
MUST_CHECK enum err logbook_note(struct audit *a, const char *user,
				 const char *action, const char *what,
				 const char *detail, struct why *why);
