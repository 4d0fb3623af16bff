/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

const struct disk_fax *disk_find(const struct disk *d, int job)
{
	for (size_t i = 0; i < d->fax_count; i++)
		if (d->inbox[i].job == job && d->inbox[i].complete)
			return &d->inbox[i];
	return NULL;
}

int disk_begin(struct disk *d, int job)
{
	for (int i = 0; i < DISK_INCOMING_MAX; i++) {
		if (d->incoming[i].used)
			continue;
		d->incoming[i] =
			(struct disk_incoming){ .used = true, .job = job };
		return i;
	}
	return -1;
}

static void remove_partials(struct disk *d, int job)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->fax_count; i++)
		if (d->inbox[i].job != job || d->inbox[i].complete)
			d->inbox[kept++] = d->inbox[i];
	d->fax_count = kept;
}

bool disk_move_in(struct disk *d, int incoming, bool complete)
{
	struct disk_incoming *in = &d->incoming[incoming];

	in->used = false;
	if (disk_find(d, in->job) || d->fax_count == DISK_FAXES_MAX)
		return false;
	remove_partials(d, in->job);
	d->inbox[d->fax_count++] = (struct disk_fax){ .job = in->job,
						      .pages = in->pages,
						      .complete = complete };
	return complete;
}

void disk_recover(struct disk *d, struct world *w)
{
	for (int i = 0; i < DISK_INCOMING_MAX; i++) {
		struct disk_incoming *in = &d->incoming[i];

		if (!in->used)
			continue;
		if (in->pages == 0)
			in->used = false;
		else if (disk_move_in(d, i, in->recorded)) {
			w->jobs[in->job].stored++;
			w->seen[SEEN_RECOVERED]++;
		}
	}
}
