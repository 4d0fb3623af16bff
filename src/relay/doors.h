/* SPDX-License-Identifier: Apache-2.0 */
/* Where terminals come in: a listening socket for each --listen. */
#pragma once

#include "base/err.h"
#include "io/listen.h"
#include "io/loop.h"
#include "relay/config.h"

struct doors {
	struct listener *listeners[LISTEN_SOCKETS_MAX];
};

/* Opens all of them, or none; `accepted` as listener_new's. */
MUST_CHECK enum err
doors_open(struct doors *d, const struct config *c, struct loop *loop,
	   void (*accepted)(void *owner, int fd, const struct listen_peer *p),
	   void *owner, struct why *why);
/* May be asked twice. */
void doors_close(struct doors *d);

/* Leaves for later commands where these open doors are reached. */
MUST_CHECK enum err doors_keep_address(const struct doors *d,
				       const struct config *c, struct why *why);
