/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internet facsimile protocol packets, ITU-T T.38 version 0 (06/98, Annex A:
 * ASN.1, PER aligned), and the check that each of them passes before the T.30
 * engine sees it.
 *
 * The engine never sees a stranger's bytes: a packet is decoded, its HDLC
 * frames are gathered and judged whole (fax/hdlc.h), and what passes is
 * written anew by ifp_encode(). It knows no T.30 state; time is not its
 * business.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fax/hdlc.h"

enum {
	/* Of a packet. The engine that we use writes no more than 311. */
	IFP_MAX = 2048,
	/* Of a packet; two are usual. */
	IFP_FIELDS_MAX = 32,
};

/* T.38 7.3.1: the types of t30-indicator, all of version 0. */
enum { IFP_NO_SIGNAL = 0, IFP_CNG = 1, IFP_CED = 2, IFP_INDICATORS = 16 };

/* T.38 7.3.2: the types of t30-data. All but V.21 carry images. */
enum { IFP_V21 = 0, IFP_V17_14400 = 8, IFP_DATA_TYPES = 9 };

/* T.38 7.3.3 */
enum ifp_field_type {
	IFP_HDLC_DATA,
	IFP_HDLC_SIG_END,
	IFP_HDLC_FCS_OK,
	IFP_HDLC_FCS_BAD,
	IFP_HDLC_FCS_OK_SIG_END,
	IFP_HDLC_FCS_BAD_SIG_END,
	IFP_NON_ECM_DATA,
	IFP_NON_ECM_SIG_END,
};

struct ifp_field {
	enum ifp_field_type type;
	const uint8_t *bytes; /* borrowed; NULL when there are none */
	uint16_t len;	      /* 0: the field carries no data */
};

struct ifp {
	bool is_indicator;
	uint8_t type;	/* below IFP_INDICATORS or IFP_DATA_TYPES */
	uint8_t fields; /* data only */
	struct ifp_field field[IFP_FIELDS_MAX];
};

/* False when `bytes` are not exactly one packet of at most IFP_MAX octets.
 * `p` borrows from them. */
bool ifp_decode(struct ifp *p, const uint8_t *bytes, size_t len);

/* Returns the length, or 0 when it does not fit. A decoded packet comes out
 * as the octets that it was decoded from, except that a data packet without
 * its optional list of fields is written with an empty one. */
size_t ifp_encode(const struct ifp *p, uint8_t *out, size_t out_size);

/* One direction of a call. */
struct ifp_check {
	struct hdlc_check frames;
	uint8_t frame[HDLC_MAX]; /* the frame being gathered */
	size_t len;
	uint8_t data_type; /* that it came with */
	const char *fault; /* of the last IFP_REFUSE; a few words */
};

/* `from` sends the packets. */
void ifp_check_init(struct ifp_check *c, enum hdlc_side from);

enum ifp_verdict {
	IFP_PASS,   /* `out` may go to the engine */
	IFP_HOLD,   /* sound, but nothing for the engine (yet) */
	IFP_REFUSE, /* end the call: `fault` */
};

/* Judges the indicator, or the data packet's field number `index`. Call it
 * for each in order; `out` borrows from `p` and `c` until the next call. */
enum ifp_verdict ifp_check_step(struct ifp_check *c, const struct ifp *p,
				unsigned index, struct ifp *out);

/* How many steps `p` takes: 1 for an indicator, else its fields. */
unsigned ifp_steps(const struct ifp *p);
