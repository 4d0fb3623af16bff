/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire-fax draws real pages, confined as it is in service. */
#include "terminal/render.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../fax/sample.h"

enum { WAIT_MS = 60000, MANY = 40 };

/* One request, and what came of it. */
struct wish {
	struct bench *bench;
	struct render *render;
	bool done;
	enum err e;
	int64_t size;
	uint8_t head[24]; /* of the picture: to its size */
	struct why why;
};

struct bench {
	struct loop *loop;
	struct timer limit;
	unsigned open; /* wishes that are not done */
	char path[64];
	int tiff;
	struct wish wishes[MANY];
};

static void out_of_time(struct timer *t)
{
	struct bench *b = t->owner;

	loop_stop(b->loop);
}

static int set_up(void **state)
{
	struct sample_page pages[2] = { sample_fax(1728, 2292, 204, 196, 1),
					sample_fax(1728, 1146, 204, 196, 2) };
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	b->loop = loop_new();
	assert_non_null(b->loop);
	b->limit = (struct timer){ .due = out_of_time, .owner = b };
	b->tiff = sample_tiff(pages, 2);
	sample_path(b->tiff, b->path, sizeof b->path);
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	close(b->tiff);
	loop_free(b->loop);
	free(b);
	return 0;
}

static void done(void *owner, enum err e, int png, int64_t size,
		 const struct why *why)
{
	struct wish *w = owner;

	w->done = true;
	w->render = NULL;
	w->e = e;
	w->size = size;
	w->why = *why;
	assert_true((png >= 0) == (e == OK));
	if (png >= 0) {
		assert_int_equal(read(png, w->head, sizeof w->head), 24);
		close(png);
	}
	if (--w->bench->open == 0)
		loop_stop(w->bench->loop);
}

static void ask(struct bench *b, unsigned i, const char *path, uint32_t page,
		uint32_t width)
{
	struct render_request r = { .path = path,
				    .page = page,
				    .width = width,
				    .program = getenv("FAXWIRE_FAX") };

	b->wishes[i] = (struct wish){ .bench = b };
	b->wishes[i].render = render_new(b->loop, &r, done, &b->wishes[i]);
	assert_non_null(b->wishes[i].render);
	assert_false(b->wishes[i].done);
	b->open++;
}

static void run(struct bench *b)
{
	timer_set(b->loop, &b->limit, loop_now(b->loop) + WAIT_MS);
	loop_run(b->loop);
	timer_clear(b->loop, &b->limit);
	assert_int_equal(b->open, 0);
}

static unsigned number_at(const uint8_t *at)
{
	return (unsigned)at[0] << 24 | (unsigned)at[1] << 16 |
	       (unsigned)at[2] << 8 | at[3];
}

static void expect_size(const struct wish *w, unsigned width, unsigned rows)
{
	if (w->e != OK)
		fail_msg("%s", w->why.text);
	assert_memory_equal(w->head, "\x89PNG\r\n\x1a\n", 8);
	assert_int_equal(number_at(w->head + 16), width);
	assert_int_equal(number_at(w->head + 20), rows);
	assert_true(w->size > 100);
}

static void a_page_becomes_a_png(void **state)
{
	struct bench *b = *state;

	ask(b, 0, b->path, 1, 0);
	ask(b, 1, b->path, 2, 200);
	run(b);
	expect_size(&b->wishes[0], 1728, 2386);
	expect_size(&b->wishes[1], 200, 138);
}

static void whoever_comes_too_many_waits_and_is_served(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < MANY; i++)
		ask(b, i, b->path, 1, 50 + i);
	run(b);
	for (unsigned i = 0; i < MANY; i++)
		expect_size(&b->wishes[i], 50 + i,
			    (23856 * (50 + i) + 8640) / 17280);
}

static void a_queue_without_end_is_refused(void **state)
{
	struct bench *b = *state;
	struct render_request r = { .path = b->path,
				    .page = 1,
				    .program = getenv("FAXWIRE_FAX") };
	struct render *all[RENDER_WAITING];

	for (unsigned i = 0; i < RENDER_WAITING; i++) {
		all[i] = render_new(b->loop, &r, done, NULL);
		assert_non_null(all[i]);
	}
	assert_null(render_new(b->loop, &r, done, NULL));
	for (unsigned i = RENDER_WAITING; i-- > 0;)
		render_cancel(all[i]);
	ask(b, 0, b->path, 1, 100); /* and goes on */
	run(b);
	expect_size(&b->wishes[0], 100, 138);
}

static void what_is_cancelled_is_not_told_and_others_are(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 12; i++)
		ask(b, i, b->path, 1, 100);
	for (unsigned i = 0; i < 12; i += 2) {
		render_cancel(b->wishes[i].render);
		b->open--;
	}
	run(b);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(b->wishes[i].done, i % 2 == 1);
}

static void what_cannot_be_shown_is_told_in_a_sentence(void **state)
{
	struct bench *b = *state;
	int rubbish = sample_bytes("II*\0rubbish", 11);
	char path[64];

	sample_path(rubbish, path, sizeof path);
	ask(b, 0, "/nowhere/fax.tif", 1, 0);
	ask(b, 1, b->path, 3, 0);
	ask(b, 2, path, 1, 0);
	run(b);
	assert_int_equal(b->wishes[0].e, ERR_MISSING);
	assert_string_equal(b->wishes[0].why.text,
			    "The pages are not kept any more.");
	assert_int_equal(b->wishes[1].e, ERR_MISSING);
	assert_string_equal(b->wishes[1].why.text, "The fax has no page 3.");
	assert_int_equal(b->wishes[2].e, ERR_BAD);
	assert_string_equal(b->wishes[2].why.text,
			    "The fax is damaged: it begins like a TIFF file "
			    "but cannot be read as one; scan or export it "
			    "again.");
	close(rubbish);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_page_becomes_a_png),
		TEST(whoever_comes_too_many_waits_and_is_served),
		TEST(a_queue_without_end_is_refused),
		TEST(what_is_cancelled_is_not_told_and_others_are),
		TEST(what_cannot_be_shown_is_told_in_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
