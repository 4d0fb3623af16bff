/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Typed from docs/protocol.md section 6: a column an event, HELLO AUTH PING
 * PONG BYE LOGOUT CONNECT ACCEPT REFUSE DATA END RELEASE LIST, what relays say
 * on links, TLS stands. */
static const char *const does[SESSION_STATES] = {
	[SESSION_ARRIVED] = "..............w",
	[SESSION_HELLO] = "g...b..........",
	[SESSION_AUTH] = ".c..b..........",
	[SESSION_WAITING] = "....b..........",
	[SESSION_IDLE] = "..pnbl+ii.iiL..",
	[SESSION_CALLING] = "..pnbl.ii.uiL..",
	[SESSION_OFFERED] = "..pnblxar.iiL..",
	[SESSION_CALL] = "..pnbl.iiiHiL..",
	[SESSION_CLEARING] = "..pnblxiiiifL..",
	[SESSION_LINK] = "..pnbl......Lh.",
	[SESSION_GOING] = "iiiiiiiiiiiiiii",
};

/* In the order of enum session_action. */
static const char letters[] = ".iwgcpnbl+xaruHfLh";

static void every_state_meets_every_event(void **state)
{
	(void)state;
	assert_int_equal(strlen(letters), SESSION_ACTIONS);
	for (unsigned s = 0; s < SESSION_STATES; s++) {
		assert_int_equal(strlen(does[s]), SESSION_EVENTS);
		for (unsigned e = 0; e < SESSION_EVENTS; e++) {
			char is = letters[session_action(
				(enum session_state)s, (enum session_event)e)];

			if (is != does[s][e])
				fail_msg("%s, event %u: %c, not %c",
					 session_state_name(
						 (enum session_state)s),
					 e, is, does[s][e]);
		}
	}
}

static void what_terminals_send_and_nothing_else_is_an_event(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		bool known = message_senders((uint8_t)type) &
			     (MESSAGE_TERMINAL | MESSAGE_PEER);

		assert_int_equal(session_event_of((enum message_type)type) !=
					 SESSION_EVENTS,
				 known);
	}
}

static void no_two_messages_are_one_event(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (unsigned type = 0; type < 256; type++) {
		enum session_event e =
			session_event_of((enum message_type)type);

		if (e == SESSION_EVENTS)
			continue;
		assert_true(e == SESSION_GOT_NEWS || !(seen & 1u << e));
		seen |= 1u << e;
	}
	assert_int_equal(seen, (1u << SESSION_OPENED) - 1);
}

static void every_state_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned a = 0; a < SESSION_STATES; a++)
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(
				session_state_name((enum session_state)a),
				session_state_name((enum session_state)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_meets_every_event),
		cmocka_unit_test(
			what_terminals_send_and_nothing_else_is_an_event),
		cmocka_unit_test(no_two_messages_are_one_event),
		cmocka_unit_test(every_state_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
