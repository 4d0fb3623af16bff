/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds how long peers may take in all over what they owe us, however little
 * of it they let drop at a time to look alive. Whoever takes longer has his
 * connection shut down; its owner, who reads an end, closes it.
 */
#pragma once

#include <stdint.h>

#include "base/list.h"
#include "io/loop.h"

struct patience {
	struct loop *loop; /* borrowed */
	struct list waits;
	struct timer timer;
	int64_t look_ms;
};

/* What one connection owes. */
struct patience_wait {
	struct list link;
	int fd;
	int64_t until_ms;
};

/* Looks every `look_ms` (>= 1) while it waits for anybody: nobody's time is
 * over much sooner or later than that. */
void patience_init(struct patience *p, struct loop *loop, int64_t look_ms);
/* All waits must have ended. */
void patience_fini(struct patience *p);

/* It owes nothing. `fd` is borrowed while it does, until patience_over(). */
void patience_wait_init(struct patience_wait *w, int fd);
/* Waits for the connection until then, by the loop's clock; or, if it does
 * already, now until then. */
void patience_until(struct patience *p, struct patience_wait *w,
		    int64_t until_ms);
/* It owes nothing (any more). */
void patience_over(struct patience *p, struct patience_wait *w);
