/* SPDX-License-Identifier: Apache-2.0 */
/* A pair of sockets that keep the borders of messages, for talking with a
 * child. Neither end ever waits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Both ends non-blocking and closed on exec; the caller closes them. */
bool pair_new(int ends[2]);

enum pair_status { PAIR_OK, PAIR_FULL, PAIR_EMPTY, PAIR_CLOSED };

/* PAIR_FULL: not now. PAIR_CLOSED: nobody is there any more. */
enum pair_status pair_send(int fd, const void *bytes, size_t len);

/* One message; what does not fit is cut. */
enum pair_status pair_receive(int fd, void *bytes, size_t size, size_t *len);
