/* SPDX-License-Identifier: Apache-2.0 */
/* With a real inbox, real children, and the terminal's own porter. */
#include "office/deliver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../io/turn.h"
#include "../store/scratch.h"
#include "base/log.h"
#include "base/text.h"

static struct loop *loop;
static struct config config;
static struct inbox *inbox;
static struct outbox *outbox;
static struct deliver *deliver;
static struct why why;
static char home[ATOMIC_PATH_MAX];
static char told[ATOMIC_PATH_MAX]; /* the folder that was told of last */
static char folder[ATOMIC_PATH_MAX];
static bool over;

static uint64_t epoch_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
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

static const struct outbox_handlers outbox_handlers = {
	.changed = on_job,
	.gone = on_job,
	.paused = on_paused,
};

static enum err open_outbox(void)
{
	const struct outbox_parts parts = { .loop = loop,
					    .config = &config,
					    .handlers = &outbox_handlers };

	return outbox_new(&outbox, &parts, &why);
}

/* Whether the first entry of the record is in this state. */
static const char *state_of(size_t i)
{
	static char state[16];
	json_t *all = deliver_state(folder);
	const char *word = json_string_value(
		json_object_get(json_array_get(all, i), "state"));

	snprintf(state, sizeof(state), "%s", word ? word : "-");
	json_decref(all);
	return state;
}

static const char *sentence_of(size_t i)
{
	static char sentence[256];
	json_t *all = deliver_state(folder);
	const char *text = json_string_value(
		json_object_get(json_array_get(all, i), "sentence"));

	snprintf(sentence, sizeof(sentence), "%s", text ? text : "-");
	json_decref(all);
	return sentence;
}

static void on_changed(void *owner, const char *where)
{
	json_t *all = deliver_state(where);
	json_t *e;
	size_t i;

	(void)owner;
	snprintf(told, sizeof(told), "%s", where);
	over = true;
	json_array_foreach(all, i, e) over =
		over && strcmp(json_string_value(json_object_get(e, "state")),
			       "waiting") != 0;
	json_decref(all);
}

static const char *get_id(void *owner)
{
	(void)owner;
	return "me";
}

static void open_deliver(void)
{
	const struct deliver_parts parts = { .loop = loop,
					     .config = &config,
					     .self = getenv("FAXWIRE_TERMINAL"),
					     .inbox = inbox,
					     .outbox = outbox,
					     .id = get_id,
					     .changed = on_changed };

	deliver_free(deliver);
	over = false;
	deliver = deliver_new(&parts);
	assert_non_null(deliver);
}

static int set_up(void **state)
{
	log_set_level(LOG_ERROR);
	if (scratch_set_up(state) != 0)
		return -1;
	snprintf(home, sizeof(home), "%s", scratch("home"));
	config = (struct config){ .home = home,
				  .smtp = "",
				  .smtp_from = "",
				  .smtp_ca = "",
				  .deliver_d = 7,
				  .keep_jobs_d = 30,
				  .keep_documents_d = 30,
				  .allow_programs = true };
	loop = loop_new();
	told[0] = '\0';
	if (!loop || mkdir(home, 0700) != 0 ||
	    mkdir(scratch("share"), 0700) != 0 ||
	    inbox_open(&inbox, home, epoch_ms(), &why) != OK ||
	    open_outbox() != OK)
		return -1;
	open_deliver();
	return 0;
}

static int tear_down(void **state)
{
	deliver_free(deliver);
	deliver = NULL;
	turn_for(loop, 100); /* children that were killed are waited for */
	outbox_free(outbox);
	inbox_close(inbox);
	loop_free(loop);
	return scratch_tear_down(state);
}

/* --- what the tests say --- */

/* `%s` is the scratch folder; ' is ". */
static json_t *rules_of(const char *text)
{
	char quoted[4000];
	json_t *array;

	snprintf(quoted, sizeof(quoted), "[");
	for (const char *p = text; *p; p++) {
		size_t used = strlen(quoted);

		if (strncmp(p, "%s", 2) == 0) {
			snprintf(quoted + used, sizeof(quoted) - used, "%s",
				 scratch(""));
			p++;
		} else {
			quoted[used] = *p == '\'' ? '"' : *p;
			quoted[used + 1] = '\0';
		}
	}
	strcat(quoted, "]");
	array = json_loads(quoted, 0, NULL);
	assert_non_null(array);
	return array;
}

static void set_rules(const char *text)
{
	json_t *array = rules_of(text);

	assert_int_equal(deliver_replace_rules(deliver, array, &why), OK);
	json_decref(array);
}

/* A fax that stands in `folder`; nobody was told of it. */
static void receive(unsigned n, bool complete, uint64_t received_ms)
{
	struct inbox_fax f = { .from = "ana",
			       .job = { (uint8_t)n, 0xab },
			       .title = "../Invoice",
			       .result = "Complete.",
			       .far_ident = "+81 3 1234",
			       .received_ms = received_ms,
			       .pages = 2,
			       .complete = complete };
	struct inbox_reception *r;

	assert_int_equal(inbox_begin(inbox, &r, &f, &why), OK);
	assert_int_equal(write(inbox_tiff(r), "II*", 3), 3);
	assert_int_equal(write(inbox_pdf(r), "%PDF", 4), 4);
	assert_int_equal(inbox_store(inbox, r, &f, folder, &why), OK);
}

static void until_over(void)
{
	assert_true(turn_until(loop, &over));
}

static bool holds(const char *name, const char *text)
{
	char *bytes;
	size_t len;
	bool same;

	if (atomic_read(scratch(name), 100000, &bytes, &len, &why) != OK)
		return false;
	same = strcmp(bytes, text) == 0;
	if (!same)
		print_error("%s holds: %s\n", name, bytes);
	free(bytes);
	return same;
}

static const char filing[] = "{'name':'file','do':'folder','folder':"
			     "'%s/share','file':'{title}.pdf'}";

/* --- faxes --- */

static void a_fax_is_filed_and_that_is_noted(void **state)
{
	(void)state;
	set_rules(filing);
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	assert_string_equal(state_of(0), "waiting");
	until_over();
	assert_string_equal(state_of(0), "done");
	assert_string_equal(sentence_of(0), "Filed as _._Invoice.pdf.");
	assert_string_equal(told, folder);
	assert_true(holds("share/_._Invoice.pdf", "%PDF"));
	deliver_received(deliver, folder); /* told twice, done once */
	turn_for(loop, 50);
	assert_int_equal(scratch_count("share"), 1);
}

static void all_rules_that_meet_are_carried_out(void **state)
{
	(void)state;
	set_rules("{'name':'a','do':'folder','folder':'%s/share',"
		  "'file':'a.tif'},"
		  "{'name':'b','do':'folder','folder':'%s/share',"
		  "'file':'b.pdf','number':['81*'],'last':true},"
		  "{'name':'c','do':'folder','folder':'%s/share',"
		  "'file':'c.pdf'},"
		  "{'name':'d','do':'folder','folder':'%s/share',"
		  "'file':'d.pdf','from':['ben']}");
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	until_over();
	assert_string_equal(state_of(0), "done");
	assert_string_equal(state_of(1), "done");
	assert_string_equal(state_of(2), "-");
	assert_int_equal(scratch_count("share"), 2);
	assert_true(holds("share/a.tif", "II*"));
}

static void a_rule_that_fails_is_tried_again_and_shown(void **state)
{
	(void)state;
	set_rules("{'name':'file','do':'folder','folder':'%s/away',"
		  "'file':'a.pdf'}");
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	while (!*told)
		turn_for(loop, 10);
	assert_string_equal(state_of(0), "waiting");
	assert_non_null(strstr(sentence_of(0), "Cannot open"));
	assert_int_equal(mkdir(scratch("away"), 0700), 0);
	/* Rules that are set again are tried at once. */
	set_rules("{'name':'file','do':'folder','folder':'%s/away',"
		  "'file':'a.pdf'}");
	until_over();
	assert_string_equal(state_of(0), "done");
	assert_true(scratch_exists("away/a.pdf"));
}

static void a_program_is_told_all_by_its_environment(void **state)
{
	char expected[9000];

	(void)state;
	setenv("FAXWIRE_TEST_SECRET", "x", 1);
	set_rules("{'name':'prog','do':'program','command':['/bin/sh','-c',"
		  "'env|grep ^FAXWIRE_|sort>\\'$1\\'; echo; echo well done; "
		  "echo more','sh','%s/env']}");
	receive(1, true, 2000000000000);
	deliver_received(deliver, folder);
	until_over();
	assert_string_equal(state_of(0), "done");
	assert_string_equal(sentence_of(0), "well done");
	snprintf(expected, sizeof(expected),
		 "FAXWIRE_COMPLETE=yes\nFAXWIRE_EVENT=received\n"
		 "FAXWIRE_FROM=ana\n"
		 "FAXWIRE_JOB=01ab0000000000000000000000000000\n"
		 "FAXWIRE_NUMBER=+81 3 1234\nFAXWIRE_PAGES=2\n"
		 "FAXWIRE_PDF=%s/fax.pdf\n"
		 "FAXWIRE_RECEIVED=2033-05-18T03:33:20Z\nFAXWIRE_RELAY=\n"
		 "FAXWIRE_RESULT=Complete.\nFAXWIRE_RULE=prog\n"
		 "FAXWIRE_TIFF=%s/fax.tif\nFAXWIRE_TITLE=../Invoice\n",
		 folder, folder);
	assert_true(holds("env", expected));
}

static void how_a_program_ends_decides(void **state)
{
	static const struct {
		const char *script;
		const char *state;
		const char *sentence;
	} ends[] = {
		{ "exit 0", "done", "Done." },
		{ "echo no paper; exit 75", "waiting", "Exit 75. no paper" },
		{ "echo broken >&2; exit 3", "waiting", "Exit 3. broken" },
		{ "kill -9 $$", "waiting", "It was ended by signal 9. " },
		{ "sleep 9", "waiting", "It took longer than 1 seconds." },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char rule[400];

		snprintf(rule, sizeof(rule),
			 "{'name':'p%u','do':'program','seconds':1,"
			 "'command':['/bin/sh','-c','%s']}",
			 i, ends[i].script);
		set_rules(rule);
		told[0] = '\0';
		receive(i, true, epoch_ms());
		deliver_received(deliver, folder);
		for (int n = 0; n < 500 && strcmp(told, folder) != 0; n++)
			turn_for(loop, 10);
		assert_string_equal(state_of(0), ends[i].state);
		assert_string_equal(sentence_of(0), ends[i].sentence);
	}
}

static void a_program_that_is_not_there_is_told(void **state)
{
	(void)state;
	set_rules("{'name':'p','do':'program','command':['/no/such']}");
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	while (!*told)
		turn_for(loop, 10);
	assert_string_equal(sentence_of(0),
			    "The program could not be started.");
}

static void programs_must_be_allowed(void **state)
{
	const char rule[] = "{'name':'p','do':'program','command':"
			    "['/usr/bin/touch','%s/ran']}";
	json_t *array = rules_of(rule);

	(void)state;
	config.allow_programs = false;
	assert_int_equal(deliver_replace_rules(deliver, array, &why),
			 ERR_DENIED);
	assert_non_null(strstr(why.text, "allow-programs"));
	json_decref(array);
	/* One that was there before is not carried out. */
	config.allow_programs = true;
	set_rules(rule);
	config.allow_programs = false;
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	while (!*told)
		turn_for(loop, 10);
	assert_string_equal(state_of(0), "waiting");
	assert_non_null(strstr(sentence_of(0), "allow-programs"));
	assert_false(scratch_exists("ran"));
}

static void a_mail_without_a_server_waits(void **state)
{
	(void)state;
	set_rules("{'name':'m','do':'mail','to':['a@b']}");
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	while (!*told)
		turn_for(loop, 10);
	assert_string_equal(sentence_of(0), "No mail server is set: set smtp "
					    "and smtp-from.");
	assert_string_equal(state_of(0), "waiting");
}

static void a_rule_that_was_removed_is_not_carried_out(void **state)
{
	(void)state;
	set_rules("{'name':'file','do':'folder','folder':'%s/away',"
		  "'file':'a.pdf'}");
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	while (!*told)
		turn_for(loop, 10);
	set_rules("");
	until_over();
	assert_string_equal(state_of(0), "failed");
	assert_string_equal(sentence_of(0), "The rule was removed.");
}

static void a_rule_that_is_switched_off_waits_until_it_is_on(void **state)
{
	const char off[] = "{'name':'file','do':'folder','folder':'%s/share',"
			   "'enabled':false}";

	(void)state;
	set_rules(filing);
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	set_rules(off); /* before the loop has come to it */
	while (!*told)
		turn_for(loop, 10);
	assert_string_equal(state_of(0), "waiting");
	assert_string_equal(sentence_of(0), "The rule is switched off.");
	assert_int_equal(scratch_count("share"), 0);
	set_rules(filing);
	until_over();
	assert_string_equal(state_of(0), "done");
}

static void a_fax_that_was_deleted_takes_its_deliveries_along(void **state)
{
	const char *name;

	(void)state;
	set_rules("{'name':'file','do':'folder','folder':'%s/away',"
		  "'file':'a.pdf'}");
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	while (!*told)
		turn_for(loop, 10);
	name = strrchr(folder, '/') + 1;
	assert_int_equal(inbox_delete(inbox, name, &why), OK);
	assert_int_equal(mkdir(scratch("away"), 0700), 0);
	set_rules("{'name':'file','do':'folder','folder':'%s/away',"
		  "'file':'a.pdf'}");
	turn_for(loop, 200);
	assert_int_equal(scratch_count("away"), 0);
	/* And back: it is taken up again. */
	assert_int_equal(inbox_restore(inbox, name, &why), OK);
	over = false;
	deliver_received(deliver, folder);
	set_rules("{'name':'file','do':'folder','folder':'%s/away',"
		  "'file':'a.pdf'}");
	until_over();
	assert_int_equal(scratch_count("away"), 1);
}

static void one_that_broke_off_waits_for_the_whole(void **state)
{
	(void)state;
	set_rules(filing);
	receive(1, false, epoch_ms());
	deliver_received(deliver, folder);
	set_rules(filing); /* this does not hurry it */
	turn_for(loop, 100);
	assert_string_equal(state_of(0), "waiting");
	assert_non_null(strstr(sentence_of(0), "broke off"));
	assert_int_equal(scratch_count("share"), 0);
	receive(1, true, epoch_ms()); /* takes its place */
	deliver_received(deliver, folder);
	until_over();
	assert_int_equal(scratch_count("share"), 1);
}

/* --- a program that was killed --- */

static void what_was_stored_and_not_noted_is_found(void **state)
{
	(void)state;
	set_rules(filing);
	receive(1, true, epoch_ms() + 1);
	open_deliver(); /* nobody told it */
	until_over();
	assert_string_equal(state_of(0), "done");
	assert_int_equal(scratch_count("share"), 1);
	open_deliver();
	turn_for(loop, 100);
	assert_int_equal(scratch_count("share"), 1);
}

static void a_new_rule_leaves_old_faxes_alone(void **state)
{
	(void)state;
	receive(1, true, epoch_ms() - 1000);
	deliver_received(deliver, folder);
	set_rules(filing);
	open_deliver();
	turn_for(loop, 100);
	assert_int_equal(scratch_count("share"), 0);
	/* Nor does one that was for others when the fax came. */
	set_rules("{'name':'file','do':'folder','folder':'%s/share',"
		  "'from':['ben']}");
	receive(2, true, epoch_ms());
	deliver_received(deliver, folder);
	set_rules(filing);
	open_deliver();
	turn_for(loop, 100);
	assert_int_equal(scratch_count("share"), 0);
}

static void a_clock_that_was_set_back_puts_no_rule_off(void **state)
{
	(void)state;
	set_rules(filing);
	setenv("FAXWIRE_RULES", scratch("home/rules.json"), 1);
	assert_int_equal(system("grep -q since_ms $FAXWIRE_RULES && sed -i "
				"'s/\\(\"since_ms\": *\\)[0-9]*/"
				"\\14102444800000/' $FAXWIRE_RULES"),
			 0);
	open_deliver();
	receive(1, true, epoch_ms());
	deliver_received(deliver, folder);
	until_over();
	assert_int_equal(scratch_count("share"), 1);
}

static void what_was_under_way_is_done_once(void **state)
{
	static const char noted[] =
		"{\"deliveries\":[{\"rule\":\"file\",\"state\":\"waiting\","
		"\"sentence\":\"\",\"attempts\":1,\"next_try_ms\":0,"
		"\"give_up_ms\":9000000000000}]}";
	char path[ATOMIC_PATH_MAX];

	(void)state;
	set_rules(filing);
	receive(1, true, epoch_ms());
	/* As after a kill between the copy and the note of it. */
	assert_int_equal(atomic_path(path, &why, "%s/deliveries.json", folder),
			 OK);
	assert_int_equal(atomic_write(path, noted, strlen(noted), 0600, &why),
			 OK);
	scratch_write("share/_._Invoice.pdf", "%PDF", 4);
	open_deliver();
	until_over();
	assert_string_equal(state_of(0), "done");
	assert_int_equal(scratch_count("share"), 1);
}

static void rules_that_cannot_be_read_forget_nothing(void **state)
{
	json_t *rules;

	(void)state;
	set_rules(filing);
	assert_int_equal(chmod(scratch("home/rules.json"), 0666), 0);
	open_deliver();
	rules = deliver_rules(deliver, &why);
	assert_non_null(strstr(why.text, "nobody else may write"));
	json_decref(rules);
	receive(1, true, epoch_ms() + 1);
	deliver_received(deliver, folder);
	turn_for(loop, 50);
	assert_string_equal(state_of(0), "-");
	assert_int_equal(chmod(scratch("home/rules.json"), 0600), 0);
	open_deliver();
	until_over();
	assert_int_equal(scratch_count("share"), 1);
}

static void rules_that_are_made_anew_get_what_waited_for_them(void **state)
{
	(void)state;
	set_rules(filing);
	scratch_write("home/rules.json", "{", 1);
	open_deliver();
	receive(1, true, epoch_ms() + 1);
	deliver_received(deliver, folder);
	set_rules(filing);
	until_over();
	assert_int_equal(scratch_count("share"), 1);
}

static void four_are_under_way_at_most(void **state)
{
	(void)state;
	set_rules("{'name':'p','do':'program','command':['/bin/sh','-c',"
		  "'cd %s/share; touch $$; ls | wc -l >> ../most; sleep 0.1; "
		  "rm $$']}");
	for (unsigned i = 0; i < 12; i++) {
		receive(i, true, epoch_ms() + i);
		deliver_received(deliver, folder);
	}
	for (int n = 0; n < 500 && strcmp(state_of(0), "done") != 0; n++)
		turn_for(loop, 10);
	setenv("FAXWIRE_MOST", scratch("most"), 1);
	assert_int_equal(system("test $(sort -n $FAXWIRE_MOST | tail -1) "
				"-le 4 && test $(wc -l <$FAXWIRE_MOST) -ge 9"),
			 0);
}

/* --- jobs that failed --- */

#define JOB "fa110200000000000000000000000000"

static struct outbox_job *failed_job(uint64_t finished_ms)
{
	struct spool_job j = { .id = { 0xfa, 0x11, 0x02 },
			       .to = "ben@north",
			       .title = "Letter",
			       .state = "failed",
			       .last_result = "The line was busy.",
			       .created_ms = epoch_ms(),
			       .finished_ms = finished_ms,
			       .pages = 3 };
	char path[ATOMIC_PATH_MAX];
	struct spool *s;

	assert_int_equal(spool_open(&s, home, &why), OK);
	assert_int_equal(spool_begin(s, j.id, folder, &why), OK);
	assert_int_equal(atomic_path(path, &why, "%s/document.tif", folder),
			 OK);
	assert_int_equal(atomic_write(path, "II*", 3, 0600, &why), OK);
	assert_int_equal(spool_commit(s, &j, 1, &why), OK);
	spool_close(s);
	outbox_free(outbox);
	outbox = NULL;
	assert_int_equal(open_outbox(), OK);
	assert_int_equal(deliver_job_folder(&config, j.id, folder), OK);
	return outbox_find(outbox, JOB);
}

static const char notice[] =
	"{'name':'tell','when':'failed','do':'program','from':['ben'],"
	"'command':['/bin/sh','-c','echo $FAXWIRE_EVENT $FAXWIRE_TO "
	"$FAXWIRE_RELAY $FAXWIRE_RESULT $FAXWIRE_TIFF >> $1','sh',"
	"'%s/told']},"
	"{'name':'not','do':'program','command':['/bin/touch','%s/not']}";

static void a_job_that_failed_is_told(void **state)
{
	char expected[9000];

	(void)state;
	set_rules(notice);
	failed_job(epoch_ms() + 1);
	open_deliver(); /* as after a kill: nobody told it */
	until_over();
	assert_string_equal(state_of(0), "done");
	assert_string_equal(state_of(1), "-");
	snprintf(expected, sizeof(expected),
		 "failed ben north The line was busy. %s/document.tif\n",
		 folder);
	assert_true(holds("told", expected));
	assert_false(scratch_exists("not"));
	deliver_failed(deliver, outbox_find(outbox, JOB));
	turn_for(loop, 100);
	assert_true(holds("told", expected));
}

static void one_that_failed_before_the_rule_is_not(void **state)
{
	(void)state;
	set_rules(notice);
	failed_job(epoch_ms() - 60000);
	open_deliver();
	turn_for(loop, 100);
	assert_string_equal(state_of(0), "-");
	/* Also when something of it changes, such as that its pages go. */
	deliver_failed(deliver, outbox_find(outbox, JOB));
	turn_for(loop, 100);
	assert_string_equal(state_of(0), "-");
}

/* --- trying a rule out --- */

static void a_rule_is_tried_out_and_nothing_is_noted(void **state)
{
	json_t *result = NULL;

	(void)state;
	set_rules(filing);
	assert_int_equal(deliver_test(deliver, "x", "", &why), ERR_MISSING);
	assert_int_equal(deliver_test(deliver, "file", NULL, &why),
			 ERR_MISSING);
	receive(1, true, epoch_ms());
	assert_int_equal(deliver_test(deliver, "file", "", &why), OK);
	assert_int_equal(deliver_test(deliver, "file", "", &why), ERR_EXISTS);
	for (int n = 0; n < 500; n++) {
		turn_for(loop, 10);
		json_decref(result);
		result = deliver_tested(deliver);
		if (strcmp(json_string_value(json_object_get(result, "state")),
			   "running") != 0)
			break;
	}
	assert_string_equal(json_string_value(json_object_get(result, "state")),
			    "done");
	json_decref(result);
	assert_string_equal(state_of(0), "-");
	assert_true(scratch_exists("share/_._Invoice.pdf"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fax_is_filed_and_that_is_noted),
		TEST(all_rules_that_meet_are_carried_out),
		TEST(a_rule_that_fails_is_tried_again_and_shown),
		TEST(a_program_is_told_all_by_its_environment),
		TEST(how_a_program_ends_decides),
		TEST(a_program_that_is_not_there_is_told),
		TEST(programs_must_be_allowed),
		TEST(a_mail_without_a_server_waits),
		TEST(a_rule_that_was_removed_is_not_carried_out),
		TEST(a_rule_that_is_switched_off_waits_until_it_is_on),
		TEST(a_fax_that_was_deleted_takes_its_deliveries_along),
		TEST(one_that_broke_off_waits_for_the_whole),
		TEST(what_was_stored_and_not_noted_is_found),
		TEST(a_new_rule_leaves_old_faxes_alone),
		TEST(a_clock_that_was_set_back_puts_no_rule_off),
		TEST(what_was_under_way_is_done_once),
		TEST(rules_that_cannot_be_read_forget_nothing),
		TEST(rules_that_are_made_anew_get_what_waited_for_them),
		TEST(four_are_under_way_at_most),
		TEST(a_job_that_failed_is_told),
		TEST(one_that_failed_before_the_rule_is_not),
		TEST(a_rule_is_tried_out_and_nothing_is_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
