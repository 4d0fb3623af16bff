/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "listing.h"

/* What each watcher has heard: "ben:free" of the list, "ben!free" of news. */
struct heard {
	struct follow_watcher watcher;
	char text[400];
	struct heard *removes; /* when it hears news */
	struct heard *adds;
};

static struct loop *loop;
static struct follow *f;
static struct heard one, two, three;

static void on_terminal(void *owner, const struct roster_entry *e, bool news)
{
	struct heard *h = owner;
	size_t used = strlen(h->text);

	snprintf(h->text + used, sizeof(h->text) - used, "%s%c%s ", e->id,
		 news ? '!' : ':', roster_state_name(e->state));
	if (news && h->removes)
		follow_remove(f, &h->removes->watcher);
	if (news && h->adds)
		follow_add(f, &h->adds->watcher);
}

static void on_online(void *owner, bool online)
{
	struct heard *h = owner;
	size_t used = strlen(h->text);

	snprintf(h->text + used, sizeof(h->text) - used, "%s ",
		 online ? "online" : "offline");
}

static void begin(struct heard *h)
{
	*h = (struct heard){ .watcher = { .terminal = on_terminal,
					  .online = on_online,
					  .owner = h } };
}

static int set_up(void **state)
{
	(void)state;
	listing_requests = 0;
	listing_offline = false;
	begin(&one);
	begin(&two);
	begin(&three);
	loop = loop_new();
	f = loop ? follow_new(loop, listing_asked, NULL) : NULL;
	return f ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	follow_free(f);
	loop_free(loop);
	return 0;
}

static void nobody_watches_and_nothing_is_asked(void **state)
{
	(void)state;
	follow_online(f, true);
	follow_lost(f);
	listing_news(f, "ben", PRESENCE_FREE);
	assert_int_equal(listing_requests, 0);
	assert_null(follow_roster(f));
}

static void the_relay_is_asked_once_for_all_who_watch(void **state)
{
	(void)state;
	follow_add(f, &one.watcher);
	follow_add(f, &one.watcher); /* twice is as once */
	follow_add(f, &two.watcher);
	assert_int_equal(listing_requests, 1);
	listing_say(f, "ana=1", true);
	assert_string_equal(one.text, "");
	listing_say(f, "ben=0", false);
	assert_string_equal(one.text, "ana:free ben:offline ");
	assert_string_equal(two.text, one.text);
	/* Who comes later is shown the same. */
	follow_add(f, &three.watcher);
	assert_string_equal(three.text, one.text);
	assert_int_equal(listing_requests, 1);
	assert_int_equal(follow_roster(f)->count, 2);
	listing_news(f, "ben", PRESENCE_BUSY);
	assert_string_equal(one.text, "ana:free ben:offline ben!busy ");
	assert_string_equal(three.text, one.text);
}

static void the_last_to_leave_ends_it(void **state)
{
	(void)state;
	follow_add(f, &one.watcher);
	follow_add(f, &two.watcher);
	listing_say(f, "ana=1", false);
	follow_remove(f, &one.watcher);
	follow_remove(f, &one.watcher);
	assert_non_null(follow_roster(f));
	follow_remove(f, &two.watcher);
	assert_null(follow_roster(f));
	listing_news(f, "ana", PRESENCE_BUSY);
	assert_string_equal(two.text, "ana:free ");
	follow_add(f, &two.watcher);
	assert_int_equal(listing_requests, 2);
}

static void a_list_that_is_asked_anew_tells_what_has_changed(void **state)
{
	(void)state;
	follow_online(f, true);
	follow_add(f, &one.watcher);
	listing_say(f, "ana=1 ben=1", false);
	follow_online(f, false);
	follow_online(f, true);
	assert_int_equal(listing_requests, 2);
	listing_say(f, "ana=1 cleo=1", false);
	assert_string_equal(one.text, "ana:free ben:free offline online "
				      "ben!gone cleo!free ");
}

/* What comes last is true, of whatever kind it is. */
static void news_between_pieces_are_neither_lost_nor_undone(void **state)
{
	(void)state;
	follow_add(f, &one.watcher);
	listing_news(f, "ana", PRESENCE_FREE);
	listing_news(f, "zoe", PRESENCE_FREE); /* is in no piece */
	listing_say(f, "ana=0 ben=0", true);
	listing_news(f, "ben", PRESENCE_FREE);
	assert_string_equal(one.text, ""); /* the list is not whole */
	listing_say(f, "cleo=1", false);
	assert_string_equal(one.text,
			    "ana:offline ben:free cleo:free zoe:free ");
	listing_news(f, "cleo", PRESENCE_BUSY);
	assert_non_null(strstr(one.text, "zoe:free cleo!busy "));
	/* The next list, of the same kind. */
	one.text[0] = '\0';
	follow_online(f, true);
	listing_say(f, "ana=1 ben=1", true);
	listing_news(f, "ben", PRESENCE_OFFLINE);
	listing_news(f, "dora", PRESENCE_FREE);
	listing_say(f, "cleo=2", false);
	assert_string_equal(one.text,
			    "ana!free ben!offline dora!free zoe!gone ");
}

static void who_comes_while_it_is_offline_waits(void **state)
{
	(void)state;
	listing_offline = true;
	follow_online(f, false);
	follow_add(f, &one.watcher);
	assert_int_equal(listing_requests, 0);
	listing_offline = false;
	follow_online(f, true);
	assert_int_equal(listing_requests, 1);
	listing_say(f, "ana=1", false);
	assert_string_equal(one.text, "ana:free ");
}

static void watchers_may_go_and_come_while_they_are_told(void **state)
{
	(void)state;
	follow_add(f, &one.watcher);
	follow_add(f, &two.watcher);
	listing_say(f, "ana=1", false);
	one.removes = &two; /* the next one */
	one.adds = &three;
	listing_news(f, "ana", PRESENCE_BUSY);
	assert_string_equal(two.text, "ana:free ");
	assert_true(strncmp(three.text, "ana:busy ", 9) == 0);
	one.removes = &one; /* itself */
	one.adds = NULL;
	listing_news(f, "ana", PRESENCE_OFFLINE);
	assert_non_null(strstr(one.text, "ana!offline"));
	assert_non_null(strstr(three.text, "ana!offline"));
	/* The last one, and with it the list. */
	three.removes = &three;
	listing_news(f, "ana", PRESENCE_FREE);
	assert_null(follow_roster(f));
	assert_null(strstr(one.text, "ana!free"));
}

static void who_still_watches_at_the_end_is_let_go(void **state)
{
	(void)state;
	follow_add(f, &one.watcher);
	follow_free(f);
	f = NULL;
	assert_false(one.watcher.watches);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nobody_watches_and_nothing_is_asked),
		TEST(the_relay_is_asked_once_for_all_who_watch),
		TEST(the_last_to_leave_ends_it),
		TEST(a_list_that_is_asked_anew_tells_what_has_changed),
		TEST(news_between_pieces_are_neither_lost_nor_undone),
		TEST(who_comes_while_it_is_offline_waits),
		TEST(watchers_may_go_and_come_while_they_are_told),
		TEST(who_still_watches_at_the_end_is_let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
