/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/hdlc.h"

enum {
	ADDRESS = 0xff,	  /* T.30 5.3.4 */
	NOT_FINAL = 0xc0, /* T.30 5.3.5: 1100 X000 */
	FINAL = 0xc8,
	WHO_BIT = 0x80,	  /* the X of most facsimile control fields */
	CONTROL_MAX = 95, /* a V.21 frame lasts no longer than 2.55 s */
	DIS_MAX = 64,
	DCS_MAX = 22, /* the engine prints a DCS into 67 octets */
	IDENTITY_MAX = HDLC_HEADER + 20, /* T.30 5.3.6.2.4 */
	NOTHING_MAX = HDLC_HEADER,
};

/* T.30 5.3.6.1 and T.4 Annex A: facsimile control fields, X as 0. */
enum {
	NULL_FCF = 0x00, /* only as the second field of PPS and EOR */
	DIS = 0x01,
	CSI = 0x02,
	NSF = 0x04,
	DTC = 0x81,
	CIG = 0x82,
	CFR = 0x21,
	FTT = 0x22,
	CTR = 0x23,
	MCF = 0x31,
	RTN = 0x32,
	RTP = 0x33,
	PIN = 0x34,
	PIP = 0x35,
	RNR = 0x37,
	ERR_FCF = 0x38,
	PPR = 0x3d,
	DCS = 0x41,
	TSI = 0x42,
	CTC = 0x48,
	FNV = 0x53,
	CRP = 0x58,
	DCN = 0x5f,
	FCD = 0x60,
	RCP = 0x61,
	EOM = 0x71,
	MPS = 0x72,
	EOR = 0x73,
	EOP = 0x74,
	RR = 0x76,
	EOS = 0x78,
	PRI_EOM = 0x79,
	PRI_MPS = 0x7a,
	PRI_EOP = 0x7c,
	PPS = 0x7d,
};

enum { BOTH = HDLC_CALLER | HDLC_CALLEE };

struct rule {
	uint8_t fcf;
	uint8_t from;
	uint16_t min; /* octets, the three of the header included */
	uint16_t max;
	bool image; /* comes by the image modem, and only there */
};

/* clang-format off */
static const struct rule rules[] = {
	{ DIS, HDLC_CALLEE, 6, DIS_MAX, false },
	{ CSI, HDLC_CALLEE, HDLC_HEADER, IDENTITY_MAX, false },
	{ CFR, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ FTT, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ CTR, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ MCF, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ RTN, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ RTP, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ PIN, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ PIP, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ RNR, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ ERR_FCF, HDLC_CALLEE, HDLC_HEADER, NOTHING_MAX, false },
	{ PPR, HDLC_CALLEE, 35, 35, false },
	{ DCS, HDLC_CALLER, 6, DCS_MAX, false },
	{ TSI, HDLC_CALLER, HDLC_HEADER, IDENTITY_MAX, false },
	{ CTC, HDLC_CALLER, 5, 5, false },
	{ EOM, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, false },
	{ MPS, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, false },
	{ EOP, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, false },
	{ EOS, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, false },
	{ PRI_EOM, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, false },
	{ PRI_MPS, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, false },
	{ PRI_EOP, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, false },
	{ RR, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, false },
	{ PPS, HDLC_CALLER, 7, 7, false },
	{ EOR, HDLC_CALLER, 4, 4, false },
	{ FCD, HDLC_CALLER, 5, HDLC_MAX, true },
	{ RCP, HDLC_CALLER, HDLC_HEADER, NOTHING_MAX, true },
	{ FNV, BOTH, 4, CONTROL_MAX, false },
	{ CRP, BOTH, HDLC_HEADER, NOTHING_MAX, false },
	{ DCN, BOTH, HDLC_HEADER, NOTHING_MAX, false },
};
/* clang-format on */

/* T.30 Table 2, by number of the bit; true only inside the frame. */
static bool bit(const uint8_t *frame, size_t len, unsigned number)
{
	size_t at = HDLC_HEADER + (number - 1) / 8;

	return at < len && frame[at] & 0x80 >> (number - 1) % 8;
}

/* What a DCS may command is what our DIS offers: the engine takes any of it,
 * and then works with a width of -1 or a modem that is not in its table. */
static const char *dcs_fault(const uint8_t *frame, size_t len)
{
	/* Uncompressed mode, T.43, colour, JBIG, 600 and 1,200 dpi, T.45,
	 * sYCC-JPEG. */
	static const uint8_t never[] = { 26,  36,  68,	69,  71,  73,  74,
					 75,  78,  79,	97,  98,  105, 106,
					 107, 108, 109, 110, 111, 116, 127 };

	if (bit(frame, len, 13))
		return "a DCS names a modem that there is not";
	if (bit(frame, len, 17) && bit(frame, len, 18))
		return "a DCS names a width that there is not";
	if (bit(frame, len, 31) && !bit(frame, len, 27))
		return "a DCS wants T.6 without error correction";
	for (size_t i = 0; i < sizeof(never); i++)
		if (bit(frame, len, never[i]))
			return "a DCS wants what was not offered";
	return NULL;
}

static bool is_page_end(uint8_t fcf)
{
	static const uint8_t ends[] = { NULL_FCF, EOM,	   MPS,	    EOP,
					EOS,	  PRI_EOM, PRI_MPS, PRI_EOP };

	for (size_t i = 0; i < sizeof(ends); i++)
		if ((fcf & ~WHO_BIT) == ends[i])
			return true;
	return false;
}

static const char *content_fault(const uint8_t *frame, size_t len, uint8_t fcf)
{
	if (fcf == DCS)
		return dcs_fault(frame, len);
	/* Bits 11 to 14 of a DCS stand in the second octet of a CTC. */
	if (fcf == CTC && bit(frame, len, 13))
		return "a CTC names a modem that there is not";
	if ((fcf == PPS || fcf == EOR) && !is_page_end(frame[3]))
		return "a page ends in a way that there is not";
	return NULL;
}

static const struct rule *rule_for(uint8_t fcf, enum hdlc_side from)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].fcf == fcf && rules[i].from & from)
			return &rules[i];
	return NULL;
}

/* X is 1 in what the one sends who has heard a DIS. DIS, CSI and NSF are
 * the callee's with X as 0; with X as 1 they would be a poll. */
static uint8_t plain_fcf(uint8_t fcf)
{
	bool has_x = (fcf & 0x70) != 0 && (fcf & ~1) != FCD;

	return has_x ? (uint8_t)(fcf & ~WHO_BIT) : fcf;
}

static enum hdlc_verdict refuse(struct hdlc_check *c, const char *fault)
{
	c->fault = fault;
	return HDLC_REFUSE;
}

static bool has_header(const uint8_t *frame)
{
	return frame[0] == ADDRESS &&
	       (frame[1] == FINAL || frame[1] == NOT_FINAL);
}

enum hdlc_verdict hdlc_check(struct hdlc_check *c, const uint8_t *frame,
			     size_t len, bool image_rate)
{
	const struct rule *rule;
	const char *fault;
	uint8_t fcf;

	if (len < HDLC_HEADER || len > HDLC_MAX)
		return refuse(c, "a frame is too short or too long");
	if (!has_header(frame))
		return refuse(c, "a frame has no T.30 header");
	fcf = plain_fcf(frame[2]);
	rule = rule_for(fcf, c->from);
	if (!rule && frame[1] == FINAL)
		return refuse(c, "a frame is none that this side sends");
	if (!rule)
		return HDLC_DROP; /* NSF, SUB, SID, ...: optional */
	if (len < rule->min || len > rule->max)
		return refuse(c, "a frame has not the length of its kind");
	if (rule->image != image_rate)
		return refuse(c, "a frame came by the wrong modem");
	fault = content_fault(frame, len, fcf);
	return fault ? refuse(c, fault) : HDLC_PASS;
}
