/* SPDX-License-Identifier: Apache-2.0 */
#include "office/tidy.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/deliveries.h"
#include "../store/scratch.h"
#include "trust/secret.h"

static const uint64_t day_ms = 24 * 60 * 60 * 1000;
static struct config config;
static struct tidy tidy;
static struct why why;
static uint64_t now_ms;
static char name[INBOX_NAME_MAX];
static unsigned entries;

static int set_up(void **state)
{
	const struct audit_digest digest = { secret_digest };
	const char *home;

	if (scratch_set_up(state) != 0)
		return -1;
	home = scratch("home");
	now_ms = (uint64_t)time(NULL) * 1000;
	config = (struct config){ .keep_faxes_d = 10, .keep_trash_d = 30 };
	tidy = (struct tidy){ .config = &config };
	return inbox_open(&tidy.inbox, home, now_ms, &why) == OK &&
			       drafts_open(&tidy.drafts, home, &why) == OK &&
			       audit_open(&tidy.audit, home, digest, 10, now_ms,
					  &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	inbox_close(tidy.inbox);
	drafts_close(tidy.drafts);
	audit_close(tidy.audit);
	return scratch_tear_down(state);
}

static void keep_name(void *owner, const struct inbox_entry *e)
{
	(void)owner;
	entries++;
	memcpy(name, e->name, sizeof(name));
}

static unsigned look(bool trash)
{
	entries = 0;
	if (trash)
		inbox_each_deleted(tidy.inbox, keep_name, NULL);
	else
		inbox_each(tidy.inbox, keep_name, NULL);
	return entries;
}

/* A fax of so many days ago. */
static void receive(unsigned days, bool read)
{
	struct inbox_fax fax = { .from = "ana",
				 .job = { (uint8_t)days, read },
				 .received_ms = now_ms - days * day_ms,
				 .pages = 1,
				 .complete = true };
	struct inbox_reception *r;
	char stands[ATOMIC_PATH_MAX];

	assert_int_equal(inbox_begin(tidy.inbox, &r, &fax, &why), OK);
	assert_int_equal(inbox_store(tidy.inbox, r, &fax, stands, &why), OK);
	assert_true(look(false) > 0);
	if (read)
		assert_int_equal(inbox_mark(tidy.inbox, name, false, &why), OK);
}

static void faxes_that_were_read_go_and_no_others(void **state)
{
	(void)state;
	receive(11, false);
	assert_false(tidy_up(&tidy, now_ms));
	assert_int_equal(look(false), 1);
	assert_int_equal(inbox_mark(tidy.inbox, name, false, &why), OK);
	receive(9, true);
	assert_false(tidy_up(&tidy, now_ms));
	assert_int_equal(look(false), 1);
	assert_int_equal(look(true), 1);
	config.keep_faxes_d = 0; /* for ever */
	assert_false(tidy_up(&tidy, now_ms + 1000 * day_ms));
	assert_int_equal(look(false), 1);
}

static void many_go_some_at_a_time(void **state)
{
	unsigned turns = 1;

	(void)state;
	/* The newest comes last in the list: that is the one that is read. */
	for (unsigned days = 60; days-- > 20;)
		receive(days, true);
	while (tidy_up(&tidy, now_ms))
		turns++;
	assert_int_equal(look(false), 0);
	assert_int_equal(look(true), 40);
	assert_true(turns > 1);
}

static void one_that_waits_to_be_delivered_stays(void **state)
{
	struct deliveries_entry one = { .rule = "mail", .state = "waiting" };
	const struct deliveries record = { &one, 1 };
	struct inbox_entry e;

	(void)state;
	receive(11, true);
	assert_int_equal(look(false), 1);
	assert_true(inbox_get(tidy.inbox, name, &e));
	assert_int_equal(deliveries_write(e.folder, &record, &why), OK);
	assert_false(tidy_up(&tidy, now_ms));
	assert_int_equal(look(false), 1);
	(void)strcpy(one.state, "done");
	assert_int_equal(deliveries_write(e.folder, &record, &why), OK);
	assert_false(tidy_up(&tidy, now_ms));
	assert_int_equal(look(false), 0);
}

static void the_trash_is_emptied_in_its_time(void **state)
{
	(void)state;
	receive(1, true);
	assert_int_equal(inbox_delete(tidy.inbox, name, &why), OK);
	assert_false(tidy_up(&tidy, now_ms + 29 * day_ms));
	assert_int_equal(look(true), 1);
	assert_false(tidy_up(&tidy, now_ms + 31 * day_ms));
	assert_int_equal(look(true), 0);
}

static void drafts_that_nobody_sent_go(void **state)
{
	struct draft d = { .id = { 1 }, .name = "a.pdf", .pages = 1 };
	char work[ATOMIC_PATH_MAX], path[ATOMIC_PATH_MAX];
	int fd = open(scratch("home"), O_TMPFILE | O_RDWR, 0600);

	(void)state;
	d.created_ms = now_ms;
	assert_true(fd >= 0);
	assert_int_equal(drafts_begin(tidy.drafts, d.id, fd, work, &why), OK);
	close(fd);
	assert_int_equal(atomic_path(path, &why, "%s/document.tif", work), OK);
	assert_int_equal(atomic_write(path, "II*", 3, 0600, &why), OK);
	assert_int_equal(drafts_keep(tidy.drafts, &d, &why), OK);
	assert_false(tidy_up(&tidy, now_ms + 29 * day_ms));
	assert_int_equal(drafts_count(tidy.drafts), 1);
	assert_false(tidy_up(&tidy, now_ms + 31 * day_ms));
	assert_int_equal(drafts_count(tidy.drafts), 0);
	assert_int_equal(scratch_count("home/drafts"), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(faxes_that_were_read_go_and_no_others),
		TEST(many_go_some_at_a_time),
		TEST(one_that_waits_to_be_delivered_stays),
		TEST(the_trash_is_emptied_in_its_time),
		TEST(drafts_that_nobody_sent_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
