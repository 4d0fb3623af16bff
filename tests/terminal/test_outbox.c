/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/outbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/text.h"
#include "../io/turn.h"
#include "../store/scratch.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static struct loop *loop;
static struct outbox *outbox;
static struct config config;
static struct why why;
static struct exchange *exchange;
static struct inbox *inbox;
static unsigned listed;
static unsigned changes, removals, pauses;
static char states[64]; /* first letters, in order */

static void on_changed(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
	changes++;
}

static void on_gone(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
	removals++;
}

static void on_paused(void *owner, bool paused)
{
	(void)owner;
	pauses += paused;
}

static const struct outbox_handlers handlers = { on_changed, on_gone,
						 on_paused };

static uint64_t epoch_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int set_up(void **state)
{
	static char home[ATOMIC_PATH_MAX];

	log_set_level(LOG_ERROR);
	if (scratch_set_up(state) != 0)
		return -1;
	snprintf(home, sizeof(home), "%s", scratch("home"));
	config = (struct config){ .home = home,
				  .keep_jobs_d = 30,
				  .keep_documents_d = 10,
				  .give_up_h = 24,
				  .connections = 64,
				  .pace = "unpaced",
				  .name = "" };
	changes = removals = pauses = 0;
	loop = loop_new();
	return loop ? 0 : -1;
}

static int tear_down(void **state)
{
	exchange_free(exchange);
	exchange = NULL;
	inbox_close(inbox);
	inbox = NULL;
	outbox_free(outbox);
	outbox = NULL;
	loop_free(loop);
	return scratch_tear_down(state);
}

/* A job as an earlier run left it. */
/* The ID of left(number), and where it lies. */
#define NUMBER(n) n "010200000000000000000000000000"

static struct spool_job left(uint8_t number, const char *state,
			     uint64_t finished_ms)
{
	struct spool_job j = { .id = { number, 1, 2 },
			       .to = "ben",
			       .created_ms =
				       epoch_ms() - 100ull * DAY_MS + number,
			       .give_up_ms = epoch_ms() + DAY_MS,
			       .finished_ms = finished_ms };

	snprintf(j.state, sizeof(j.state), "%s", state);
	return j;
}

static void keep(const struct spool_job *j)
{
	char folder[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];
	struct spool *s;

	assert_int_equal(spool_open(&s, config.home, &why), OK);
	assert_int_equal(spool_begin(s, j->id, folder, &why), OK);
	assert_int_equal(atomic_path(path, &why, "%s/document.tif", folder),
			 OK);
	assert_int_equal(atomic_write(path, "II*", 3, 0600, &why), OK);
	assert_int_equal(spool_commit(s, j, 1, &why), OK);
	spool_close(s);
}

static void note(void *owner, const struct outbox_job *j)
{
	(void)owner;
	states[listed++] = jobs_state_name(j->state)[0];
	states[listed] = '\0';
}

static const char *list(void)
{
	listed = 0;
	states[0] = '\0';
	outbox_each(outbox, note, NULL);
	return states;
}

static const struct outbox_job *first;

static void note_first(void *owner, const struct outbox_job *j)
{
	(void)owner;
	if (!first)
		first = j;
}

static const struct outbox_job *first_job(void)
{
	first = NULL;
	outbox_each(outbox, note_first, NULL);
	assert_non_null(first);
	return first;
}

/* Loads what is there, and lets it do what it does by itself. */
static void open_outbox(void)
{
	const struct outbox_parts parts = { .loop = loop,
					    .config = &config,
					    .handlers = &handlers };

	outbox_free(outbox);
	outbox = NULL;
	assert_int_equal(outbox_new(&outbox, &parts, &why), OK);
	turn_for(loop, 20);
}

static void what_was_under_way_begins_anew(void **state)
{
	const struct spool_job jobs[] = { left(1, "queued", 0),
					  left(2, "calling", 0),
					  left(3, "sending", 0),
					  left(4, "failed", epoch_ms()) };

	(void)state;
	for (int i = 0; i < 4; i++)
		keep(&jobs[i]);
	open_outbox();
	assert_string_equal(list(), "qqqf");
}

static void jobs_that_are_over_go_when_they_are_old(void **state)
{
	const uint64_t now = epoch_ms();
	const struct spool_job jobs[] = {
		left(1, "delivered", now - 31ull * DAY_MS),
		left(2, "failed", now - 29ull * DAY_MS),
		left(3, "cancelled", now - 99ull * DAY_MS),
		left(4, "queued", 0),		    /* however old */
		left(5, "delivered", now + DAY_MS), /* the clock went back */
	};

	(void)state;
	for (int i = 0; i < 5; i++)
		keep(&jobs[i]);
	open_outbox();
	assert_string_equal(list(), "fqd");
	assert_int_equal(scratch_count("home/jobs"), 3);
	open_outbox();
	assert_string_equal(list(), "fqd");
}

static void what_was_cancelled_while_it_went_is_not_sent(void **state)
{
	struct spool_job j = left(1, "sending", 0);

	(void)state;
	j.cancelled = true;
	config.keep_documents_d = 0;
	keep(&j);
	open_outbox();
	assert_string_equal(list(), "c");
	assert_false(scratch_exists(
		"home/jobs/01010200000000000000000000000000/document.tif"));
	open_outbox();
	assert_string_equal(list(), "c");
}

static void a_job_is_cancelled_once(void **state)
{
	const struct spool_job j = left(1, "queued", 0);
	struct outbox_job *job;

	(void)state;
	keep(&j);
	open_outbox();
	assert_null(outbox_find(outbox, "0101")); /* its beginning */
	assert_null(outbox_find(outbox, NUMBER("02")));
	job = outbox_find(outbox, NUMBER("01"));
	assert_non_null(job);
	assert_true(outbox_cancel(outbox, job));
	assert_false(outbox_cancel(outbox, job));
	assert_false(outbox_hold(job, true));
	assert_false(outbox_priority(job, JOBS_HIGH));
	assert_false(outbox_not_before(job, 1));
	open_outbox();
	assert_string_equal(list(), "c");
}

/* Seven relays of 32 octets and a recipient of 24. */
static void the_longest_address_is_kept_whole(void **state)
{
	struct spool_job j = left(1, "queued", 0);
	struct outbox_job *job;

	(void)state;
	memset(j.to, 'b', 255);
	for (int at = 24; at < 255; at += 33) {
		j.to[at] = '@';
		j.to[at + 1] = (char)('a' + at / 33);
	}
	assert_true(path_address_valid(j.to, strlen(j.to)));
	keep(&j);
	open_outbox();
	job = outbox_find(outbox, NUMBER("01"));
	assert_non_null(job);
	assert_int_equal(strlen(job->record.to), 255);
	assert_string_equal(job->record.to, j.to);
	assert_true(outbox_cancel(outbox, job));
	open_outbox();
	job = outbox_find(outbox, NUMBER("01"));
	assert_non_null(job);
	assert_string_equal(job->record.to, j.to);
}

/* --- ways in --- */

static void on_listing(void *owner, const struct message_listing *l)
{
	(void)owner;
	(void)l;
}

static void on_presence(void *owner, const struct message_presence *p)
{
	(void)owner;
	(void)p;
}

static void on_nothing(void *owner)
{
	(void)owner;
}

static void on_received(void *owner, const char *folder)
{
	(void)owner;
	(void)folder;
}

/* A way out on which every call waits for a line: nobody listens there. */
static void connect_to_nobody(void)
{
	static const struct exchange_handlers ignore = {
		.listing = on_listing,
		.presence = on_presence,
		.unfollowed = on_nothing,
		.changed = on_nothing,
		.received = on_received,
	};
	static const struct membership nobody = { .id = "ana",
						  .secret = "secret",
						  .host = "127.0.0.1",
						  .port = 1,
						  .pinned = true };

	assert_int_equal(inbox_open(&inbox, config.home, epoch_ms(), &why), OK);
	assert_int_equal(exchange_new(&exchange, loop, &config, &nobody, inbox,
				      &ignore, NULL, &why),
			 OK);
	outbox_connect(outbox, exchange);
	turn_for(loop, 20);
}

static struct outbox_added added;

/* Pages that are a document already, to these recipients. */
static enum err add_to(const char *const *to, size_t n,
		       enum jobs_priority priority, bool held)
{
	const struct intake_request r = { .to = to,
					  .to_count = n,
					  .priority = priority,
					  .held = held,
					  .title = "Pages",
					  .note = "soon" };
	const struct outbox_document d = { .path = scratch("pages.tif"),
					   .pages = 2,
					   .resolution = PAPER_FINE };

	scratch_write("pages.tif", "II*", 3);
	return outbox_add_document(outbox, &r, &d, &added, &why);
}

/* One job more. */
static struct outbox_job *add(const char *to, enum jobs_priority priority)
{
	assert_int_equal(add_to(&to, 1, priority, false), OK);
	assert_int_equal(added.count, 1);
	return added.jobs[0];
}

static void pages_that_are_ready_become_jobs_at_once(void **state)
{
	static const char *const to[] = { "ben", "cleo", "ben", "dora" };
	char path[ATOMIC_PATH_MAX];

	(void)state;
	open_outbox();
	assert_int_equal(add_to(to, 4, JOBS_LOW, false), OK);
	assert_int_equal(added.count, 3);
	assert_int_equal(changes, 3);
	assert_int_equal(outbox_waiting(outbox), 3);
	assert_int_equal(outbox_pages(outbox, added.jobs[2], path), OK);
	assert_int_equal(access(path, R_OK), 0);
	assert_string_equal(added.jobs[1]->record.to, "cleo");
	assert_int_equal(added.jobs[1]->record.pages, 2);
	assert_string_equal(added.jobs[1]->record.resolution, "fine");
	assert_int_equal(added.jobs[1]->priority, JOBS_LOW);
	open_outbox();
	assert_string_equal(list(), "qqq");
	assert_int_equal(outbox_waiting(outbox), 3);
}

static void what_cannot_be_taken_leaves_nothing(void **state)
{
	static const char *const wrong[] = { "ben", "No Body" };

	(void)state;
	open_outbox();
	assert_int_equal(add_to(wrong, 2, JOBS_NORMAL, false), ERR_BAD);
	assert_int_equal(add_to(wrong, 0, JOBS_NORMAL, false), ERR_BAD);
	assert_string_equal(list(), "");
	assert_int_equal(scratch_count("home/jobs"), 0);
}

static void a_job_can_be_sent_again_while_its_pages_are_kept(void **state)
{
	static const char *const others[] = { "cleo", "dora" };
	const struct outbox_repeat repeat = { .user = "eve" };
	const struct outbox_repeat further = { .to = others, .to_count = 2 };
	struct outbox_job *job;

	(void)state;
	open_outbox();
	job = add("ben", JOBS_HIGH);
	assert_true(outbox_cancel(outbox, job));
	assert_int_equal(outbox_again(outbox, job, &repeat, &added, &why), OK);
	assert_int_equal(added.count, 1);
	assert_string_equal(added.jobs[0]->record.to, "ben");
	assert_string_equal(added.jobs[0]->record.title, "Pages");
	assert_string_equal(added.jobs[0]->record.note, "soon");
	assert_string_equal(added.jobs[0]->record.user, "eve");
	assert_int_equal(added.jobs[0]->priority, JOBS_HIGH);
	assert_int_equal(outbox_again(outbox, job, &further, &added, &why), OK);
	assert_string_equal(added.jobs[1]->record.to, "dora");
	config.keep_documents_d = 0;
	job = added.jobs[1];
	assert_true(outbox_cancel(outbox, job));
	turn_for(loop, 20);
	assert_int_equal(outbox_again(outbox, job, &repeat, &added, &why),
			 ERR_MISSING);
	assert_string_equal(list(), "cqqc");
}

/* --- what goes when --- */

static void urgent_jobs_go_first_on_one_line(void **state)
{
	struct outbox_job *low, *normal, *high;

	(void)state;
	config.connections = 1;
	open_outbox();
	low = add("ben", JOBS_LOW);
	normal = add("cleo", JOBS_NORMAL);
	high = add("dora", JOBS_HIGH);
	connect_to_nobody();
	assert_int_equal(high->state, JOBS_CALLING);
	assert_int_equal(normal->state, JOBS_QUEUED);
	assert_true(outbox_cancel(outbox, high));
	turn_for(loop, 20);
	assert_int_equal(high->state, JOBS_CANCELLED);
	assert_int_equal(normal->state, JOBS_CALLING);
	assert_int_equal(low->state, JOBS_QUEUED);
}

static void one_callee_is_called_once_at_a_time(void **state)
{
	(void)state;
	open_outbox();
	add("ben", JOBS_NORMAL);
	add("ben", JOBS_NORMAL);
	add("cleo", JOBS_NORMAL);
	connect_to_nobody();
	assert_string_equal(list(), "cqc");
}

static void what_is_held_waits_and_its_time_stands_still(void **state)
{
	struct outbox_job *job;
	uint64_t give_up;

	(void)state;
	open_outbox();
	job = add("ben", JOBS_NORMAL);
	give_up = job->record.give_up_ms;
	assert_true(outbox_hold(job, true));
	connect_to_nobody();
	assert_int_equal(job->state, JOBS_QUEUED);
	job->record.held_ms -= 5000; /* as if it had been for so long */
	assert_true(outbox_hold(job, false));
	assert_in_range(job->record.give_up_ms, give_up + 5000, give_up + 9000);
	turn_for(loop, 20);
	assert_int_equal(job->state, JOBS_CALLING);
	/* Under way it can be held for the next time. */
	assert_true(outbox_hold(job, true));
	assert_int_equal(job->state, JOBS_CALLING);
}

static void a_pause_is_kept_and_gives_time_back(void **state)
{
	uint64_t give_up;

	(void)state;
	open_outbox();
	assert_int_equal(outbox_pause(outbox, true, &why), OK);
	assert_int_equal(outbox_pause(outbox, true, &why), OK);
	assert_int_equal(pauses, 1);
	give_up = add("ben", JOBS_HIGH)->record.give_up_ms;
	open_outbox();
	assert_true(outbox_paused(outbox));
	connect_to_nobody();
	assert_string_equal(list(), "q");
	turn_for(loop, 100);
	assert_int_equal(outbox_pause(outbox, false, &why), OK);
	turn_for(loop, 20);
	assert_string_equal(list(), "c");
	exchange_free(exchange);
	exchange = NULL;
	open_outbox();
	assert_false(outbox_paused(outbox));
	assert_true(first_job()->record.give_up_ms > give_up + 100);
}

static void note_give_up(void *owner, const struct spool_job *j)
{
	*(uint64_t *)owner = j->give_up_ms;
}

static void note_damage(void *owner, const char *sentence)
{
	(void)owner;
	fail_msg("%s", sentence);
}

/* As a start after a power cut would find it. */
static uint64_t give_up_on_disk(void)
{
	struct spool *s;
	uint64_t ms = 0;

	assert_int_equal(spool_open(&s, config.home, &why), OK);
	assert_int_equal(spool_load(s, note_give_up, note_damage, &ms, &why),
			 OK);
	spool_close(s);
	return ms;
}

static void a_queue_goes_on_once_its_jobs_have_their_time_again(void **state)
{
	uint64_t give_up;

	(void)state;
	open_outbox();
	give_up = add("ben", JOBS_NORMAL)->record.give_up_ms;
	assert_int_equal(outbox_pause(outbox, true, &why), OK);
	turn_for(loop, 50);
	assert_int_equal(give_up_on_disk(), give_up);
	assert_int_equal(outbox_pause(outbox, false, &why), OK);
	assert_true(give_up_on_disk() >= give_up + 40);
}

/* The disk takes no record of this job: a folder is in the way. */
static const char *obstacle(void)
{
	static char path[ATOMIC_PATH_MAX];
	char hex[2 * SPOOL_ID_SIZE + 1];

	text_to_hex(first_job()->record.id, SPOOL_ID_SIZE, hex);
	assert_int_equal(atomic_path(path, &why, "%s/jobs/%s/job.json.tmp",
				     config.home, hex),
			 OK);
	return path;
}

static void a_queue_stays_paused_while_their_time_cannot_be_kept(void **state)
{
	(void)state;
	open_outbox();
	(void)add("ben", JOBS_NORMAL);
	assert_int_equal(outbox_pause(outbox, true, &why), OK);
	turn_for(loop, 20);
	assert_int_equal(mkdir(obstacle(), 0700), 0);
	assert_int_equal(outbox_pause(outbox, false, &why), ERR_SPACE);
	assert_true(outbox_paused(outbox));
	assert_int_equal(rmdir(obstacle()), 0);
	assert_int_equal(outbox_pause(outbox, false, &why), OK);
	assert_false(outbox_paused(outbox));
}

static void what_the_disk_did_not_take_is_known(void **state)
{
	struct outbox_job *job;
	char path[ATOMIC_PATH_MAX];

	(void)state;
	config.keep_documents_d = 0;
	open_outbox();
	job = add("ben", JOBS_NORMAL);
	assert_true(outbox_hold(job, true));
	assert_true(outbox_saved(job));
	assert_int_equal(mkdir(obstacle(), 0700), 0);
	assert_true(outbox_cancel(outbox, job));
	assert_false(outbox_saved(job));
	outbox_together(outbox);
	assert_false(outbox_priority(job, JOBS_HIGH));
	assert_false(outbox_apart(outbox));
	/* Its pages stay until its end is on disk. */
	turn_for(loop, 20);
	assert_int_equal(outbox_pages(outbox, job, path), OK);
	assert_int_equal(rmdir(obstacle()), 0);
	open_outbox();
	assert_string_equal(list(), "c");
	assert_int_equal(outbox_pages(outbox, first_job(), path), ERR_MISSING);
}

static void a_job_for_later_waits(void **state)
{
	struct outbox_job *job;

	(void)state;
	open_outbox();
	job = add("ben", JOBS_NORMAL);
	assert_true(outbox_not_before(job, epoch_ms() + DAY_MS));
	assert_true(job->record.give_up_ms > epoch_ms() + DAY_MS);
	connect_to_nobody();
	assert_int_equal(job->state, JOBS_QUEUED);
	assert_true(outbox_not_before(job, 0));
	turn_for(loop, 20);
	assert_int_equal(job->state, JOBS_CALLING);
}

/* --- no job sticks --- */

static void a_job_whose_time_is_over_fails_and_says_so(void **state)
{
	struct spool_job j = left(1, "queued", 0);

	(void)state;
	j.give_up_ms = epoch_ms() - 1;
	snprintf(j.last_result, sizeof(j.last_result), "The terminal is busy.");
	keep(&j);
	open_outbox();
	assert_string_equal(list(), "f");
	assert_string_equal(first_job()->record.last_result,
			    "Its time was over. The terminal is busy.");
	assert_int_equal(outbox_waiting(outbox), 0);
}

static void a_call_of_which_nothing_is_heard_has_ended(void **state)
{
	struct outbox_job *job;

	(void)state;
	open_outbox();
	job = add("ben", JOBS_NORMAL);
	connect_to_nobody();
	assert_int_equal(job->state, JOBS_CALLING);
	assert_true(job->deadline_ms > (int64_t)epoch_ms() + 60000);
	job->deadline_ms = (int64_t)epoch_ms();
	assert_true(outbox_priority(job, JOBS_HIGH)); /* looks at it anew */
	turn_for(loop, 20);
	assert_int_equal(job->state, JOBS_QUEUED);
	assert_int_equal(job->call, 0);
	assert_int_equal(job->record.faults, 1);
	assert_true(job->record.next_try_ms > epoch_ms() + 3000);
	assert_non_null(strstr(job->record.last_result, "Nothing was heard"));
}

static void a_job_that_is_put_off_while_it_is_called_waits_so_long(void **state)
{
	uint64_t later = epoch_ms() + DAY_MS;
	struct outbox_job *job;

	(void)state;
	open_outbox();
	job = add("ben", JOBS_NORMAL);
	connect_to_nobody();
	assert_int_equal(job->state, JOBS_CALLING);
	assert_true(outbox_not_before(job, later));
	job->deadline_ms = (int64_t)epoch_ms();
	assert_true(outbox_priority(job, JOBS_HIGH)); /* looks at it anew */
	turn_for(loop, 20);
	assert_int_equal(job->state, JOBS_QUEUED);
	assert_int_equal(job->record.next_try_ms, later);
}

static void a_way_out_that_is_gone_takes_no_job_with_it(void **state)
{
	struct outbox_job *job;

	(void)state;
	open_outbox();
	job = add("ben", JOBS_NORMAL);
	connect_to_nobody();
	assert_int_equal(job->state, JOBS_CALLING);
	outbox_connect(outbox, NULL);
	exchange_free(exchange); /* tells nobody */
	inbox_close(inbox);
	assert_true(outbox_hold(job, true));
	connect_to_nobody();
	assert_int_equal(job->state, JOBS_QUEUED);
	assert_int_equal(job->call, 0);
}

/* --- growing old --- */

static void pages_go_before_their_jobs_do(void **state)
{
	const uint64_t now = epoch_ms();
	const struct spool_job jobs[] = {
		left(1, "delivered", now - 11ull * DAY_MS),
		left(2, "delivered", now - 9ull * DAY_MS),
		left(3, "queued", 0),
	};
	char path[ATOMIC_PATH_MAX];

	(void)state;
	for (int i = 0; i < 3; i++)
		keep(&jobs[i]);
	open_outbox();
	assert_string_equal(list(), "ddq");
	assert_int_equal(
		outbox_pages(outbox, outbox_find(outbox, NUMBER("01")), path),
		ERR_MISSING);
	assert_int_equal(
		outbox_pages(outbox, outbox_find(outbox, NUMBER("02")), path),
		OK);
	assert_int_equal(
		outbox_pages(outbox, outbox_find(outbox, NUMBER("03")), path),
		OK);
	assert_int_equal(
		scratch_count("home/jobs/01010200000000000000000000000000"), 1);
}

static void what_is_over_can_be_forgotten(void **state)
{
	struct outbox_job *one, *second, *third;

	(void)state;
	open_outbox();
	one = add("ben", JOBS_NORMAL);
	second = add("cleo", JOBS_NORMAL);
	third = add("dora", JOBS_NORMAL);
	assert_false(outbox_remove(one));
	assert_true(outbox_cancel(outbox, one));
	assert_true(outbox_remove(one));
	assert_int_equal(removals, 1);
	assert_string_equal(list(), "qq");
	assert_int_equal(scratch_count("home/jobs"), 2);
	/* The others are where they belong. */
	assert_true(outbox_cancel(outbox, third));
	assert_int_equal(second->state, JOBS_QUEUED);
	assert_true(outbox_remove(third));
	assert_string_equal(list(), "q");
	open_outbox();
	assert_string_equal(list(), "q");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_under_way_begins_anew),
		TEST(jobs_that_are_over_go_when_they_are_old),
		TEST(what_was_cancelled_while_it_went_is_not_sent),
		TEST(a_job_is_cancelled_once),
		TEST(the_longest_address_is_kept_whole),
		TEST(pages_that_are_ready_become_jobs_at_once),
		TEST(what_cannot_be_taken_leaves_nothing),
		TEST(a_job_can_be_sent_again_while_its_pages_are_kept),
		TEST(urgent_jobs_go_first_on_one_line),
		TEST(one_callee_is_called_once_at_a_time),
		TEST(what_is_held_waits_and_its_time_stands_still),
		TEST(a_pause_is_kept_and_gives_time_back),
		TEST(a_queue_goes_on_once_its_jobs_have_their_time_again),
		TEST(a_queue_stays_paused_while_their_time_cannot_be_kept),
		TEST(what_the_disk_did_not_take_is_known),
		TEST(a_job_for_later_waits),
		TEST(a_job_whose_time_is_over_fails_and_says_so),
		TEST(a_call_of_which_nothing_is_heard_has_ended),
		TEST(a_job_that_is_put_off_while_it_is_called_waits_so_long),
		TEST(a_way_out_that_is_gone_takes_no_job_with_it),
		TEST(pages_go_before_their_jobs_do),
		TEST(what_is_over_can_be_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
