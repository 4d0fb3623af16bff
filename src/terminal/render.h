/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of a fax as PNG: of a received one, of a job's document, of one that
 * waits. A confined child draws it (faxwire-fax document png). At most
 * RENDER_CHILDREN of them run at once in this process; who asks for more
 * waits in a queue. This process parses nothing but the child's answer.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

enum {
	RENDER_CHILDREN = 4,
	RENDER_WAITING = 1000, /* requests at once, running ones included */
};

struct render;

struct render_request {
	const char *path;    /* of the TIFF; copied */
	uint32_t page;	     /* from 1 */
	uint32_t width;	     /* of the picture; 0: natural (fax/view.h) */
	const char *program; /* faxwire-fax, absolute; copied */
};

/* OK: `png` is open for reading at its start, `size` octets long, and belongs
 * to the owner from now on. Else it is -1 and `why` a whole sentence:
 * ERR_MISSING (no such file or page), ERR_BAD, ERR_LIMIT, ERR_UNSUPPORTED,
 * ERR_TIMEOUT, ERR_IO, ERR_MEMORY. Called once, never from inside
 * render_new(); the render is gone then. */
typedef void render_done(void *owner, enum err e, int png, int64_t size,
			 const struct why *why);

/* NULL: memory is out, or too many wait. All renders of a process are of one
 * loop. */
struct render *render_new(struct loop *loop,
			  const struct render_request *request,
			  render_done *done, void *owner);
/* What runs is killed; `done` is not called. */
void render_cancel(struct render *r);
