/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/outcome.h"

#include <assert.h>
#include <stddef.h>

#include <spandsp.h>

struct row {
	const char *name;
	bool again;
	const char *sentence;
};

/* clang-format off */
static const struct row rows[OUTCOMES] = {
	[OUTCOME_DONE] = { "done", false,
		"The fax is through." },
	[OUTCOME_NO_FAX] = { "no-fax", true,
		"The far end took the call but did not speak as a fax." },
	[OUTCOME_CUT] = { "cut", true,
		"The call broke off before the fax was through." },
	[OUTCOME_CANNOT_RECEIVE] = { "cannot-receive", true,
		"The far end cannot receive at the moment." },
	[OUTCOME_CANNOT_SEND] = { "cannot-send", false,
		"The far end has nothing to send." },
	[OUTCOME_INCOMPATIBLE] = { "incompatible", false,
		"The far end is a fax that has no way of sending in common "
		"with this one." },
	[OUTCOME_RESOLUTION] = { "resolution", false,
		"The far end could not take a page of this resolution." },
	[OUTCOME_WIDTH] = { "width", false,
		"The far end could not take a page of this width." },
	[OUTCOME_REFUSED] = { "refused", false,
		"The far end did not accept this sender." },
	[OUTCOME_HUNG_UP] = { "hung-up", true,
		"The far end hung up before the fax was through." },
	[OUTCOME_NO_REPLY] = { "no-reply", true,
		"The far end stopped answering." },
	[OUTCOME_BAD_LINE] = { "bad-line", true,
		"The line was too bad for a fax." },
	[OUTCOME_CONFUSED] = { "confused", true,
		"The far end gave an answer that does not belong there." },
	[OUTCOME_DOCUMENT] = { "document", false,
		"The document to send could not be read." },
	[OUTCOME_STORAGE] = { "storage", true,
		"What was received could not be written to disk." },
	[OUTCOME_MEMORY] = { "memory", true,
		"There was not enough memory for the fax." },
	[OUTCOME_STALLED] = { "stalled", true,
		"The far end took nothing more for too long." },
	[OUTCOME_MALFORMED] = { "malformed", false,
		"The far end sent what is no valid fax." },
	[OUTCOME_TOO_LONG] = { "too-long", false,
		"A page was longer than any fax page may be." },
	[OUTCOME_STOPPED] = { "stopped", true,
		"The fax was stopped on this side." },
	[OUTCOME_INTERNAL] = { "internal", true,
		"The fax could not be started on this side." },
};

static const enum outcome from_t30[] = {
	[T30_ERR_OK] = OUTCOME_DONE,
	[T30_ERR_CEDTONE] = OUTCOME_NO_FAX,
	[T30_ERR_T0_EXPIRED] = OUTCOME_NO_FAX,
	[T30_ERR_T1_EXPIRED] = OUTCOME_NO_FAX,
	[T30_ERR_T3_EXPIRED] = OUTCOME_NO_REPLY,
	[T30_ERR_HDLC_CARRIER] = OUTCOME_CONFUSED,
	[T30_ERR_CANNOT_TRAIN] = OUTCOME_BAD_LINE,
	[T30_ERR_OPER_INT_FAIL] = OUTCOME_CONFUSED,
	[T30_ERR_INCOMPATIBLE] = OUTCOME_INCOMPATIBLE,
	[T30_ERR_RX_INCAPABLE] = OUTCOME_CANNOT_RECEIVE,
	[T30_ERR_TX_INCAPABLE] = OUTCOME_CANNOT_SEND,
	[T30_ERR_NORESSUPPORT] = OUTCOME_RESOLUTION,
	[T30_ERR_NOSIZESUPPORT] = OUTCOME_WIDTH,
	[T30_ERR_UNEXPECTED] = OUTCOME_CONFUSED,
	[T30_ERR_TX_BADDCS] = OUTCOME_HUNG_UP,
	[T30_ERR_TX_BADPG] = OUTCOME_HUNG_UP,
	[T30_ERR_TX_ECMPHD] = OUTCOME_CONFUSED,
	[T30_ERR_TX_GOTDCN] = OUTCOME_HUNG_UP,
	[T30_ERR_TX_INVALRSP] = OUTCOME_CONFUSED,
	[T30_ERR_TX_NODIS] = OUTCOME_NO_FAX,
	[T30_ERR_TX_PHBDEAD] = OUTCOME_NO_REPLY,
	[T30_ERR_TX_PHDDEAD] = OUTCOME_NO_REPLY,
	[T30_ERR_TX_T5EXP] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_ECMPHD] = OUTCOME_CONFUSED,
	[T30_ERR_RX_GOTDCS] = OUTCOME_CONFUSED,
	[T30_ERR_RX_INVALCMD] = OUTCOME_CONFUSED,
	[T30_ERR_RX_NOCARRIER] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_NOEOL] = OUTCOME_BAD_LINE,
	[T30_ERR_RX_NOFAX] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_T2EXPDCN] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_T2EXPD] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_T2EXPFAX] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_T2EXPMPS] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_T2EXPRR] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_T2EXP] = OUTCOME_NO_REPLY,
	[T30_ERR_RX_DCNWHY] = OUTCOME_HUNG_UP,
	[T30_ERR_RX_DCNDATA] = OUTCOME_HUNG_UP,
	[T30_ERR_RX_DCNFAX] = OUTCOME_HUNG_UP,
	[T30_ERR_RX_DCNPHD] = OUTCOME_HUNG_UP,
	[T30_ERR_RX_DCNRRD] = OUTCOME_HUNG_UP,
	[T30_ERR_RX_DCNNORTN] = OUTCOME_HUNG_UP,
	[T30_ERR_FILEERROR] = OUTCOME_DOCUMENT,
	[T30_ERR_NOPAGE] = OUTCOME_DOCUMENT,
	[T30_ERR_BADTIFF] = OUTCOME_DOCUMENT,
	[T30_ERR_BADPAGE] = OUTCOME_DOCUMENT,
	[T30_ERR_BADTAG] = OUTCOME_DOCUMENT,
	[T30_ERR_BADTIFFHDR] = OUTCOME_DOCUMENT,
	[T30_ERR_NOMEM] = OUTCOME_MEMORY,
	[T30_ERR_RETRYDCN] = OUTCOME_BAD_LINE,
	[T30_ERR_CALLDROPPED] = OUTCOME_CUT,
	[T30_ERR_NOPOLL] = OUTCOME_CANNOT_SEND,
	[T30_ERR_IDENT_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_SUB_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_SEP_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_PSA_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_SID_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_PWD_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_TSA_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_IRA_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_CIA_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_ISP_UNACCEPTABLE] = OUTCOME_REFUSED,
	[T30_ERR_CSA_UNACCEPTABLE] = OUTCOME_REFUSED,
};
/* clang-format on */

enum outcome outcome_from_t30(int code)
{
	if (code < 0 || (size_t)code >= sizeof(from_t30) / sizeof(from_t30[0]))
		return OUTCOME_CONFUSED;
	return from_t30[code];
}

static const struct row *row_of(enum outcome o)
{
	assert(o < OUTCOMES);
	return &rows[o];
}

const char *outcome_name(enum outcome o)
{
	return row_of(o)->name;
}

const char *outcome_sentence(enum outcome o)
{
	return row_of(o)->sentence;
}

bool outcome_again(enum outcome o)
{
	return row_of(o)->again;
}
