/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which HDLC frames of ITU-T T.30 may reach the engine, and in which form:
 * one table of who sends what, how long it is, and at which rate. It guards
 * an engine that trusts lengths (spandsp 0.0.6 writes past its buffers for a
 * short FCD and for a long DCS). It keeps no T.30 state.
 *
 * Octets are as on the wire of T.38: T.30's first bit is the most
 * significant one, so that constants read as T.30 prints them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Address, control, FCF, frame number and 256 octets (T.4 Annex A); T.38
 * leaves the two octets of FCS out. */
enum { HDLC_MAX = 260, HDLC_HEADER = 3 };

enum hdlc_side { HDLC_CALLER = 1, HDLC_CALLEE = 2 };

struct hdlc_check {
	enum hdlc_side from;
	const char *fault; /* of the last HDLC_REFUSE; static storage */
};

enum hdlc_verdict {
	HDLC_PASS,
	HDLC_DROP,   /* sound, optional, and nothing that we use */
	HDLC_REFUSE, /* end the call: `fault` */
};

/* Judges a whole frame whose FCS was good. `image_rate`: it came by the
 * image modem, not by V.21. */
enum hdlc_verdict hdlc_check(struct hdlc_check *c, const uint8_t *frame,
			     size_t len, bool image_rate);
