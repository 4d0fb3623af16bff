/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two terminals say to each other inside a call (procedure T38,
 * version 1): frames of wire/frame.h, carried by DATA messages as a stream
 * (a frame may span several DATA messages). The caller speaks first; the
 * callee says nothing before it has heard OPEN.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/field.h"
#include "wire/form.h"
#include "wire/frame.h"

enum { PIPE_JOB_SIZE = 16, PIPE_TITLE_MAX = 120, PIPE_SENTENCE_MAX = 200 };

enum pipe_type {
	PIPE_OPEN = 0x01,   /* caller: this job, so many pages */
	PIPE_ANSWER = 0x02, /* callee: go on, or stored already */
	PIPE_IFP = 0x03,    /* both: one T.38 IFP packet, raw payload */
	PIPE_TAKEN = 0x04,  /* both: IFP octets consumed so far */
	PIPE_PAGE = 0x05,   /* callee: page n is on disk */
	PIPE_STORED = 0x06, /* callee: the job stands in the inbox */
	PIPE_FAULT = 0x07,  /* both: cannot go on, and why */
};

struct pipe_open {
	struct span job; /* PIPE_JOB_SIZE octets, chosen by the sender once */
	uint16_t pages;
	struct span title; /* of the document; may be empty */
};

enum pipe_verdict {
	PIPE_GO = 0,
	PIPE_STORED_ALREADY = 1, /* delivered before: nothing to send */
};

struct pipe_answer {
	uint8_t verdict;
	uint16_t pages; /* with PIPE_STORED_ALREADY: pages in the inbox */
};

struct pipe_taken {
	uint64_t octets; /* of IFP payloads, since the call began */
};

struct pipe_page {
	uint16_t number; /* from 1 */
};

struct pipe_stored {
	uint16_t pages;
};

struct pipe_fault {
	uint16_t reason;      /* wire/reason.h */
	uint8_t again;	      /* not 0: trying again may help */
	struct span sentence; /* for the far end's user */
};

struct pipe_message {
	enum pipe_type type;
	union {
		struct pipe_open open;
		struct pipe_answer answer;
		struct span ifp;
		struct pipe_taken taken;
		struct pipe_page page;
		struct pipe_stored stored;
		struct pipe_fault fault;
	};
};

enum pipe_result {
	PIPE_OK = FORM_OK,
	PIPE_SKIP = FORM_SKIP, /* unknown, but marked optional */
	PIPE_BAD = FORM_BAD,
};

/* These are as their sisters in wire/message.h. */
enum pipe_result pipe_decode(struct pipe_message *m, const struct frame *f);
size_t pipe_encode(const struct pipe_message *m, uint8_t *out, size_t out_size);
size_t pipe_print(const struct pipe_message *m, char *out, size_t out_size);

/* Who may send it: bits of enum pipe_side; 0 for what is no message. */
enum pipe_side { PIPE_CALLER = 1, PIPE_CALLEE = 2 };
uint8_t pipe_senders(uint8_t type);
