/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/ifp.h"

#include <string.h>

#include "base/reader.h"
#include "base/writer.h"

/* The first octet: is there data, which of the two kinds, an extension of
 * later versions, and the type. */
enum {
	HAS_FIELDS = 0x80,
	IS_DATA = 0x40,
	EXTENDED = 0x20,
	TYPE_SHIFT = 1,
	TYPE_MASK = 0x0f,
	PADDING = 0x01,
};

/* A field begins with half an octet: has it data, and its type. Data are
 * aligned to octets, what follows a field without data is not (the half
 * octets pair up); this is what sets version 0 apart. */
enum { FIELD_HAS_DATA = 0x8, FIELD_TYPE = 0x7 };

/* A cursor over half octets. */
struct halves {
	struct reader r;
	uint8_t pending;
	bool has_pending;
};

static uint8_t read_half(struct halves *h)
{
	uint8_t whole;

	if (h->has_pending) {
		h->has_pending = false;
		return h->pending;
	}
	whole = read_u8(&h->r);
	h->pending = whole & 0x0f;
	h->has_pending = true;
	return whole >> 4;
}

/* Skips to the next whole octet; what is skipped must be 0. */
static void align(struct halves *h)
{
	if (h->has_pending && h->pending != 0)
		h->r.ok = false;
	h->has_pending = false;
}

static void decode_field(struct halves *h, struct ifp_field *f)
{
	uint8_t head = read_half(h);
	size_t len;

	*f = (struct ifp_field){ .type = head & FIELD_TYPE };
	if (!(head & FIELD_HAS_DATA))
		return;
	align(h);
	len = (size_t)read_u16(&h->r) + 1;
	f->bytes = read_bytes(&h->r, len);
	f->len = (uint16_t)len; /* at most IFP_MAX when it was there */
}

static bool decode_fields(struct ifp *p, struct reader *r)
{
	struct halves h = { .r = *r };

	/* Numbers above 127 would mean a longer length. */
	p->fields = read_u8(&h.r);
	if (p->fields > IFP_FIELDS_MAX)
		return false;
	for (unsigned i = 0; i < p->fields && h.r.ok; i++)
		decode_field(&h, &p->field[i]);
	align(&h);
	*r = h.r;
	return true;
}

bool ifp_decode(struct ifp *p, const uint8_t *bytes, size_t len)
{
	struct reader r = reader_over(bytes, len);
	uint8_t head = read_u8(&r);
	bool has_fields = head & HAS_FIELDS;

	p->is_indicator = !(head & IS_DATA);
	p->type = head >> TYPE_SHIFT & TYPE_MASK;
	p->fields = 0;
	if (len > IFP_MAX || head & (EXTENDED | PADDING))
		return false;
	if (p->is_indicator && has_fields)
		return false;
	if (!p->is_indicator && p->type >= IFP_DATA_TYPES)
		return false;
	if (has_fields && !decode_fields(p, &r))
		return false;
	return r.ok && reader_left(&r) == 0;
}

static void encode_fields(const struct ifp *p, struct writer *w)
{
	uint8_t half = 0;
	bool has_half = false;

	for (unsigned i = 0; i < p->fields; i++) {
		const struct ifp_field *f = &p->field[i];
		uint8_t head = (uint8_t)f->type;

		if (f->len > 0)
			head |= FIELD_HAS_DATA;
		if (has_half)
			write_u8(w, (uint8_t)(half << 4 | head));
		else if (f->len > 0)
			write_u8(w, (uint8_t)(head << 4));
		half = head;
		has_half = !has_half && f->len == 0;
		if (f->len > 0) {
			write_u16(w, (uint16_t)(f->len - 1));
			write_bytes(w, f->bytes, f->len);
		}
	}
	if (has_half)
		write_u8(w, (uint8_t)(half << 4));
}

size_t ifp_encode(const struct ifp *p, uint8_t *out, size_t out_size)
{
	struct writer w = writer_over(out, out_size);
	uint8_t head = (uint8_t)(p->type << TYPE_SHIFT);

	if (p->is_indicator) {
		write_u8(&w, head);
	} else {
		write_u8(&w, head | HAS_FIELDS | IS_DATA);
		write_u8(&w, p->fields);
		encode_fields(p, &w);
	}
	return w.ok ? writer_used(&w) : 0;
}

void ifp_check_init(struct ifp_check *c, enum hdlc_side from)
{
	*c = (struct ifp_check){ .frames.from = from };
}

unsigned ifp_steps(const struct ifp *p)
{
	return p->is_indicator ? 1 : p->fields;
}

static enum ifp_verdict refuse(struct ifp_check *c, const char *fault)
{
	c->fault = fault;
	return IFP_REFUSE;
}

static void pass_field(struct ifp *out, uint8_t data_type,
		       const struct ifp_field *f)
{
	*out = (struct ifp){ .type = data_type };
	out->field[out->fields++] = *f;
}

/* An indicator in the middle of a frame means that the sender broke it off. */
static enum ifp_verdict check_indicator(struct ifp_check *c,
					const struct ifp *p, struct ifp *out)
{
	c->len = 0;
	*out = (struct ifp){ .is_indicator = true, .type = p->type };
	return IFP_PASS;
}

static enum ifp_verdict gather(struct ifp_check *c, uint8_t data_type,
			       const struct ifp_field *f)
{
	if (c->len > 0 && c->data_type != data_type)
		return refuse(c, "a frame changes its modem");
	if (f->len > sizeof(c->frame) - c->len)
		return refuse(c, "a frame is too long");
	if (f->len > 0)
		memcpy(c->frame + c->len, f->bytes, f->len);
	c->len += f->len;
	c->data_type = data_type;
	return IFP_HOLD;
}

/* The frame is whole: into `out` with the field that says so. A frame that
 * is dropped leaves that field: it may end the signal. */
static enum ifp_verdict check_frame(struct ifp_check *c, uint8_t data_type,
				    const struct ifp_field *end,
				    struct ifp *out)
{
	bool good = end->type == IFP_HDLC_FCS_OK ||
		    end->type == IFP_HDLC_FCS_OK_SIG_END;
	struct ifp_field data = { .bytes = c->frame, .len = (uint16_t)c->len };
	enum hdlc_verdict v = HDLC_PASS;

	if (data.len > 0 && c->data_type != data_type)
		return refuse(c, "a frame changes its modem");
	if (data.len > 0 && good)
		v = hdlc_check(&c->frames, c->frame, c->len,
			       data_type != IFP_V21);
	c->len = 0;
	if (v == HDLC_REFUSE)
		return refuse(c, c->frames.fault);
	*out = (struct ifp){ .type = data_type };
	if (data.len > 0 && v == HDLC_PASS)
		out->field[out->fields++] = data;
	out->field[out->fields++] = *end;
	return IFP_PASS;
}

static enum ifp_verdict check_image(struct ifp_check *c, uint8_t data_type,
				    const struct ifp_field *f, struct ifp *out)
{
	if (data_type == IFP_V21 || c->frames.from != HDLC_CALLER)
		return refuse(c, "image data come from the wrong modem");
	c->len = 0;
	pass_field(out, data_type, f);
	return IFP_PASS;
}

static enum ifp_verdict check_field(struct ifp_check *c, uint8_t data_type,
				    const struct ifp_field *f, struct ifp *out)
{
	if (data_type != IFP_V21 && c->frames.from != HDLC_CALLER)
		return refuse(c, "the called side uses an image modem");
	switch (f->type) {
	case IFP_HDLC_DATA:
		return gather(c, data_type, f);
	case IFP_NON_ECM_DATA:
	case IFP_NON_ECM_SIG_END:
		return check_image(c, data_type, f, out);
	case IFP_HDLC_SIG_END:
	case IFP_HDLC_FCS_OK:
	case IFP_HDLC_FCS_BAD:
	case IFP_HDLC_FCS_OK_SIG_END:
	case IFP_HDLC_FCS_BAD_SIG_END:
		break;
	}
	if (f->len > 0)
		return refuse(c, "the end of a frame carries data");
	if (f->type != IFP_HDLC_SIG_END)
		return check_frame(c, data_type, f, out);
	c->len = 0;
	pass_field(out, data_type, f);
	return IFP_PASS;
}

enum ifp_verdict ifp_check_step(struct ifp_check *c, const struct ifp *p,
				unsigned index, struct ifp *out)
{
	if (p->is_indicator)
		return check_indicator(c, p, out);
	return check_field(c, p->type, &p->field[index], out);
}
