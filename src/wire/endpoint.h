/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a terminal program and its endpoint child (faxwire-fax) say to each
 * other, over a socket that keeps the borders of messages (SOCK_SEQPACKET): an
 * octet for the type and fields of fixed order, big-endian. The child runs
 * one call; the parent carries IFP and TAKEN to the far end's pipe and back.
 * Pure.
 *
 * Both are of one version, so there is nothing optional in it. But the child
 * reads what a stranger wrote, so the parent trusts no message of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/field.h"

enum {
	ENDPOINT_IFP_MAX = 2048,
	ENDPOINT_NAME_MAX = 20, /* T.30's identifiers */
	ENDPOINT_SENTENCE_MAX = 200,
	ENDPOINT_HEADING_MAX = 160,
	ENDPOINT_MESSAGE_MAX = 1 + ENDPOINT_IFP_MAX,
};

/* The descriptors that the child inherits. */
enum {
	ENDPOINT_FD_SOCKET = 3,
	ENDPOINT_FD_TIFF = 4, /* to read (caller), or to read and write */
	ENDPOINT_FD_PDF = 5,  /* to write; callee, and only if START says so */
	ENDPOINT_FD_SENT = 5, /* empty, for the pages with their headings;
				 caller, and only if there is a heading */
};

enum endpoint_type {
	ENDPOINT_START = 0x01,	  /* parent: first, and once */
	ENDPOINT_IFP = 0x02,	  /* both: one T.38 packet */
	ENDPOINT_TAKEN = 0x03,	  /* both: octets of IFP, since the call began,
				     that the engine of the other terminal
				     (parent), or our own (child), has taken */
	ENDPOINT_STOP = 0x04,	  /* parent: finish what is finished */
	ENDPOINT_IDENTITY = 0x05, /* child: what the far end calls itself */
	ENDPOINT_PAGE = 0x06,	  /* child: callee: it is on disk, synced;
				     caller: the far end has confirmed it */
	ENDPOINT_DONE = 0x07,	  /* child: last, and once; then it waits
				     for the parent to close */
};

struct endpoint_start {
	bool caller;
	bool unpaced;
	bool has_pdf;	     /* ENDPOINT_FD_PDF is there */
	uint16_t patience_s; /* how long the far end may take nothing */
	struct span name;    /* TSI or CSI; may be empty */
	struct span heading; /* stands above each page; caller; empty: none */
};

enum endpoint_stop_why {
	ENDPOINT_STOP_CUT = 0,	/* the call is over */
	ENDPOINT_STOP_WISH = 1, /* our user's wish, or ours */
};

struct endpoint_stop {
	uint8_t why;
};

struct endpoint_page {
	uint16_t number; /* from 1 */
	uint32_t width;	 /* points */
	uint32_t length;
	uint32_t x_resolution; /* points a metre */
	uint32_t y_resolution;
	uint32_t bad_rows;
	uint32_t octets; /* as it came, coded */
};

struct endpoint_done {
	uint8_t outcome; /* enum outcome of fax/outcome.h; 0: all is well */
	bool again;	 /* trying again may help */
	uint16_t pages;	 /* how many PAGE told of */
	struct span sentence;
};

struct endpoint_message {
	enum endpoint_type type;
	union {
		struct endpoint_start start;
		struct span ifp; /* 1 to ENDPOINT_IFP_MAX octets */
		uint64_t taken;
		struct endpoint_stop stop;
		struct span identity;
		struct endpoint_page page;
		struct endpoint_done done;
	};
};

/* `bytes` must be one whole message and nothing else. `m` borrows from
 * them. Text in it has passed text_printable(). */
bool endpoint_decode(struct endpoint_message *m, const uint8_t *bytes,
		     size_t len);

/* Returns the length; 0 when a value breaks its rule or does not fit
 * (ENDPOINT_MESSAGE_MAX is enough for all). */
size_t endpoint_encode(const struct endpoint_message *m, uint8_t *out,
		       size_t out_size);

/* "IFP", for logs; NULL for what is no type. Static storage. */
const char *endpoint_type_name(uint8_t type);

/* Is it the child who says this? IFP and TAKEN: both do. */
bool endpoint_from_child(uint8_t type);
bool endpoint_from_parent(uint8_t type);
