/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps spandsp 0.0.6's sender from sending a frame that is not there. When the
 * far end says things twice, or leaves some out, its T.30 machine can start
 * the modem without a frame, and its T.38 front end then copies -1 octets. Such
 * a frame is made an empty one here, which is seen when it leaves.
 *
 * It stands between the two, knows their inside, and decides nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <spandsp.h>
#include <spandsp/expose.h>

struct sending {
	t38_terminal_state_t *terminal; /* borrowed */
	t30_set_handler_t *set_tx_type; /* the front end's own */
	t30_send_hdlc_handler_t *send_hdlc;
};

/* `terminal` is new; both stay where they are from now on. */
void sending_guard(struct sending *s, t38_terminal_state_t *terminal);

/* Is this packet of the engine an empty frame, which it never sends while all
 * is well? Then the call is over. */
bool sending_is_lost(const uint8_t *packet, size_t len);
