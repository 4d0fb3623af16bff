/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A far end that knows what breaks the library. Each attack is shown twice:
 * it harms a bare terminal of the library, in a process of its own; and it
 * ends the fax, and nothing else, in our engine.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <spandsp.h>
#include <spandsp/expose.h>

#include "fax/engine.h"
#include "fax/ifp.h"
#include "sample.h"

enum {
	PACKETS_MAX = 4096,
	ROUNDS = 20000,
	BLOCK_FRAMES = 256,
	FRAME_OCTETS = 256,
	FCD_HEADER = 4,
};

struct packet {
	uint8_t bytes[400];
	size_t len;
};

struct packets {
	struct packet at[PACKETS_MAX];
	unsigned count;
	unsigned done;
};

/* The victim receives from a real caller, but before its first frame of
 * this kind it receives `evil`. */
struct attack {
	uint8_t before; /* FCF, X as 0 */
	struct packets evil;
	struct packets to_victim;
	struct packets to_caller;
	bool is_struck;
	bool is_over;
	enum outcome how;
	unsigned pages;
};

/* How the process of a bare library exits. */
enum { UNHARMED = 0, NEVER_STRUCK = 2, OVERRUN = 3 };

static bool is_bare; /* we are that process: no test may fail in it */

static void keep(struct packets *p, const uint8_t *bytes, size_t len)
{
	if (is_bare && p->count == PACKETS_MAX)
		_exit(OVERRUN); /* it babbles */
	assert_true(p->count < PACKETS_MAX);
	assert_true(len <= sizeof(p->at[0].bytes));
	memcpy(p->at[p->count].bytes, bytes, len);
	p->at[p->count++].len = len;
}

static void keep_frame(struct packets *p, uint8_t data_type,
		       const uint8_t *frame, size_t len)
{
	struct ifp packet = { .type = data_type, .fields = 2 };
	uint8_t bytes[400];

	packet.field[0] =
		(struct ifp_field){ IFP_HDLC_DATA, frame, (uint16_t)len };
	packet.field[1].type = IFP_HDLC_FCS_OK;
	keep(p, bytes, ifp_encode(&packet, bytes, sizeof(bytes)));
}

static bool is_frame(const struct packet *p, uint8_t fcf)
{
	struct ifp packet;
	const struct ifp_field *f = &packet.field[0];

	return ifp_decode(&packet, p->bytes, p->len) && packet.fields > 0 &&
	       f->type == IFP_HDLC_DATA && f->len >= HDLC_HEADER &&
	       (f->bytes[2] & 0x7f) == fcf;
}

/* The caller: a real engine. */
static bool caller_says(void *context, const uint8_t *bytes, size_t len)
{
	struct attack *a = context;

	keep(&a->to_victim, bytes, len);
	return true;
}

static void ignore_identity(void *context, const char *text)
{
	(void)context;
	(void)text;
}

static enum err ignore_page(void *context, const struct engine_page *page)
{
	(void)context;
	(void)page;
	return OK;
}

static void ignore_end(void *context, enum outcome how, unsigned pages)
{
	(void)context;
	(void)how;
	(void)pages;
}

static struct engine *new_engine(struct attack *a, bool caller, int fd,
				 const struct engine_handlers *handlers)
{
	char path[64];
	struct engine_setup setup = { .caller = caller,
				      .path = path,
				      .identifier = "",
				      .unpaced = true,
				      .coding = ENGINE_MMR };

	(void)a;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return engine_new(&setup, handlers);
}

typedef void feed_fn(void *victim, const struct packet *p);

/* What the caller has said, and when its time has come, the evil. */
static void deliver(struct attack *a, void *victim, feed_fn *feed)
{
	struct packets *v = &a->to_victim;

	for (; v->done < v->count; v->done++) {
		if (!a->is_struck && is_frame(&v->at[v->done], a->before)) {
			a->is_struck = true;
			for (unsigned e = 0; e < a->evil.count; e++)
				feed(victim, &a->evil.at[e]);
		}
		feed(victim, &v->at[v->done]);
	}
}

/* Runs the caller against `feed` and `tick` of a victim. */
static void run(struct attack *a, void *victim, feed_fn *feed,
		void (*tick)(void *victim))
{
	struct sample_page page = sample_fax(1728, 300, 204, 196, 1);
	struct engine_handlers handlers = { a, caller_says, ignore_identity,
					    ignore_page, ignore_end };
	int from = sample_tiff(&page, 1);
	struct engine *caller = new_engine(a, true, from, &handlers);

	assert_non_null(caller);
	for (int i = 0; i < ROUNDS && !a->is_over; i++) {
		struct packets *c = &a->to_caller;

		deliver(a, victim, feed);
		tick(victim);
		for (; c->done < c->count; c->done++)
			engine_packet(caller, c->at[c->done].bytes,
				      c->at[c->done].len);
		engine_advance(caller, 20);
	}
	engine_free(caller);
	close(from);
}

/* One victim: the library, bare. */
static int bare_says(t38_core_state_t *core, void *user_data,
		     const uint8_t *bytes, int len, int count)
{
	struct attack *a = user_data;

	(void)core;
	(void)count;
	keep(&a->to_caller, bytes, (size_t)len);
	return 0;
}

static void feed_bare(void *victim, const struct packet *p)
{
	t38_core_rx_ifp_packet(t38_terminal_get_t38_core_state(victim),
			       p->bytes, (int)p->len, 0);
}

static void tick_bare(void *victim)
{
	t38_terminal_send_timeout(victim, 160);
}

static int set_file_and_run_bare(struct attack *a)
{
	t38_terminal_state_t *t = t38_terminal_init(NULL, 0, bare_says, a);
	t30_state_t *t30 = t38_terminal_get_t30_state(t);
	int to = sample_file();
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", to);
	t38_terminal_set_config(t, T38_TERMINAL_OPTION_NO_PACING);
	t38_set_sequence_number_handling(t38_terminal_get_t38_core_state(t), 0);
	t30_set_ecm_capability(t30, 1);
	t30_set_supported_compressions(t30, T30_SUPPORT_T6_COMPRESSION);
	t30_set_rx_encoding(t30, T4_COMPRESSION_ITU_T6);
	t30_set_rx_file(t30, path, -1);
	run(a, t, feed_bare, tick_bare);
	if (!a->is_struck)
		return NEVER_STRUCK;
	/* Nobody has set a header: what stands there has run over. */
	return t30->header_info[0] == '\0' ? UNHARMED : OVERRUN;
}

/* True when the attack kills it, or overwrites what it should not; the test
 * fails when it never got there. */
static bool harms_the_library(const struct attack *a)
{
	struct rlimit none = { 0, 0 };
	struct attack *copy;
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		is_bare = true;
		copy = malloc(sizeof(*copy));
		setrlimit(RLIMIT_CORE, &none);
		/* cmocka would go on with the next test. */
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		if (!copy || !freopen("/dev/null", "w", stderr))
			_exit(NEVER_STRUCK);
		*copy = *a;
		_exit(set_file_and_run_bare(copy));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return true;
	assert_int_not_equal(WEXITSTATUS(status), NEVER_STRUCK);
	return WEXITSTATUS(status) != UNHARMED; /* sanitizers exit, too */
}

/* The other victim: our engine. */
static bool ours_says(void *context, const uint8_t *bytes, size_t len)
{
	struct attack *a = context;

	keep(&a->to_caller, bytes, len);
	return true;
}

static enum err ours_page(void *context, const struct engine_page *page)
{
	struct attack *a = context;

	(void)page;
	a->pages++;
	return OK;
}

static void ours_end(void *context, enum outcome how, unsigned pages)
{
	struct attack *a = context;

	a->is_over = true;
	a->how = how;
	assert_int_equal(pages, a->pages);
}

static void feed_ours(void *victim, const struct packet *p)
{
	engine_packet(victim, p->bytes, p->len);
}

static void tick_ours(void *victim)
{
	engine_advance(victim, 20);
}

/* How our engine ends; also what it says is wrong, or NULL. */
static enum outcome strike_ours(struct attack *a, const char **fault)
{
	struct engine_handlers handlers = { a, ours_says, ignore_identity,
					    ours_page, ours_end };
	int to = sample_file();
	struct engine *e = new_engine(a, false, to, &handlers);

	assert_non_null(e);
	run(a, e, feed_ours, tick_ours);
	assert_true(a->is_struck && a->is_over);
	*fault = engine_fault(e);
	engine_free(e);
	close(to);
	return a->how;
}

static struct attack *new_attack(uint8_t before)
{
	struct attack *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->before = before;
	return a;
}

static void test_a_short_fcd_kills_the_library_and_is_refused(void **state)
{
	static const uint8_t frame[] = { 0xff, 0xc0, 0x60 };
	struct attack *a = new_attack(0x60);
	const char *fault;

	(void)state;
	keep_frame(&a->evil, IFP_V17_14400, frame, sizeof(frame));
	assert_true(harms_the_library(a));
	assert_int_equal(strike_ours(a, &fault), OUTCOME_MALFORMED);
	assert_string_equal(fault, "a frame has not the length of its kind");
	free(a);
}

static void test_a_long_dcs_overruns_the_library_and_is_refused(void **state)
{
	uint8_t frame[HDLC_MAX] = { 0xff, 0xc8, 0xc1, 0x00, 0x46, 0x88 };
	struct attack *a = new_attack(0x41);
	const char *fault;

	(void)state;
	keep_frame(&a->evil, IFP_V21, frame, sizeof(frame));
	assert_true(harms_the_library(a));
	assert_int_equal(strike_ours(a, &fault), OUTCOME_MALFORMED);
	assert_string_equal(fault, "a frame has not the length of its kind");
	free(a);
}

/* T.30's numbers are sent with their least significant bit first. */
static uint8_t reversed(unsigned number)
{
	uint8_t out = 0;

	for (int b = 0; b < 8; b++)
		if (number >> b & 1)
			out |= (uint8_t)(0x80 >> b);
	return out;
}

/* Fills `n` whole frames with a pattern of bits, first bit first. */
static void keep_block(struct packets *p, const char *bits, unsigned n)
{
	size_t period = strlen(bits);
	size_t at = 0;

	for (unsigned i = 0; i < n; i++) {
		uint8_t frame[HDLC_MAX] = { 0xff, 0xc0, 0x60, reversed(i) };

		for (int b = 0; b < FRAME_OCTETS * 8; b++, at++)
			if (bits[at % period] == '1')
				frame[FCD_HEADER + b / 8] |=
					(uint8_t)(0x80 >> b % 8);
		keep_frame(p, IFP_V17_14400, frame, sizeof(frame));
	}
}

/* Return to control, and the end of the block: `end` is what comes next. */
static void keep_end(struct packets *p, uint8_t end, unsigned frames)
{
	static const uint8_t rcp[] = { 0xff, 0xc0, 0x61 };
	uint8_t pps[] = { 0xff, 0xc8, 0xfd, end, 0, 0, reversed(frames - 1) };

	keep_frame(p, IFP_V17_14400, rcp, sizeof(rcp));
	keep_frame(p, IFP_V21, pps, sizeof(pps));
}

/* Horizontal mode, no white, no black: T.4 Tables 2 and 4. */
#define NO_RUNS                                                                \
	"001"                                                                  \
	"00110101"                                                             \
	"0000110111"

static void
test_a_row_without_end_kills_the_library_and_ends_the_fax(void **state)
{
	static const uint8_t ends[] = { 0x00, 0xf4 }; /* NULL, EOP */
	const char *fault;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct attack *a = new_attack(0x60);

		keep_block(&a->evil, NO_RUNS, BLOCK_FRAMES);
		keep_end(&a->evil, ends[i], BLOCK_FRAMES);
		assert_true(harms_the_library(a));
		assert_int_equal(strike_ours(a, &fault), OUTCOME_MALFORMED);
		assert_null(fault);
		assert_int_equal(a->pages, 0);
		free(a);
	}
}

static void test_a_page_without_end_ends_the_fax(void **state)
{
	static const uint8_t ends[] = { 0x00, 0xf4 };
	const char *fault;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct attack *a = new_attack(0x60);

		/* A white row is one bit: 30,720 of them. */
		keep_block(&a->evil, "1", 15);
		keep_end(&a->evil, ends[i], 15);
		assert_int_equal(strike_ours(a, &fault), OUTCOME_TOO_LONG);
		assert_int_equal(a->pages, 0);
		free(a);
	}
}

static void test_a_page_that_is_no_image_is_not_confirmed(void **state)
{
	struct attack *a = new_attack(0x60);
	const char *fault;

	(void)state;
	keep_block(&a->evil, "0", 1);
	keep_end(&a->evil, 0xf4, 1);
	assert_int_equal(strike_ours(a, &fault), OUTCOME_MALFORMED);
	assert_int_equal(a->pages, 0);
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_short_fcd_kills_the_library_and_is_refused),
		cmocka_unit_test(
			test_a_long_dcs_overruns_the_library_and_is_refused),
		cmocka_unit_test(
			test_a_row_without_end_kills_the_library_and_ends_the_fax),
		cmocka_unit_test(test_a_page_without_end_ends_the_fax),
		cmocka_unit_test(test_a_page_that_is_no_image_is_not_confirmed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
