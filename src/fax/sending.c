/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/sending.h"

#include "fax/ifp.h"

/* spandsp's own numbers for what its front end does, which its headers leave
 * out: the preamble before frames, and the frames. */
enum { BEFORE = 0x20, PREAMBLE = 0x21, FRAME = 0x22, FRAME_END = 0x23 };

/* A length of -1 says "stop after this frame", and is only looked at as that
 * while a frame is being sent. Elsewhere it is what was left over. */
static void fill_gap(struct sending *s)
{
	t38_terminal_front_end_state_t *fe = &s->terminal->t38_fe;
	bool is_sending =
		fe->timed_step == FRAME || fe->timed_step == FRAME_END;
	bool will_send = fe->timed_step == BEFORE ||
			 fe->timed_step == PREAMBLE ||
			 fe->queued_timed_step == BEFORE;

	if (fe->hdlc_tx.len >= 0 || is_sending || !will_send)
		return;
	fe->hdlc_tx.len = 0;
	fe->hdlc_tx.ptr = 0;
}

static void set_tx_type(void *user_data, int type, int bit_rate,
			int short_train, int use_hdlc)
{
	struct sending *s = user_data;

	s->set_tx_type(s->terminal, type, bit_rate, short_train, use_hdlc);
	fill_gap(s);
}

static void send_hdlc(void *user_data, const uint8_t *frame, int len)
{
	struct sending *s = user_data;

	s->send_hdlc(s->terminal, frame, len);
	fill_gap(s);
}

void sending_guard(struct sending *s, t38_terminal_state_t *terminal)
{
	t30_state_t *t30 = &terminal->t30;

	s->terminal = terminal;
	s->set_tx_type = t30->set_tx_type_handler;
	s->send_hdlc = t30->send_hdlc_handler;
	t30->set_tx_type_handler = set_tx_type;
	t30->set_tx_type_user_data = s;
	t30->send_hdlc_handler = send_hdlc;
	t30->send_hdlc_user_data = s;
}

bool sending_is_lost(const uint8_t *packet, size_t len)
{
	struct ifp p;

	return ifp_decode(&p, packet, len) && !p.is_indicator && p.fields > 0 &&
	       p.field[0].type == IFP_HDLC_DATA && p.field[0].len == 0;
}
