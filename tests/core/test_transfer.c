/* SPDX-License-Identifier: Apache-2.0 */
#include "core/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t job[PIPE_JOB_SIZE] = "0123456789abcde";

static struct transfer t;
static struct transfer_orders o;

static void step(struct transfer_input in)
{
	transfer_step(&t, &in, 1000, &o);
}

static void hear(struct pipe_message m)
{
	step((struct transfer_input){ .event = transfer_event_of(m.type),
				      .message = &m });
}

/* Names the orders by a letter each: "S" say, "L" look up, "B" begin, "X"
 * stop the child, "P" progress, "W" write, "w" write a partial one, "A"
 * abandon, "H" hang up, "R" report. */
static const char *did(void)
{
	static char text[TRANSFER_ORDERS_MAX + 1];

	for (int i = 0; i < o.count; i++)
		text[i] = "SLBXPWwAHR"[o.items[i]];
	text[o.count] = '\0';
	return text;
}

static void call_out(uint16_t pages)
{
	transfer_init_caller(&t, job, "letter", pages, 0, &o);
	assert_string_equal(did(), "S");
	assert_int_equal(o.message.type, PIPE_OPEN);
	assert_memory_equal(o.message.open.job.at, job, PIPE_JOB_SIZE);
	assert_int_equal(o.message.open.pages, pages);
}

static void go(uint16_t pages)
{
	call_out(pages);
	hear((struct pipe_message){ .type = PIPE_ANSWER,
				    .answer = { .verdict = PIPE_GO } });
	assert_string_equal(did(), "B");
	assert_true(transfer_flows(&t));
}

static void hear_page(uint16_t n)
{
	hear((struct pipe_message){ .type = PIPE_PAGE,
				    .page = { .number = n } });
}

static void hear_stored(uint16_t n)
{
	hear((struct pipe_message){ .type = PIPE_STORED,
				    .stored = { .pages = n } });
}

static void child_done(bool good, uint16_t pages)
{
	step((struct transfer_input){ .event = TRANSFER_CHILD_DONE,
				      .good = good,
				      .again = true,
				      .pages = pages,
				      .sentence = "T.30 said so." });
}

static void answered(uint16_t pages)
{
	transfer_init_callee(&t, 0);
	hear((struct pipe_message){ .type = PIPE_OPEN,
				    .open = { .job = { job, sizeof(job) },
					      .pages = pages,
					      .title = span_of("letter") } });
	assert_string_equal(did(), "L");
	assert_memory_equal(t.job, job, sizeof(job));
	step((struct transfer_input){ .event = TRANSFER_NEW });
	assert_string_equal(did(), "SB");
	assert_int_equal(o.message.answer.verdict, PIPE_GO);
}

static void child_page(uint16_t n)
{
	step((struct transfer_input){ .event = TRANSFER_CHILD_PAGE,
				      .pages = n });
	assert_string_equal(did(), t.call_stands ? "PS" : "P");
}

/* --- the caller --- */

static void only_stored_makes_a_job_delivered(void **state)
{
	(void)state;
	go(2);
	hear_page(1);
	assert_string_equal(did(), "P");
	hear_page(2);
	child_done(true, 2);
	assert_string_equal(did(), "");
	assert_int_equal(t.state, TRANSFER_CONFIRMING);
	hear_stored(2);
	assert_string_equal(did(), "HR");
	assert_int_equal(o.reason, REASON_DONE);
	assert_true(t.result.delivered);
	assert_int_equal(t.result.pages, 2);
}

static void stored_may_come_before_our_own_engine_is_done(void **state)
{
	(void)state;
	go(1);
	hear_page(1);
	hear_stored(1);
	assert_string_equal(did(), "XHR");
	assert_true(t.result.delivered);
}

static void a_job_stored_already_is_delivered_at_once(void **state)
{
	(void)state;
	call_out(3);
	hear((struct pipe_message){
		.type = PIPE_ANSWER,
		.answer = { .verdict = PIPE_STORED_ALREADY, .pages = 3 } });
	assert_string_equal(did(), "HR");
	assert_true(t.result.delivered);
	assert_int_equal(t.result.pages, 3);
}

static void a_call_lost_before_stored_is_tried_again(void **state)
{
	(void)state;
	for (int stage = 0; stage < 3; stage++) {
		call_out(1);
		if (stage > 0)
			go(1);
		if (stage > 1)
			child_done(true, 1);
		step((struct transfer_input){ .event = TRANSFER_CALL_OVER,
					      .reason = REASON_PEER_LOST });
		assert_string_equal(did(), stage == 1 ? "XR" : "R");
		assert_false(t.result.delivered);
		assert_true(t.result.again);
		assert_int_equal(t.result.reason, REASON_PEER_LOST);
		assert_true(strlen(t.result.sentence) > 10);
	}
}

static void a_call_that_is_over_too_soon_did_not_go_well(void **state)
{
	(void)state;
	go(2);
	hear_page(1);
	step((struct transfer_input){ .event = TRANSFER_CALL_OVER,
				      .reason = REASON_DONE });
	assert_int_equal(t.result.reason, REASON_FAILED);
	assert_true(t.result.again);
	answered(2);
	child_page(1);
	step((struct transfer_input){ .event = TRANSFER_CALL_OVER,
				      .reason = REASON_DONE });
	assert_int_equal(t.result.reason, REASON_FAILED);
}

static void a_failed_engine_tells_the_far_end_why(void **state)
{
	(void)state;
	go(2);
	hear_page(1);
	child_done(false, 1);
	assert_string_equal(did(), "SHR");
	assert_int_equal(o.message.type, PIPE_FAULT);
	assert_string_equal(t.result.sentence, "T.30 said so.");
	assert_true(t.result.again);
	assert_int_equal(t.result.pages, 1);
}

static void after_the_last_page_the_far_ends_word_decides(void **state)
{
	(void)state;
	go(1);
	hear_page(1);
	child_done(false, 1);
	assert_int_equal(t.state, TRANSFER_CONFIRMING);
	hear_stored(1);
	assert_true(t.result.delivered);
}

static void the_far_ends_fault_is_what_the_user_reads(void **state)
{
	(void)state;
	go(1);
	hear((struct pipe_message){
		.type = PIPE_FAULT,
		.fault = { .reason = REASON_FAILED,
			   .again = 1,
			   .sentence = span_of("The disk is full.") } });
	assert_string_equal(did(), "XHR");
	assert_string_equal(t.result.sentence, "The disk is full.");
	assert_true(t.result.again);
	assert_false(t.result.delivered);
}

static void pages_are_confirmed_in_order_and_not_invented(void **state)
{
	static const uint16_t wrong[][2] = { { 2, 0 }, { 1, 1 }, { 1, 3 } };

	(void)state;
	for (int i = 0; i < 3; i++) {
		go(2);
		hear_page(wrong[i][0]);
		if (wrong[i][1] > 0)
			hear_page(wrong[i][1]);
		assert_int_equal(t.state, TRANSFER_FINISHED);
		assert_int_equal(t.result.reason, REASON_PROTOCOL);
	}
	go(2);
	hear_stored(1);
	assert_false(t.result.delivered);
}

static void silence_after_the_last_page_is_a_failure(void **state)
{
	(void)state;
	go(1);
	child_done(true, 1);
	assert_int_equal(transfer_deadline(&t), 61000);
	step((struct transfer_input){ .event = TRANSFER_DUE });
	assert_string_equal(did(), "HR");
	assert_false(t.result.delivered);
	assert_true(t.result.again);
}

static void a_cancelled_job_is_not_tried_again(void **state)
{
	(void)state;
	go(1);
	step((struct transfer_input){ .event = TRANSFER_CANCEL });
	assert_string_equal(did(), "XHR");
	assert_int_equal(t.result.reason, REASON_CANCELLED);
	assert_false(t.result.again);
}

/* --- the callee --- */

static void stored_is_said_only_after_the_fax_is_saved(void **state)
{
	(void)state;
	answered(2);
	child_page(1);
	child_page(2);
	child_done(true, 2);
	assert_string_equal(did(), "W");
	step((struct transfer_input){ .event = TRANSFER_SAVED });
	assert_string_equal(did(), "S");
	assert_int_equal(o.message.type, PIPE_STORED);
	assert_int_equal(o.message.stored.pages, 2);
	step((struct transfer_input){ .event = TRANSFER_CALL_OVER,
				      .reason = REASON_DONE });
	assert_string_equal(did(), "R");
	assert_true(t.result.delivered);
}

static void a_fax_that_cannot_be_saved_is_a_fault(void **state)
{
	(void)state;
	answered(1);
	child_page(1);
	child_done(true, 1);
	step((struct transfer_input){ .event = TRANSFER_UNSAVED,
				      .again = true,
				      .sentence = "The disk is full." });
	assert_string_equal(did(), "S");
	assert_int_equal(o.message.type, PIPE_FAULT);
	assert_true(span_equal(o.message.fault.sentence,
			       span_of("The disk is full.")));
	assert_int_equal(o.message.fault.reason, REASON_UNABLE);
	assert_false(t.result.delivered);
}

static void a_known_job_is_answered_and_not_received(void **state)
{
	(void)state;
	transfer_init_callee(&t, 0);
	hear((struct pipe_message){
		.type = PIPE_OPEN,
		.open = { .job = { job, sizeof(job) }, .pages = 2 } });
	step((struct transfer_input){ .event = TRANSFER_KNOWN, .pages = 2 });
	assert_string_equal(did(), "S");
	assert_int_equal(o.message.answer.verdict, PIPE_STORED_ALREADY);
	assert_int_equal(o.message.answer.pages, 2);
	assert_false(transfer_flows(&t));
}

static void a_call_lost_in_the_middle_leaves_a_partial_fax(void **state)
{
	(void)state;
	answered(5);
	child_page(1);
	child_page(2);
	step((struct transfer_input){ .event = TRANSFER_CALL_OVER,
				      .reason = REASON_PEER_LOST });
	assert_string_equal(did(), "X");
	child_page(3); /* it was on its way to the disk */
	child_done(false, 3);
	assert_string_equal(did(), "wR");
	assert_int_equal(t.result.pages, 3);
	assert_false(t.result.delivered);
}

static void a_call_lost_before_the_first_page_leaves_nothing(void **state)
{
	(void)state;
	answered(5);
	step((struct transfer_input){ .event = TRANSFER_CALL_OVER,
				      .reason = REASON_PEER_LOST });
	child_done(false, 0);
	assert_string_equal(did(), "AR");
}

static void all_pages_and_then_a_lost_call_is_a_whole_fax(void **state)
{
	(void)state;
	answered(1);
	child_page(1);
	step((struct transfer_input){ .event = TRANSFER_CALL_OVER,
				      .reason = REASON_PEER_LOST });
	child_done(false, 1);
	assert_string_equal(did(), "W");
	step((struct transfer_input){ .event = TRANSFER_SAVED });
	assert_string_equal(did(), "R");
	assert_true(t.result.delivered);
}

static void too_few_pages_are_no_whole_fax(void **state)
{
	(void)state;
	answered(3);
	child_page(1);
	child_page(2);
	child_done(true, 2);
	assert_string_equal(did(), "wS");
	assert_int_equal(o.message.type, PIPE_FAULT);
}

static void a_child_that_never_ends_is_given_up(void **state)
{
	(void)state;
	answered(2);
	child_page(1);
	step((struct transfer_input){ .event = TRANSFER_CALL_OVER,
				      .reason = REASON_PEER_LOST });
	step((struct transfer_input){ .event = TRANSFER_DUE });
	assert_string_equal(did(), "wR");
}

static void a_caller_that_says_nothing_is_hung_up_on(void **state)
{
	(void)state;
	transfer_init_callee(&t, 0);
	assert_int_equal(transfer_deadline(&t), 30000);
	step((struct transfer_input){ .event = TRANSFER_DUE });
	assert_string_equal(did(), "HR");
}

/* --- both --- */

static void bring_to(enum transfer_state s)
{
	if (s == TRANSFER_OPENING) {
		call_out(2);
	} else if (s <= TRANSFER_CONFIRMING || s == TRANSFER_FINISHED) {
		go(2);
		if (s == TRANSFER_CONFIRMING)
			child_done(true, 2);
		if (s == TRANSFER_FINISHED)
			step((struct transfer_input){
				.event = TRANSFER_CANCEL });
	} else if (s == TRANSFER_WAITING) {
		transfer_init_callee(&t, 0);
	} else {
		answered(2);
		child_page(1);
		if (s == TRANSFER_STOPPING)
			step((struct transfer_input){
				.event = TRANSFER_CANCEL });
		if (s == TRANSFER_LEAVING)
			child_done(false, 1);
	}
	assert_int_equal(t.state, s);
}

static struct transfer_input any(enum transfer_event e, struct pipe_message *m)
{
	static const enum pipe_type types[] = { PIPE_OPEN, PIPE_ANSWER,
						PIPE_PAGE, PIPE_STORED,
						PIPE_FAULT };
	struct transfer_input in = { .event = e, .pages = 2, .good = true };

	if (e > TRANSFER_GOT_FAULT)
		return in;
	*m = (struct pipe_message){ .type = types[e] };
	if (e == TRANSFER_GOT_OPEN)
		m->open.job = (struct span){ job, sizeof(job) };
	if (e == TRANSFER_GOT_PAGE)
		m->page.number = 1;
	in.message = m;
	return in;
}

/* One letter a state; columns are the events in their order. Typed from
 * docs/protocol.md: o opening, s sending, c confirming, w waiting, r
 * receiving, x stopping, l leaving, f finished. */
static void every_state_meets_every_event(void **state)
{
	static const char *const next[TRANSFER_STATES] = {
		[TRANSFER_OPENING] = "fsfffoooooooff"
				     "f",
		[TRANSFER_SENDING] = "ffsffssssc"
				     "ssff"
				     "s",
		[TRANSFER_CONFIRMING] = "ffcffcccc"
					"cccff"
					"f",
		[TRANSFER_WAITING] = "wfffflrlwwwwfff",
		[TRANSFER_RECEIVING] = "xxxxxrrrr"
				       "lll"
				       "xx"
				       "r",
		[TRANSFER_STOPPING] = "xxxxxxxxx"
				      "fff"
				      "xx"
				      "f",
		[TRANSFER_LEAVING] = "ffffl"
				     "lllll"
				     "ll"
				     "fff",
		[TRANSFER_FINISHED] = "fffffffffffffff",
	};

	(void)state;
	for (enum transfer_state s = 0; s < TRANSFER_STATES; s++)
		for (enum transfer_event e = 0; e < TRANSFER_EVENTS; e++) {
			struct pipe_message m;
			struct transfer_input in = any(e, &m);
			char is;

			bring_to(s);
			transfer_step(&t, &in, 1000, &o);
			is = "oscwrxlf"[t.state];
			if (is != next[s][e])
				fail_msg("%s, event %d: %c, not %c",
					 transfer_state_name(s), e, is,
					 next[s][e]);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_stored_makes_a_job_delivered),
		cmocka_unit_test(stored_may_come_before_our_own_engine_is_done),
		cmocka_unit_test(a_job_stored_already_is_delivered_at_once),
		cmocka_unit_test(a_call_lost_before_stored_is_tried_again),
		cmocka_unit_test(a_call_that_is_over_too_soon_did_not_go_well),
		cmocka_unit_test(a_failed_engine_tells_the_far_end_why),
		cmocka_unit_test(after_the_last_page_the_far_ends_word_decides),
		cmocka_unit_test(the_far_ends_fault_is_what_the_user_reads),
		cmocka_unit_test(pages_are_confirmed_in_order_and_not_invented),
		cmocka_unit_test(silence_after_the_last_page_is_a_failure),
		cmocka_unit_test(a_cancelled_job_is_not_tried_again),
		cmocka_unit_test(stored_is_said_only_after_the_fax_is_saved),
		cmocka_unit_test(a_fax_that_cannot_be_saved_is_a_fault),
		cmocka_unit_test(a_known_job_is_answered_and_not_received),
		cmocka_unit_test(
			a_call_lost_in_the_middle_leaves_a_partial_fax),
		cmocka_unit_test(
			a_call_lost_before_the_first_page_leaves_nothing),
		cmocka_unit_test(all_pages_and_then_a_lost_call_is_a_whole_fax),
		cmocka_unit_test(too_few_pages_are_no_whole_fax),
		cmocka_unit_test(a_child_that_never_ends_is_given_up),
		cmocka_unit_test(a_caller_that_says_nothing_is_hung_up_on),
		cmocka_unit_test(every_state_meets_every_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
