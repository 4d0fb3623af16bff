/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's end of the socket to its parent: messages of wire/endpoint.h,
 * never waiting. What does not fit into the socket waits in a bounded queue,
 * in order; and packets wait too while too much of them is under way to the
 * far engine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wire/endpoint.h"

enum {
	/* A whole page without error correction is said at once. */
	PORT_QUEUE_MAX = 8 * 1024 * 1024,
	/* Octets of packets under way, at most (docs/protocol.md, section 9).
	 */
	PORT_FLIGHT_MAX = 262144,
};

struct port {
	int fd; /* borrowed */
	struct buf queue;
	bool is_closed;	 /* by the parent, or broken */
	uint64_t passed; /* octets of packets that left */
	uint64_t taken;	 /* of them, by the far engine */
	uint8_t in[ENDPOINT_MESSAGE_MAX + 1];
};

/* Makes `fd` non-blocking. ERR_IO: it is no socket that we can use. */
MUST_CHECK enum err port_init(struct port *p, int fd);
void port_fini(struct port *p);

/* Puts a message into the queue. ERR_LIMIT: it is full; ERR_MEMORY; ERR_BAD:
 * the message breaks its rule. */
MUST_CHECK enum err port_say(struct port *p, const struct endpoint_message *m);

/* Passes on what goes. */
void port_flush(struct port *p);
bool port_is_empty(const struct port *p);
/* Is there something that waits for room in the socket? */
bool port_wants_room(const struct port *p);

enum port_status {
	PORT_MESSAGE, /* `m` is filled; it borrows from the port */
	PORT_NOTHING, /* for now */
	PORT_CLOSED,
	PORT_BAD, /* the parent said what is no message */
};

enum port_status port_hear(struct port *p, struct endpoint_message *m);
