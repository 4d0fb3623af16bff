/* SPDX-License-Identifier: Apache-2.0 */
#include "core/pairing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "rig.h"

static int set_up(void **state)
{
	(void)state;
	rig_begin(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_end();
	return 0;
}

static const struct message data = { .type = MESSAGE_DATA };

/* --- a call from beginning to end --- */

static void
a_call_is_offered_taken_and_joined_before_the_caller_hears(void **state)
{
	(void)state;
	rig_talking();
	assert_int_equal(relay_counts(rig_relay).calls, 1);
}

static void the_terms_of_the_caller_reach_the_callee_whole(void **state)
{
	(void)state;
	rig_ringing();
	/* Procedure 4 was not offered. */
	rig_hear(2, (struct message){
			    .type = MESSAGE_ACCEPT,
			    .accept = { .call = rig_call,
					.terms = { .procedures = 4 } } });
	rig_expect("BYE:2/protocol close:2 FAILED:1/offline record/offline ");
}

static void an_acceptance_chooses_one_procedure_of_the_offer(void **state)
{
	static const struct message_terms bad[] = {
		{ .procedures = 0 },
		{ .procedures = 3 },
		{ .procedures = 5 },
		{ .procedures = 1, .abilities = 2 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rig_end();
		rig_begin(NULL);
		rig_ringing();
		rig_hear(2, (struct message){ .type = MESSAGE_ACCEPT,
					      .accept = { rig_call, bad[i] } });
		rig_expect("BYE:2/protocol close:2 "
			   "FAILED:1/offline record/offline ");
	}
}

static void an_end_reaches_the_other_side_once(void **state)
{
	(void)state;
	rig_talking();
	rig_hang_up(1, REASON_DONE);
	rig_expect("END:2/done discard:2 discard:1 record/done ");
	rig_hang_up(2, REASON_DONE);
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).calls, 0);
}

static void two_ends_that_cross_free_both_sides(void **state)
{
	(void)state;
	rig_talking();
	rig_hang_up(2, REASON_FAILED);
	rig_expect("END:1/failed discard:1 discard:2 record/failed ");
	rig_release(2, rig_call);
	rig_expect("forbid:2 ");
	rig_hang_up(1, REASON_DONE);
	rig_expect("");
	rig_release(1, rig_call);
	rig_expect("forbid:1 ");
	assert_int_equal(relay_counts(rig_relay).idle, 2);
}

static void a_call_in_which_nothing_moves_ends_for_both(void **state)
{
	(void)state;
	rig_talking();
	rig_stall(1);
	rig_expect("END:2/idle-too-long discard:2 END:1/idle-too-long "
		   "discard:1 record/idle-too-long ");
	rig_stall(2); /* told of by the other side's timer too */
	rig_expect("");
	rig_release(1, rig_call);
	rig_release(2, rig_call);
	assert_int_equal(relay_counts(rig_relay).idle, 2);
}

static void release_frees_its_own_side_only(void **state)
{
	uint64_t old;

	(void)state;
	rig_talking();
	old = rig_call;
	rig_account("cleo", "", 1, 8);
	rig_up(3, "cleo");
	rig_hang_up(1, REASON_DONE);
	rig_release(1, old);
	/* ben has not released: he is not free, the caller is. */
	rig_connect(3, 1, "ben");
	rig_expect("FAILED:3/busy ");
	rig_connect(3, 2, "ana");
	rig_expect("INCOMING:1 ");
	assert_int_not_equal(rig_call, old);
	rig_release(2, old);
	rig_expect("forbid:2 ");
}

static void release_of_another_call_frees_nothing(void **state)
{
	(void)state;
	rig_talking();
	rig_hang_up(1, REASON_DONE);
	rig_release(2, rig_call + 1);
	rig_expect("");
	rig_release(2, 0);
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).idle, 0);
	rig_release(2, rig_call);
	rig_expect("forbid:2 ");
	rig_release(2, rig_call); /* late: said twice */
	rig_expect("");
}

static void a_late_release_does_not_free_the_next_call(void **state)
{
	uint64_t old;

	(void)state;
	rig_talking();
	old = rig_call;
	rig_hang_up(1, REASON_DONE);
	rig_release(2, old);
	rig_release(1, old);
	rig_connect(1, 8, "ben");
	rig_accept(2, rig_call);
	rig_hang_up(1, REASON_DONE);
	rig_release(2, old);
	rig_expect("");
	rig_release(2, rig_call);
	rig_expect("forbid:2 ");
}

static void data_that_crossed_an_end_is_no_violation(void **state)
{
	(void)state;
	rig_talking();
	rig_hear(2, data); /* passed on while the worker was joining */
	rig_expect("");
	rig_hang_up(1, REASON_DONE);
	rig_hear(2, data);
	rig_expect("");
}

static void data_outside_a_call_is_a_violation(void **state)
{
	(void)state;
	rig_ringing();
	rig_hear(2, data); /* a callee is silent until it is joined */
	rig_expect("BYE:2/protocol close:2 FAILED:1/offline record/offline ");
	rig_hear(1, data);
	rig_expect("BYE:1/protocol close:1 ");
}

static void data_after_one_s_own_release_is_a_violation(void **state)
{
	(void)state;
	rig_talking();
	rig_hang_up(1, REASON_DONE);
	rig_release(1, rig_call);
	rig_hear(1, data);
	rig_expect("BYE:1/protocol close:1 ");
}

static void who_never_releases_is_sent_away(void **state)
{
	(void)state;
	rig_talking();
	rig_hang_up(1, REASON_DONE);
	rig_release(1, rig_call);
	rig_pass(9999);
	rig_expect("");
	rig_pass(1);
	rig_expect("BYE:2/protocol close:2 ");
}

/* --- who can be called --- */

static void each_obstacle_has_its_reason(void **state)
{
	(void)state;
	rig_talking();
	rig_account("cleo", "", 1, 8);
	rig_account("dora", "law", 1, 8);
	rig_account("eve", "", 1, 8);
	rig_up(3, "cleo");
	rig_up(4, "dora");
	rig_connect(3, 1, "ben");
	rig_expect("FAILED:3/busy ");
	rig_connect(3, 2, "eve");
	rig_expect("FAILED:3/offline ");
	rig_connect(3, 3, "nobody");
	rig_expect("FAILED:3/unknown ");
	rig_connect(3, 4, "dora"); /* forbidden: the same answer */
	rig_expect("FAILED:3/unknown ");
	rig_disable("eve");
	rig_connect(3, 5, "eve");
	rig_expect("FAILED:3/unknown ");
	rig_connect(3, 6, "ben@south");
	rig_expect("FAILED:3/unreachable ");
	rig_connect(3, 7, "BEN");
	rig_expect("FAILED:3/unknown ");
	rig_connect(3, 8, "cleo"); /* oneself, without another connection */
	rig_expect("FAILED:3/busy ");
}

static void a_failed_request_leaves_the_connection_idle(void **state)
{
	(void)state;
	rig_ringing();
	rig_refuse(2, rig_call, REASON_REFUSED);
	rig_connect(1, 8, "nobody");
	rig_connect(2, 1, "ana");
	rig_expect("INCOMING:1 ");
}

static void a_terminal_may_call_itself_on_another_connection(void **state)
{
	(void)state;
	rig_account("ana", "", 1, 8);
	rig_up(1, "ana");
	rig_up(2, "ana");
	rig_hear(1, (struct message){ .type = MESSAGE_PONG });
	rig_connect(1, 1, "ana");
	rig_expect("INCOMING:2 ");
	rig_accept(2, rig_call);
	rig_expect("join:1-2 CONNECTED:1 ");
	rig_lose(1);
	rig_expect("END:2/peer-lost discard:2 discard:1 record/peer-lost ");
}

static void
two_that_call_each_other_on_two_connections_have_two_calls(void **state)
{
	uint64_t first;

	(void)state;
	rig_ringing();
	first = rig_call;
	rig_up(3, "ana");
	rig_up(4, "ben");
	rig_connect(4, 1, "ana");
	rig_expect("INCOMING:3 ");
	rig_accept(2, first);
	rig_accept(3, rig_call);
	rig_expect("join:4-3 CONNECTED:4 ");
	assert_int_equal(relay_counts(rig_relay).calls, 2);
}

static void
the_connection_that_is_idle_longest_is_offered_the_call(void **state)
{
	(void)state;
	rig_ringing();
	rig_up(3, "ben");
	rig_refuse(2, rig_call, REASON_REFUSED);
	rig_connect(1, 8, "ben");
	rig_expect("INCOMING:3 ");
}

static void too_many_requests_fail(void **state)
{
	struct relay_limits few = relay_limits_default;

	(void)state;
	few.requests = (struct limit_rate){ .burst = 2, .per_minute = 60 };
	rig_end();
	rig_begin(&few);
	rig_account("ana", "", 1, 8);
	rig_up(1, "ana");
	rig_connect(1, 1, "ben");
	rig_connect(1, 2, "ben");
	rig_expect("FAILED:1/unknown ");
	rig_connect(1, 3, "ben");
	rig_expect("FAILED:1/too-many ");
	rig_pass(1000);
	rig_connect(1, 4, "ben");
	rig_expect("FAILED:1/unknown ");
}

static void a_second_request_before_the_answer_is_a_violation(void **state)
{
	(void)state;
	rig_ringing();
	rig_connect(1, 8, "ben");
	rig_expect("BYE:1/protocol close:1 CANCEL:2/peer-lost "
		   "record/protocol ");
}

/* --- races --- */

static void an_offer_that_meets_a_request_stands(void **state)
{
	(void)state;
	rig_ringing();
	rig_connect(2, 1, "ana"); /* crossed INCOMING */
	rig_expect("FAILED:2/collision ");
	rig_accept(2, rig_call);
	rig_expect("join:1-2 CONNECTED:1 ");
}

static void a_request_that_meets_a_cancel_fails_too(void **state)
{
	(void)state;
	rig_ringing();
	rig_hang_up(1, REASON_CANCELLED);
	rig_connect(2, 1, "ana");
	rig_expect("FAILED:2/collision ");
	rig_release(2, rig_call);
	rig_expect("forbid:2 ");
}

static void a_caller_that_gives_up_gets_its_one_answer(void **state)
{
	(void)state;
	rig_ringing();
	rig_hang_up(1, REASON_CANCELLED);
	rig_expect("CANCEL:2/cancelled FAILED:1/cancelled record/cancelled ");
	rig_hang_up(1, REASON_CANCELLED);
	rig_expect("");
	assert_true(relay_drained(rig_relay));
}

static void an_accept_that_crosses_a_cancel_is_ignored(void **state)
{
	(void)state;
	rig_ringing();
	rig_hang_up(1, REASON_CANCELLED);
	rig_accept(2, rig_call);
	rig_expect("");
	rig_connect(1, 8, "ben");
	rig_expect("FAILED:1/busy "); /* not before its RELEASE */
	rig_release(2, rig_call);
	rig_expect("forbid:2 ");
	rig_connect(1, 9, "ben");
	rig_expect("INCOMING:2 ");
}

static void a_refusal_that_crosses_a_cancel_is_ignored(void **state)
{
	(void)state;
	rig_ringing();
	rig_hang_up(1, REASON_CANCELLED);
	rig_refuse(2, rig_call, REASON_REFUSED);
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).idle, 1);
	rig_release(2, rig_call);
	rig_expect("forbid:2 ");
}

static void an_end_that_crosses_connected_ends_the_call(void **state)
{
	(void)state;
	rig_talking();
	rig_hang_up(1, REASON_CANCELLED); /* said while calling */
	rig_expect("END:2/cancelled discard:2 discard:1 record/cancelled ");
	rig_release(1, rig_call);
	rig_expect("forbid:1 ");
}

static void answers_to_an_offer_that_is_off_touch_no_later_offer(void **state)
{
	uint64_t old;

	(void)state;
	rig_ringing();
	old = rig_call;
	rig_hang_up(1, REASON_CANCELLED);
	rig_release(2, old);
	rig_connect(1, 8, "ben");
	rig_accept(2, old);
	rig_expect("");
	rig_refuse(2, old, REASON_REFUSED);
	rig_expect("");
	rig_release(2, old);
	rig_expect("");
	rig_accept(2, rig_call);
	rig_expect("join:1-2 CONNECTED:1 ");
}

static void late_words_on_an_idle_connection_mean_nothing(void **state)
{
	(void)state;
	rig_ringing();
	rig_refuse(2, rig_call, REASON_REFUSED);
	rig_accept(2, rig_call);
	rig_expect("");
	rig_refuse(2, rig_call, REASON_REFUSED);
	rig_expect("");
	rig_release(2, rig_call);
	rig_expect("");
	rig_hang_up(2, REASON_DONE);
	rig_expect("");
	assert_int_equal(relay_counts(rig_relay).idle, 2);
}

/* --- no call --- */

static void a_refusal_reaches_the_caller(void **state)
{
	(void)state;
	rig_ringing();
	rig_refuse(2, rig_call, REASON_REFUSED);
	rig_expect("FAILED:1/refused record/refused ");
	assert_int_equal(relay_counts(rig_relay).idle, 2);
	rig_connect(1, 8, "ben");
	rig_refuse(2, rig_call, REASON_INCOMPATIBLE);
	rig_expect("FAILED:1/incompatible record/incompatible ");
}

static void a_callee_cannot_make_the_relay_lie(void **state)
{
	(void)state;
	rig_ringing();
	rig_refuse(2, rig_call, REASON_UNKNOWN);
	rig_expect("FAILED:1/refused record/refused ");
}

static void a_callee_that_does_not_answer_rings_out(void **state)
{
	(void)state;
	rig_ringing();
	assert_int_equal(relay_deadline(rig_relay), rig_now + 30000);
	rig_pass(29999);
	rig_expect("");
	rig_pass(1);
	rig_expect("CANCEL:2/no-answer FAILED:1/no-answer record/no-answer ");
	rig_pass(9999);
	rig_expect("");
	rig_pass(1);
	rig_expect("BYE:2/protocol close:2 ");
	assert_int_equal(relay_deadline(rig_relay), INT64_MAX);
}

/* --- lost connections --- */

static void a_caller_lost_while_calling_withdraws_the_offer(void **state)
{
	(void)state;
	rig_ringing();
	rig_lose(1);
	rig_expect("CANCEL:2/peer-lost record/peer-lost ");
	rig_release(2, rig_call);
	rig_expect("forbid:2 ");
}

static void a_lost_callee_s_call_is_offered_again_once(void **state)
{
	uint64_t call;

	(void)state;
	rig_ringing();
	call = rig_call;
	rig_up(3, "ben");
	rig_up(4, "ben");
	rig_lose(2);
	rig_expect("INCOMING:3 ");
	assert_int_equal(rig_call, call);
	rig_lose(3);
	rig_expect("FAILED:1/offline record/offline ");
}

static void a_call_offered_again_may_stand(void **state)
{
	(void)state;
	rig_ringing();
	rig_up(3, "ben");
	rig_lose(2);
	rig_accept(3, rig_call);
	rig_expect("join:1-3 CONNECTED:1 ");
}

static void a_callee_lost_without_another_connection_is_offline(void **state)
{
	(void)state;
	rig_ringing();
	rig_lose(2);
	rig_expect("FAILED:1/offline record/offline ");
}

static void a_side_lost_in_a_call_ends_it_for_the_other(void **state)
{
	(void)state;
	for (uint64_t lost = 1; lost <= 2; lost++) {
		rig_end();
		rig_begin(NULL);
		rig_talking();
		rig_lose(lost);
		if (lost == 1)
			rig_expect("END:2/peer-lost discard:2 discard:1 "
				   "record/peer-lost ");
		else
			rig_expect("END:1/peer-lost discard:1 discard:2 "
				   "record/peer-lost ");
		rig_release(3 - lost, rig_call);
		assert_int_equal(relay_counts(rig_relay).idle, 1);
		assert_int_equal(relay_counts(rig_relay).calls, 0);
	}
}

static void a_side_lost_while_clearing_disturbs_nobody(void **state)
{
	(void)state;
	rig_talking();
	rig_hang_up(1, REASON_DONE);
	rig_lose(2);
	rig_expect("");
	rig_release(1, rig_call);
	rig_expect("forbid:1 ");
}

static void a_goodbye_in_a_call_is_a_lost_side_for_the_other(void **state)
{
	(void)state;
	rig_talking();
	rig_hear(1, (struct message){ .type = MESSAGE_BYE,
				      .bye = { .reason = REASON_SHUTDOWN } });
	rig_expect("close:1 END:2/peer-lost discard:2 discard:1 "
		   "record/peer-lost ");
}

static void a_violation_in_a_call_is_a_lost_side_for_the_other(void **state)
{
	(void)state;
	rig_talking();
	rig_say(1, MESSAGE_WELCOME); /* no word of a terminal's */
	rig_expect("BYE:1/protocol close:1 END:2/peer-lost discard:2 "
		   "discard:1 record/protocol ");
}

static void a_logout_in_a_call_is_told_to_the_other(void **state)
{
	(void)state;
	rig_talking();
	rig_say(2, MESSAGE_LOGOUT);
	rig_expect("close:2 END:1/logout discard:1 discard:2 record/logout ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_call_is_offered_taken_and_joined_before_the_caller_hears),
		TEST(the_terms_of_the_caller_reach_the_callee_whole),
		TEST(an_acceptance_chooses_one_procedure_of_the_offer),
		TEST(an_end_reaches_the_other_side_once),
		TEST(two_ends_that_cross_free_both_sides),
		TEST(a_call_in_which_nothing_moves_ends_for_both),
		TEST(release_frees_its_own_side_only),
		TEST(release_of_another_call_frees_nothing),
		TEST(a_late_release_does_not_free_the_next_call),
		TEST(data_that_crossed_an_end_is_no_violation),
		TEST(data_outside_a_call_is_a_violation),
		TEST(data_after_one_s_own_release_is_a_violation),
		TEST(who_never_releases_is_sent_away),
		TEST(each_obstacle_has_its_reason),
		TEST(a_failed_request_leaves_the_connection_idle),
		TEST(a_terminal_may_call_itself_on_another_connection),
		TEST(two_that_call_each_other_on_two_connections_have_two_calls),
		TEST(the_connection_that_is_idle_longest_is_offered_the_call),
		TEST(too_many_requests_fail),
		TEST(a_second_request_before_the_answer_is_a_violation),
		TEST(an_offer_that_meets_a_request_stands),
		TEST(a_request_that_meets_a_cancel_fails_too),
		TEST(a_caller_that_gives_up_gets_its_one_answer),
		TEST(an_accept_that_crosses_a_cancel_is_ignored),
		TEST(a_refusal_that_crosses_a_cancel_is_ignored),
		TEST(an_end_that_crosses_connected_ends_the_call),
		TEST(answers_to_an_offer_that_is_off_touch_no_later_offer),
		TEST(late_words_on_an_idle_connection_mean_nothing),
		TEST(a_refusal_reaches_the_caller),
		TEST(a_callee_cannot_make_the_relay_lie),
		TEST(a_callee_that_does_not_answer_rings_out),
		TEST(a_caller_lost_while_calling_withdraws_the_offer),
		TEST(a_lost_callee_s_call_is_offered_again_once),
		TEST(a_call_offered_again_may_stand),
		TEST(a_callee_lost_without_another_connection_is_offline),
		TEST(a_side_lost_in_a_call_ends_it_for_the_other),
		TEST(a_side_lost_while_clearing_disturbs_nobody),
		TEST(a_goodbye_in_a_call_is_a_lost_side_for_the_other),
		TEST(a_violation_in_a_call_is_a_lost_side_for_the_other),
		TEST(a_logout_in_a_call_is_told_to_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
