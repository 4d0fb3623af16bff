/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fax/ifp: a packet that decodes is encoded as it was; and what passes the
 * check is itself a packet, whose frames are whole and lie within bounds.
 * The input is a run of packets, each behind two octets of length.
 */
#include <assert.h>
#include <string.h>

#include "base/reader.h"
#include "fax/ifp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_round_trip(const struct ifp *p, const uint8_t *bytes,
			     size_t len)
{
	static uint8_t again[IFP_MAX];

	if (!p->is_indicator && p->fields == 0)
		return;
	assert(ifp_encode(p, again, sizeof(again)) == len);
	assert(memcmp(again, bytes, len) == 0);
}

static void check_passed(const struct ifp *out)
{
	static uint8_t bytes[IFP_MAX];
	struct ifp back;
	size_t len = ifp_encode(out, bytes, sizeof(bytes));

	assert(len > 0 && ifp_decode(&back, bytes, len));
	assert(back.fields == out->fields && back.type == out->type);
	for (unsigned i = 0; i < back.fields; i++)
		if (back.field[i].type == IFP_HDLC_DATA)
			assert(back.field[i].len <= HDLC_MAX && i == 0 &&
			       back.fields == 2);
}

static void check_packet(struct ifp_check *c, const uint8_t *bytes, size_t len)
{
	struct ifp p, out;

	if (!ifp_decode(&p, bytes, len))
		return;
	check_round_trip(&p, bytes, len);
	for (unsigned i = 0; i < ifp_steps(&p); i++)
		if (ifp_check_step(c, &p, i, &out) == IFP_PASS)
			check_passed(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct reader r = reader_over(data, len);
	struct ifp_check c;

	ifp_check_init(&c, read_u8(&r) & 1 ? HDLC_CALLER : HDLC_CALLEE);
	while (r.ok && reader_left(&r) > 0) {
		size_t n = read_u16(&r);
		const uint8_t *packet;

		if (n > reader_left(&r))
			n = reader_left(&r);
		packet = read_bytes(&r, n);
		if (packet)
			check_packet(&c, packet, n);
	}
	return 0;
}
