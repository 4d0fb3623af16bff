/* SPDX-License-Identifier: Apache-2.0 */
/* What can be set at a terminal. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/option.h"
#include "io/proxy.h"

struct config {
	const char *file;
	const char *home; /* folder of everything the terminal keeps */
	const char *name; /* what T.30 calls us (TSI, CSI); default: ID */
	bool header;	  /* a line above each page that is sent */
	const char *header_text; /* the sender in it; empty: the name */
	const char *proxy;	 /* its URL; empty: the environment's; "none" */
	struct proxy way_out;	 /* what `proxy` comes to */
	const char *pace;	 /* "unpaced" or "line" */
	const char *log_level;
	const char *fax_program;      /* faxwire-fax */
	const char *page;	      /* ADDR:PORT, or "none" */
	const char *page_certificate; /* PEM files; empty: our own */
	const char *page_key;
	const char *printing; /* "off", "drafts" or "send" */
	int64_t spares;
	int64_t connections;
	int64_t give_up_h;
	bool refuse;
	struct option_list allow; /* who may send to us; none: all */
	int64_t busy_tries;	  /* 0: until it is given up */
	int64_t offline_h;	  /* 0: until it is given up */
	int64_t fault_tries;
	int64_t keep_documents_d; /* 0: not once the job is over */
	int64_t keep_jobs_d;
	int64_t keep_faxes_d; /* once they are read; 0: for ever */
	int64_t keep_trash_d;
	int64_t keep_audit_d;
	const char *smtp; /* the mail server; it may hold a password */
	const char *smtp_from;
	const char *smtp_ca;
	bool smtp_plain;
	int64_t deliver_d;
	bool allow_programs;
	bool help;
	bool version;
	uint64_t fixed; /* rows that file or command line set: option_layer */
	int argc;	/* the command line; borrowed */
	char **argv;
};

MUST_CHECK enum err config_read(struct config *c, int argc, char **argv,
				struct why *why);
void config_help(void);

/* What the page can set, as settings_list() says it; the caller owns it. */
json_t *config_settings(const struct config *c);
/* Sets some of it: on disk and, all or nothing, in `c`. A value of null goes
 * back to the default. ERR_BAD with a sentence that names the key; ERR_DENIED
 * for what the file or the command line has set. */
/* Whether that would be so, without doing it. */
MUST_CHECK enum err config_may_change(const struct config *c,
				      const json_t *changes, struct why *why);
MUST_CHECK enum err config_change(struct config *c, const json_t *changes,
				  struct why *why);
