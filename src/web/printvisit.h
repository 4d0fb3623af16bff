/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request to the printer: who asks, what for, and how it is answered.
 * printer.c finds out, printdesk.c does it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/role.h"
#include "io/http.h"
#include "web/ippdata.h"
#include "web/printer.h"
#include "web/printjob.h"
#include "web/web.h"

struct printvisit {
	const struct web_parts *office; /* borrowed */
	struct printer *printer;	/* borrowed */
	struct printjobs *jobs;		/* borrowed */
	struct http_request *request;	/* borrowed */
	struct ippdata *in;		/* owned; once the body has come */
	int file;			/* owned; the body, or -1 */
	off_t document;			/* where it begins in the body */
	off_t length;			/* of the whole body */
	char uri[PRINTER_URI_SIZE];	/* of the printer, as he knows it */
	time_t started;			/* the printer */
	bool local;			/* from this machine */
	bool known;			/* signed in, as `user` */
	char user[ROLE_USER_SIZE + 16];
	unsigned roles;
	struct trial *trial;  /* borrowed; a password that is looked at */
	struct printjob *job; /* borrowed; its document is being taken */
};

/* --- answers; each request gets one, and is not to be touched after it --- */

/* Takes `m`; NULL: memory was out. */
void printvisit_answer(struct printvisit *v, struct ippdata *m);
void printvisit_refuse(struct printvisit *v, enum ippdata_status status,
		       const char *sentence);
/* He must sign in. */
void printvisit_challenge(struct printvisit *v);

/* Does what was asked, or refuses it. */
void printdesk_run(struct printvisit *v);
