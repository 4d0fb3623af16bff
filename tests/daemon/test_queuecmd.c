/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/queuecmd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../io/turn.h"
#include "../store/scratch.h"
#include "base/log.h"
#include "base/text.h"
#include "talk.h"
#include "trust/secret.h"

static struct loop *l;
static struct config config;
static struct outbox *outbox;
static struct audit *audit;
static struct local_server *server;
static struct outbox_added added;
static struct why why;

static void on_request(void *owner, struct local_session *s, const char *line,
		       const int *fds, size_t n)
{
	const struct queuecmd_rooms rooms = { .outbox = outbox,
					      .audit = audit };
	json_t *in = json_loads(line, 0, NULL);

	(void)owner;
	(void)fds;
	assert_int_equal(n, 0);
	assert_true(queuecmd_run(&rooms, s, in));
	json_decref(in);
}

static void on_session_gone(void *owner, struct local_session *s)
{
	(void)owner;
	(void)s;
}

static void on_job(void *owner, const struct outbox_job *j)
{
	(void)owner;
	(void)j;
}

static void on_paused(void *owner, bool paused)
{
	(void)owner;
	(void)paused;
}

static int set_up(void **state)
{
	static const struct local_handlers handlers = { on_request,
							on_session_gone };
	static const struct outbox_handlers jobs = { on_job, on_job,
						     on_paused };
	struct outbox_parts parts = { .config = &config, .handlers = &jobs };

	log_set_level(LOG_ERROR);
	if (scratch_set_up(state) != 0 || mkdir(scratch("home"), 0700) != 0)
		return -1;
	config = (struct config){ .home = scratch("home"),
				  .give_up_h = 24,
				  .keep_jobs_d = 30,
				  .keep_documents_d = 30 };
	l = parts.loop = loop_new();
	return l && outbox_new(&outbox, &parts, &why) == OK &&
			       audit_open(
				       &audit, scratch("home"),
				       (struct audit_digest){ secret_digest },
				       10, 1, &why) == OK &&
			       local_listen(l, scratch("control"), &handlers,
					    NULL, &server, &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	local_free(server);
	outbox_free(outbox);
	audit_close(audit);
	loop_free(l);
	return scratch_tear_down(state);
}

static void add(const char *const *to, size_t n)
{
	const struct intake_request r = { .to = to,
					  .to_count = n,
					  .priority = JOBS_NORMAL,
					  .title = "Pages" };
	const struct outbox_document d = { .path = scratch("pages.tif"),
					   .pages = 2,
					   .resolution = PAPER_FINE };

	scratch_write("pages.tif", "II*", 3);
	assert_int_equal(outbox_add_document(outbox, &r, &d, &added, &why), OK);
}

static void add_one(void)
{
	static const char *const ben[] = { "ben" };

	add(ben, 1);
}

/* The ID is cut to so many digits; `more` follows it. */
static void ask_of(const char *command, const uint8_t *id, int digits,
		   const char *more)
{
	char hex[2 * SPOOL_ID_SIZE + 1], line[500];

	text_to_hex(id, SPOOL_ID_SIZE, hex);
	snprintf(line, sizeof(line), "{'command':'%s','job':'%.*s%s'}", command,
		 digits, hex, more);
	(void)ask(l, line);
}

static bool said(const char *words)
{
	return strstr(talk.answer, words) != NULL;
}

static unsigned count(const char *words)
{
	unsigned n = 0;

	for (const char *at = talk.answer; (at = strstr(at, words)); at++)
		n++;
	return n;
}

/* The log, newest first, as "action detail|". */
static char log_text[4096];

static void take_entry(void *owner, const struct audit_entry *e)
{
	size_t used = strlen(log_text);

	(void)owner;
	assert_string_equal(e->user, "local");
	snprintf(log_text + used, sizeof(log_text) - used, "%s %s|", e->action,
		 e->detail);
}

static const char *log_of(void)
{
	log_text[0] = '\0';
	assert_int_equal(audit_read(audit, 0, 99, take_entry, NULL, &why), OK);
	return log_text;
}

/* --- the tests --- */

static void what_is_done_to_a_job_is_in_the_audit_log(void **state)
{
	const uint8_t *id;

	(void)state;
	add_one();
	id = added.jobs[0]->record.id;
	ask_of("hold", id, 32, "");
	assert_true(said("\"held\":true") && said("\"end\""));
	ask_of("release", id, 8, "");
	assert_true(said("\"held\":false") && said("\"end\""));
	ask_of("priority", id, 4, "','priority':'high");
	assert_true(said("\"priority\":\"high\"") && said("\"end\""));
	ask_of("cancel", id, 32, "");
	assert_true(said("\"state\":\"cancelled\"") && said("\"end\""));
	ask_of("again", id, 32, "','to':'cleo");
	assert_true(said("\"to\":\"cleo\"") && said("\"user\":\"local\""));
	ask_of("remove", id, 32, "");
	assert_true(said("\"state\":\"cancelled\"") && said("\"end\""));
	ask(l, "{'command':'pause'}");
	ask(l, "{'command':'resume'}");
	assert_string_equal(log_of(),
			    "resumed |paused |job-removed ben|"
			    "sent again, pages of another job|cancelled ben|"
			    "job-changed ben|job-changed ben|job-changed ben|");
	ask(l, "{'command':'jobs'}");
	assert_int_equal(count("\"state\""), 1);
	assert_true(said("\"paused\":false"));
}

static void what_is_refused_is_not(void **state)
{
	const uint8_t *id;

	(void)state;
	add_one();
	id = added.jobs[0]->record.id;
	ask_of("remove", id, 32, "");
	assert_true(said("cancel it first"));
	ask_of("cancel", id, 3, "");
	assert_true(said("There is no such job"));
	ask_of("cancel", id, 32, "f");
	assert_true(said("There is no such job"));
	ask_of("priority", id, 32, "','priority':'huge");
	assert_true(said("low, normal or high"));
	ask_of("again", id, 32, "','to':[],'':'");
	assert_true(said("to whom"));
	ask(l, "{'command':'hold'}");
	assert_true(said("There is no such job"));
	assert_string_equal(log_of(), "");
	assert_int_equal(added.jobs[0]->state, JOBS_QUEUED);
}

static void a_batch_is_meant_by_its_own_id(void **state)
{
	static const char *const to[] = { "ben", "cleo", "dora" };
	uint8_t batch[SPOOL_ID_SIZE];

	(void)state;
	add(to, 3);
	memcpy(batch, added.jobs[0]->record.batch, sizeof(batch));
	ask_of("cancel", batch, 12, "");
	assert_int_equal(count("\"state\":\"cancelled\""), 3);
	ask_of("again", batch, 32, "");
	assert_int_equal(count("\"state\":\"queued\""), 3);
	/* Nobody is left who did not get it, or will. */
	ask_of("cancel", batch, 32, "");
	assert_true(said("over already"));
}

/* Two that begin alike: neither is taken for the other. */
static void digits_that_fit_several_jobs_are_too_few(void **state)
{
	static const char *const to[] = { "ben", "cleo" };

	(void)state;
	add(to, 2);
	memcpy(added.jobs[1]->record.id, added.jobs[0]->record.id, 4);
	ask_of("cancel", added.jobs[1]->record.id, 8, "");
	assert_true(said("several jobs") && said("more of its digits"));
	assert_int_equal(added.jobs[0]->state, JOBS_QUEUED);
	assert_int_equal(added.jobs[1]->state, JOBS_QUEUED);
	assert_string_equal(log_of(), "");
}

static void a_full_disk_is_told(void **state)
{
	char path[ATOMIC_PATH_MAX], hex[2 * SPOOL_ID_SIZE + 1];

	(void)state;
	add_one();
	text_to_hex(added.jobs[0]->record.id, SPOOL_ID_SIZE, hex);
	snprintf(path, sizeof(path), "%s/jobs/%s/job.json.tmp", config.home,
		 hex);
	assert_int_equal(mkdir(path, 0700), 0);
	ask_of("cancel", added.jobs[0]->record.id, 32, "");
	assert_true(said("the disk could not take it"));
	assert_int_equal(rmdir(path), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_done_to_a_job_is_in_the_audit_log),
		TEST(what_is_refused_is_not),
		TEST(a_batch_is_meant_by_its_own_id),
		TEST(digits_that_fit_several_jobs_are_too_few),
		TEST(a_full_disk_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
