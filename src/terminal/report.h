/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report of a job as PDF, as fax machines print it: to whom, from whom,
 * when, which pages have arrived, how the far end called itself, what came of
 * it, and the first page's picture. Confined children make it (faxwire-fax
 * document sheet, ghostscript); this process writes words and reads none.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"
#include "store/spool.h"

struct report_request {
	const struct spool_job *job;
	const char *document; /* its pages; NULL or gone: without a picture */
	const char *from;     /* our user ID */
	const char *ident;    /* what we call ourselves (TSI) */
	uint64_t started_ms;  /* of the last attempt; 0: not known */
	const char *folder;   /* a work folder is made in it, and removed */
	const char *program;  /* faxwire-fax, absolute */
};

/* OK: `pdf` is open for reading at its start, `size` octets long, and belongs
 * to the owner from now on. Else it is -1 and `why` a whole sentence. Called
 * once, never from inside report_new(); the report is gone then. */
typedef void report_done(void *owner, enum err e, int pdf, int64_t size,
			 const struct why *why);

struct report;

/* NULL: memory is out. All is copied. */
struct report *report_new(struct loop *loop,
			  const struct report_request *request,
			  report_done *done, void *owner);
/* What runs is killed, what was made is removed; `done` is not called. */
void report_cancel(struct report *r);
