/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/rows.h"

#include <stdint.h>
#include <stdlib.h>

/* spandsp's own number for "receiving pages", which its headers leave out. */
enum { RECEIVING = 1 };

static bool enlarge(uint32_t **runs)
{
	uint32_t *larger = realloc(*runs, ROWS_BUFFER_RUNS * sizeof(**runs));

	if (larger)
		*runs = larger;
	return larger != NULL;
}

enum rows_verdict rows_guard(struct rows *rows, t30_state_t *t30)
{
	t4_rx_state_t *t4 = &t30->t4.rx;

	if (t30->operation_in_progress != RECEIVING)
		return ROWS_FINE;
	/* By this name it would remove the file when no page came. */
	free((char *)(uintptr_t)t4->tiff.file);
	t4->tiff.file = NULL;
	if (!t4->cur_runs)
		return ROWS_FINE;
	/* It makes them anew, and small, when the width changes. */
	if (t4->bytes_per_row != rows->bytes_per_row) {
		if (!enlarge(&t4->cur_runs) || !enlarge(&t4->ref_runs))
			return ROWS_NO_MEMORY;
		rows->bytes_per_row = t4->bytes_per_row;
	}
	if (t4->t4_t6_rx.a_cursor > ROWS_RUNS_MAX ||
	    t4->t4_t6_rx.b_cursor > ROWS_RUNS_MAX)
		return ROWS_RUN_AWAY;
	if (t4->image_length > ROWS_PAGE_MAX)
		return ROWS_TOO_LONG;
	return ROWS_FINE;
}
