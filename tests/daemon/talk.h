/* SPDX-License-Identifier: Apache-2.0 */
/* The command's side of a control socket, at scratch("control"). */
#pragma once

#include <stdbool.h>

#include "io/local.h"
#include "io/loop.h"

struct talk {
	char line[LOCAL_LINE_MAX];
	int fd;	      /* to pass; -1: none */
	bool hang_up; /* at once */
	char answer[LOCAL_LINE_MAX];
	bool done;
};

extern struct talk talk;

/* The whole answer, while the loop runs the other side. `'` stands for a
 * double quote. */
const char *ask(struct loop *l, const char *line);
