/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done with a fax that came, or told of one that could not be sent:
 * which rules meet it, what their texts come to, and when a rule that did not
 * succeed is tried again. It does none of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	RULES_MAX = 64,
	RULES_NAME_MAX = 64,   /* octets, here and below */
	RULES_ITEM_MAX = 255,  /* a pattern, an address, a word */
	RULES_ITEMS_MAX = 32,  /* of a list */
	RULES_TEXT_MAX = 4000, /* a template */
	RULES_PATH_MAX = 1000,
	RULES_FILE_MAX = 200, /* a file's name; most systems take 255 */
	RULES_SECONDS_MAX = 3600,
};

enum rules_when { RULES_RECEIVED, RULES_FAILED, RULES_WHENS };
enum rules_deed {
	RULES_MAIL,
	RULES_PRINT,
	RULES_FOLDER,
	RULES_PROGRAM,
	RULES_DEEDS
};
/* Of a job that failed the PDF is its report, with the first page. */
enum rules_attach { RULES_PDF, RULES_TIFF, RULES_NOTHING, RULES_ATTACHES };

struct rules_list {
	size_t count;
	char items[RULES_ITEMS_MAX][RULES_ITEM_MAX + 1];
};

struct rules_rule {
	char name[RULES_NAME_MAX + 1];
	enum rules_when when;
	enum rules_deed deed;
	bool enabled;
	bool last;		  /* no later rule is looked at */
	struct rules_list from;	  /* patterns; none: whoever */
	struct rules_list number; /* patterns; none: whichever */
	uint64_t since_ms;	  /* it counts for what came from then on */
	/* mail */
	struct rules_list to;
	char subject[RULES_ITEM_MAX + 1]; /* template; "": rules_subject */
	char body[RULES_TEXT_MAX + 1];	  /* template; "": rules_body */
	enum rules_attach attach;
	/* print */
	char printer[RULES_ITEM_MAX + 1];
	char server[RULES_ITEM_MAX + 1]; /* "": this machine's */
	/* folder */
	char folder[RULES_PATH_MAX + 1];
	char file[RULES_FILE_MAX + 1]; /* template, to .pdf or .tif */
	char mode[8];		       /* octal */
	/* program */
	struct rules_list command;
	uint32_t seconds; /* how long it may take */
};

/* What a rule meets; texts are borrowed and foreign. */
struct rules_event {
	enum rules_when when;
	const char *from;   /* who sent it; RULES_FAILED: who was to get it */
	const char *relay;  /* where that is; "": at ours */
	const char *number; /* what T.30 calls the far end, or a number */
	const char *title;
	const char *job;    /* 32 hexadecimal digits */
	const char *date;   /* 2026-11-24 */
	const char *time;   /* 19:05 */
	const char *result; /* a sentence */
	unsigned pages;
};

const char *rules_when_name(enum rules_when w);
const char *rules_deed_name(enum rules_deed d);
const char *rules_attach_name(enum rules_attach a);
/* The word's number; RULES_WHENS, RULES_DEEDS, RULES_ATTACHES: it is none. */
enum rules_when rules_when_of(const char *name);
enum rules_deed rules_deed_of(const char *name);
enum rules_attach rules_attach_of(const char *name);

/* A rule of this kind before anything is said of it. */
void rules_init(struct rules_rule *r, enum rules_when when,
		enum rules_deed deed);

/* Whether all of it can be used; if not, a sentence that names the rule and
 * the field. */
bool rules_check(const struct rules_rule *r, struct why *why);

/* Whether two rules are for the same faxes. */
bool rules_same_terms(const struct rules_rule *a, const struct rules_rule *b);

/* Whether the rule is for this: it is enabled, and both lists have a pattern
 * for it, or none at all. Patterns of `from` are ID, ID@RELAY, a number,
 * or the beginning of either part and `*`; those of `number` are digits, with
 * a `*` at the end if more may follow. Of numbers only the digits count. */
bool rules_meets(const struct rules_rule *r, const struct rules_event *e);

/* The rules for it, in their order, up to the first that is the last: their
 * indices go to `out`, their count is returned. */
size_t rules_choose(const struct rules_rule *const *rules, size_t count,
		    const struct rules_event *e, size_t out[RULES_MAX]);

/* What a mail says when its rule does not. */
const char *rules_subject(const struct rules_rule *r);
const char *rules_body(const struct rules_rule *r);

/* The template with {from}, {to} (the same), {relay}, {number}, {pages},
 * {date}, {time}, {title}, {job}, {result} filled in; `{{` is one brace. What
 * does not fit is cut. Whatever is filled in is one printable line. */
void rules_fill(const char *text, const struct rules_event *e, char *out,
		size_t size);

/* The same as the name of a file: no part of it leads out of the folder, is
 * hidden, or is a sign that some system does not take; the ending stays. */
void rules_file_name(const char *text, const struct rules_event *e,
		     char out[RULES_FILE_MAX + 1]);

enum rules_state { RULES_WAITING, RULES_DONE, RULES_GIVEN_UP, RULES_STATES };

/* "waiting", "done", "failed". */
const char *rules_state_name(enum rules_state s);
enum rules_state rules_state_of(const char *name);

/* How an attempt ended. */
enum rules_outcome {
	RULES_WELL,
	RULES_AGAIN, /* something is away: wait for it */
	RULES_FAULT, /* it was told no: more of the same seldom helps */
	RULES_NEVER, /* it cannot be done */
};

enum {
	RULES_FAULTS_MAX = 10, /* attempts, some 90 minutes */
	RULES_FIRST_MS = 5000,
	RULES_MOST_MS = 3600000,
	/* A fax that broke off: its sender mostly tries again within minutes,
	 * and then the whole one takes its place. */
	RULES_PARTIAL_MS = 30 * 60 * 1000,
};

struct rules_verdict {
	enum rules_state state;
	int64_t at_ms; /* RULES_WAITING: when it is tried next */
};

/* After `attempts` attempts, the last of which ended so: the pauses double
 * from RULES_FIRST_MS to RULES_MOST_MS, and `random` spreads them. */
struct rules_verdict rules_ended(enum rules_outcome outcome, uint32_t attempts,
				 int64_t give_up_ms, uint32_t random,
				 int64_t now);
