/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fax between two real engines, with a liar between them: the input says
 * which packets are changed, dropped, doubled, or have others put before
 * them. Whatever it says, neither engine comes to harm, each ends once, and
 * the pages it tells of are there.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <tiffio.h>
#include <unistd.h>

#include "base/reader.h"
#include "fax/engine.h"
#include "fax/ifp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ROUNDS = 3000, TICK_MS = 100, QUEUE_MAX = 4096, ROWS = 40 };

struct packet {
	uint8_t bytes[IFP_MAX];
	size_t len;
};

struct end {
	struct engine *engine;
	struct packet *queue; /* for this end */
	unsigned head;
	unsigned tail;
	struct end *far;
	unsigned pages;
	unsigned ends;
};

static struct reader lies;
static unsigned until_lie; /* packets to leave as they are */

static void enqueue(struct end *e, const uint8_t *bytes, size_t len)
{
	struct packet *p = &e->queue[e->tail % QUEUE_MAX];

	if (e->tail - e->head == QUEUE_MAX || len > IFP_MAX)
		return;
	memcpy(p->bytes, bytes, len);
	p->len = len;
	e->tail++;
}

/* One frame and its end, whatever may be in it. */
static void insert_frame(struct end *to)
{
	uint8_t type = read_u8(&lies) % IFP_DATA_TYPES;
	uint8_t end = read_u8(&lies) & 7;
	size_t len = read_u8(&lies) + (size_t)(read_u8(&lies) & 7);
	uint8_t frame[IFP_MAX] = { 0xff, 0xc8 };
	uint8_t bytes[IFP_MAX];
	struct ifp p = { .type = type, .fields = 2 };
	size_t given = reader_left(&lies) < len ? reader_left(&lies) : len;
	const uint8_t *data = read_bytes(&lies, given);

	if (data)
		memcpy(frame + 2, data, given);
	if (end & 1)
		frame[1] = 0xc0;
	p.field[0] =
		(struct ifp_field){ IFP_HDLC_DATA, frame, (uint16_t)(len + 2) };
	p.field[1].type = end & 2 ? IFP_HDLC_FCS_OK_SIG_END : IFP_HDLC_FCS_OK;
	enqueue(to, bytes, ifp_encode(&p, bytes, sizeof(bytes)));
}

static void insert_packet(struct end *to)
{
	size_t len = read_u8(&lies);
	const uint8_t *bytes;

	if (len > reader_left(&lies))
		len = reader_left(&lies);
	bytes = read_bytes(&lies, len);
	if (bytes)
		enqueue(to, bytes, len);
}

/* Overwrites the data of the packet's first field from some octet on. */
static void overwrite(uint8_t *bytes, size_t len)
{
	size_t at = read_u16(&lies) % len;
	size_t n = read_u8(&lies);
	const uint8_t *data;

	if (n > len - at)
		n = len - at;
	if (n > reader_left(&lies))
		n = reader_left(&lies);
	data = read_bytes(&lies, n);
	if (data)
		memcpy(bytes + at, data, n);
}

static void lie(struct end *to, const uint8_t *bytes, size_t len)
{
	uint8_t changed[IFP_MAX];

	memcpy(changed, bytes, len);
	switch (read_u8(&lies) % 6) {
	case 0:
		return; /* dropped */
	case 1:
		enqueue(to, bytes, len);
		break; /* doubled */
	case 2:
		insert_frame(to);
		break;
	case 3:
		insert_packet(to);
		break;
	case 4:
		changed[read_u16(&lies) % len] ^= read_u8(&lies);
		break;
	default:
		overwrite(changed, len);
		break;
	}
	enqueue(to, changed, len);
}

static bool on_packet(void *context, const uint8_t *bytes, size_t len)
{
	struct end *e = context;

	assert(len > 0 && len <= IFP_MAX && e->ends == 0);
	if (until_lie-- > 0 || reader_left(&lies) == 0) {
		enqueue(e->far, bytes, len);
		return true;
	}
	lie(e->far, bytes, len);
	until_lie = read_u8(&lies);
	return true;
}

static void on_identity(void *context, const char *text)
{
	(void)context;
	assert(strlen(text) <= ENGINE_IDENTIFIER_MAX);
}

static enum err on_page(void *context, const struct engine_page *page)
{
	struct end *e = context;

	assert(page->number == ++e->pages);
	assert(page->width > 0 && page->width <= 4864 && page->length > 0);
	return OK;
}

static void on_finished(void *context, enum outcome how, unsigned pages)
{
	struct end *e = context;

	assert(how < OUTCOMES && pages == e->pages);
	assert(e->ends++ == 0);
}

static int document(void)
{
	int fd = memfd_create("document", 0);
	TIFF *t = TIFFFdOpen(dup(fd), "", "w");
	uint8_t row[1728 / 8];

	for (int page = 0; page < 2; page++) {
		TIFFSetField(t, TIFFTAG_IMAGEWIDTH, 1728);
		TIFFSetField(t, TIFFTAG_IMAGELENGTH, ROWS);
		TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 1);
		TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
		TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
		TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
		TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, ROWS);
		TIFFSetField(t, TIFFTAG_XRESOLUTION, 204.0);
		TIFFSetField(t, TIFFTAG_YRESOLUTION, 196.0);
		TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
		for (unsigned y = 0; y < ROWS; y++) {
			for (unsigned x = 0; x < sizeof(row); x++)
				row[x] = (uint8_t)(x * y * 7);
			TIFFWriteScanline(t, row, y, 0);
		}
		TIFFWriteDirectory(t);
	}
	TIFFClose(t);
	return fd;
}

static void begin(struct end *e, struct end *far, bool caller, uint8_t kind,
		  int fd)
{
	struct engine_handlers handlers = { e, on_packet, on_identity, on_page,
					    on_finished };
	char path[64];
	struct engine_setup setup = { .caller = caller,
				      .path = path,
				      .identifier = "1234",
				      .unpaced = true,
				      .no_ecm = kind & 1,
				      .coding = kind >> 1 & 1 ? ENGINE_MR
							      : ENGINE_MMR };

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	e->far = far;
	e->queue = malloc(QUEUE_MAX * sizeof(*e->queue));
	e->engine = engine_new(&setup, &handlers);
	assert(e->queue && e->engine);
}

static void run(struct end *e)
{
	while (e->head != e->tail) {
		struct packet *p = &e->queue[e->head % QUEUE_MAX];
		uint8_t *copy = malloc(p->len + 1); /* of just the size */

		assert(copy);
		memcpy(copy, p->bytes, p->len);
		engine_packet(e->engine, copy, p->len);
		free(copy);
		e->head++;
		engine_advance(e->engine, 0);
	}
	engine_advance(e->engine, TICK_MS);
}

static void finish(struct end *e)
{
	engine_stop(e->engine, OUTCOME_STOPPED);
	assert(e->ends == 1);
	engine_free(e->engine);
	free(e->queue);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static int from = -1, to = -1;
	struct end caller = { 0 }, callee = { 0 };
	uint8_t kind;

	if (from < 0) {
		from = document();
		to = memfd_create("received", 0);
	}
	lies = reader_over(data, len);
	kind = read_u8(&lies);
	until_lie = read_u8(&lies);
	begin(&caller, &callee, true, kind, from);
	begin(&callee, &caller, false, kind, to);
	for (int i = 0; i < ROUNDS && !(caller.ends && callee.ends); i++) {
		run(&caller);
		run(&callee);
	}
	finish(&caller);
	finish(&callee);
	return 0;
}
