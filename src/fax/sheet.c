/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fax/document.h"
#include "fax/letters.h"
#include "fax/page.h"

/* 1/72 inch, on A4. */
enum {
	WIDTH = 595,
	HEIGHT = 842,
	LEFT = 57,
	RIGHT = WIDTH - LEFT,
	TOP = HEIGHT - 64,
	BOTTOM = 54,
	LABELS = 112,	   /* how wide the labels' column is */
	PICTURE_MIN = 180, /* less room than this is none */
};

static const struct letters heading_letters = { 30, true };
static const struct letters badge_letters = { 14, true };
static const struct letters label_letters = { 11, true };
static const struct letters value_letters = { 11, false };
static const struct letters text_letters = { 12, false };
static const struct letters caption_letters = { 9, false };

struct sheet {
	FILE *out;
	double y; /* the base line of what was set last */
	unsigned pages;
	bool has_rows;
};

/* A word of the form: bytes, not ended. */
struct words {
	const char *at;
	size_t len;
};

static void begin_page(struct sheet *s)
{
	if (s->pages++ > 0)
		fputs("showpage\n", s->out);
	s->y = TOP;
}

/* Goes down by `height`, to the next page if it does not fit. */
static void go_down(struct sheet *s, double height)
{
	s->y -= height;
	if (s->y < BOTTOM) {
		begin_page(s);
		s->y -= height;
	}
}

static void set_rule(struct sheet *s, double y, double thick)
{
	fprintf(s->out, "%d %.2f %d %.2f rectfill\n", LEFT, y, RIGHT - LEFT,
		thick);
}

static void set_heading(struct sheet *s, struct words w)
{
	s->y = TOP;
	letters_show(s->out, heading_letters, LEFT, s->y, w.at, w.len);
}

/* At the right of the heading. */
static void set_badge(struct sheet *s, struct words w)
{
	double width = letters_width(badge_letters, w.at, w.len) + 20;

	fprintf(s->out, "%.2f %d %.2f 26 rectfill 1 setgray\n", RIGHT - width,
		TOP - 4, width);
	letters_show(s->out, badge_letters, RIGHT - width + 10, TOP + 4, w.at,
		     w.len);
	fputs("0 setgray\n", s->out);
}

static void begin_rows(struct sheet *s)
{
	if (s->has_rows)
		return;
	s->has_rows = true;
	s->y -= 14;
	set_rule(s, s->y, 1.5);
}

static void set_row(struct sheet *s, struct words w)
{
	const char *tab = memchr(w.at, '\t', w.len);
	size_t label = tab ? (size_t)(tab - w.at) : w.len;
	size_t i = tab ? label + 1 : w.len;

	begin_rows(s);
	go_down(s, 18);
	letters_show(s->out, label_letters, LEFT, s->y, w.at, label);
	while (i < w.len) {
		size_t next;
		size_t n = letters_fit(value_letters, RIGHT - LEFT - LABELS,
				       w.at + i, w.len - i, &next);

		letters_show(s->out, value_letters, LEFT + LABELS, s->y,
			     w.at + i, n);
		i += next;
		if (i < w.len)
			go_down(s, 15);
	}
	set_rule(s, s->y - 6, 0.4);
}

static void set_text_line(struct sheet *s, struct words line)
{
	size_t i = 0;

	do {
		size_t next;
		size_t n = letters_fit(text_letters, RIGHT - LEFT, line.at + i,
				       line.len - i, &next);

		go_down(s, 16);
		letters_show(s->out, text_letters, LEFT, s->y, line.at + i, n);
		i += next;
	} while (i < line.len);
}

static enum err set_text(struct sheet *s, struct words text, struct why *why)
{
	while (text.len > 0 && text.at[text.len - 1] == '\n')
		text.len--;
	if (text.len > 0)
		s->y -= 14;
	while (text.len > 0) {
		const char *end = memchr(text.at, '\n', text.len);
		size_t n = end ? (size_t)(end - text.at) : text.len;

		set_text_line(s, (struct words){ text.at, n });
		n += end ? 1 : 0;
		text.at += n;
		text.len -= n;
		if (s->pages > DOCUMENT_PAGES_MAX) {
			why_set(why,
				"has more pages than a fax can have (%d); "
				"make the text shorter",
				DOCUMENT_PAGES_MAX);
			return ERR_LIMIT;
		}
	}
	return OK;
}

static void put_row(FILE *out, const struct page *p)
{
	static const char digits[] = "0123456789abcdef";

	for (uint32_t i = 0; i < (p->width + 7) / 8; i++) {
		putc(digits[p->bits[i] >> 4], out);
		putc(digits[p->bits[i] & 15], out);
	}
	putc('\n', out);
}

/* The page in a frame, as large as the room below lets it be. */
static void put_picture(struct sheet *s, struct page *p)
{
	double room = s->y - 10 - BOTTOM;
	double shape = p->width / (p->rows * p->stretch);
	double height = fmin(room, (RIGHT - LEFT) / shape);
	double width = height * shape;
	double x = LEFT + (RIGHT - LEFT - width) / 2;
	double y = s->y - 10 - height;

	fprintf(s->out,
		"gsave %.2f %.2f translate %.2f %.2f scale /DeviceGray "
		"setcolorspace\n<< /ImageType 1 /Width %u /Height %u "
		"/BitsPerComponent 1 /Decode [1 0]\n/ImageMatrix [%u 0 0 -%u "
		"0 %u] /DataSource currentfile /ASCIIHexDecode filter >> "
		"image\n",
		x, y, width, height, p->width, p->rows, p->width, p->rows,
		p->rows);
	for (uint32_t row = 0; row < p->rows; row++) {
		page_read(p);
		put_row(s->out, p);
	}
	fprintf(s->out,
		">\ngrestore 0.7 setlinewidth %.2f %.2f %.2f %.2f rectstroke\n",
		x, y, width, height);
}

static void set_picture(struct sheet *s, struct words caption, int fd)
{
	struct page p;

	if (fd < 0 || page_open(&p, fd, 1, NULL) != OK)
		return;
	if (s->y - BOTTOM < PICTURE_MIN)
		begin_page(s);
	s->y -= 24;
	letters_show(s->out, caption_letters, LEFT, s->y, caption.at,
		     caption.len);
	put_picture(s, &p);
	page_close(&p);
}

/* Is the line `key: ...`? Then *value is what follows. */
static bool has_key(struct words line, const char *key, struct words *value)
{
	size_t n = strlen(key);

	if (line.len < n || memcmp(line.at, key, n) != 0)
		return false;
	*value = (struct words){ line.at + n, line.len - n };
	return true;
}

static enum err set_form(struct sheet *s, struct words form, int fax_fd,
			 struct why *why)
{
	struct words value, picture = { NULL, 0 };
	enum err e;

	while (form.len > 0 && form.at[0] != '\n') {
		const char *end = memchr(form.at, '\n', form.len);
		size_t n = end ? (size_t)(end - form.at) : form.len;
		struct words line = { form.at, n };

		if (has_key(line, "heading: ", &value)) {
			set_heading(s, value);
		} else if (has_key(line, "badge: ", &value)) {
			set_badge(s, value);
		} else if (has_key(line, "row: ", &value)) {
			set_row(s, value);
		} else if (!has_key(line, "picture: ", &picture)) {
			why_set(why, "is damaged: it is no form of a sheet");
			return ERR_BAD;
		}
		n += end ? 1 : 0;
		form.at += n;
		form.len -= n;
	}
	e = set_text(s, form, why);
	if (e == OK && picture.at)
		set_picture(s, picture, fax_fd);
	return e;
}

/* To be freed; NULL with *e. */
static char *read_form(int fd, size_t *len, enum err *e, struct why *why)
{
	char *form = malloc(SHEET_FORM_MAX + 1);
	ssize_t n = form ? pread(fd, form, SHEET_FORM_MAX + 1, 0) : -1;

	*e = !form ? ERR_MEMORY : n < 0 ? ERR_IO : OK;
	if (n > SHEET_FORM_MAX) {
		why_set(why, "has more text than %d KB; make it shorter",
			SHEET_FORM_MAX / 1024);
		*e = ERR_LIMIT;
	}
	*len = n > 0 ? (size_t)n : 0;
	if (*e == OK)
		return form;
	free(form);
	return NULL;
}

enum err sheet_write(int form_fd, int fax_fd, int postscript_fd,
		     struct why *why)
{
	struct sheet s = { .y = TOP };
	int copy = dup(postscript_fd);
	bool failed;
	enum err e;
	size_t len;
	char *form = read_form(form_fd, &len, &e, why);

	s.out = copy >= 0 ? fdopen(copy, "wb") : NULL;
	if (!s.out && copy >= 0)
		close(copy);
	if (form && s.out) {
		letters_begin(s.out, WIDTH, HEIGHT);
		begin_page(&s);
		e = set_form(&s, (struct words){ form, len }, fax_fd, why);
		fputs("showpage\n", s.out);
	}
	free(form);
	if (!s.out)
		return e == OK ? ERR_IO : e;
	failed = ferror(s.out) != 0;
	errno = 0;
	if (fclose(s.out) != 0 || failed)
		e = e == OK ? err_from_errno(errno) : e;
	return e;
}
