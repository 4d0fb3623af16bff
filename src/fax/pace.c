/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/pace.h"

void pace_init(struct pace *p, uint64_t ahead, int64_t now)
{
	*p = (struct pace){ .ahead = ahead, .last_ms = now, .moved_ms = now };
}

void pace_sent(struct pace *p, uint64_t octets)
{
	p->sent += octets;
}

void pace_received(struct pace *p, uint64_t octets)
{
	p->received += octets;
}

bool pace_taken(struct pace *p, uint64_t total, int64_t now)
{
	if (total < p->taken || total > p->sent)
		return false;
	if (total > p->taken)
		p->moved_ms = now;
	p->taken = total;
	return true;
}

bool pace_stands_still(const struct pace *p)
{
	return p->sent - p->taken > p->ahead;
}

int64_t pace_step(struct pace *p, int64_t now)
{
	int64_t gone = now - p->last_ms;

	p->last_ms = now;
	if (p->sent == p->taken)
		p->moved_ms = now;
	if (pace_stands_still(p) || gone < 0)
		return 0;
	return gone < PACE_STEP_MAX_MS ? gone : PACE_STEP_MAX_MS;
}

int64_t pace_stalled_ms(const struct pace *p, int64_t now)
{
	return p->sent == p->taken ? 0 : now - p->moved_ms;
}
