/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/port.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

enum { LENGTH = 2 }; /* octets before each message in the queue */

enum err port_init(struct port *p, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	*p = (struct port){ .fd = fd };
	buf_init(&p->queue, PORT_QUEUE_MAX);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return ERR_IO;
	return OK;
}

void port_fini(struct port *p)
{
	buf_fini(&p->queue);
}

enum err port_say(struct port *p, const struct endpoint_message *m)
{
	uint8_t bytes[LENGTH + ENDPOINT_MESSAGE_MAX];
	size_t len = endpoint_encode(m, bytes + LENGTH, sizeof(bytes) - LENGTH);

	if (len == 0)
		return ERR_BAD;
	bytes[0] = (uint8_t)(len >> 8);
	bytes[1] = (uint8_t)len;
	return buf_append(&p->queue, bytes, LENGTH + len);
}

/* The message at the front of the queue that is not empty. */
static struct span front(const struct port *p)
{
	const uint8_t *b = buf_front(&p->queue);

	return (struct span){ b + LENGTH, (size_t)(b[0] << 8 | b[1]) };
}

/* Octets of packet that `m` carries. */
static uint64_t cargo(struct span m)
{
	return m.at[0] == ENDPOINT_IFP ? m.len - 1 : 0;
}

static bool is_held_back(const struct port *p, struct span m)
{
	return p->passed - p->taken + cargo(m) > PORT_FLIGHT_MAX;
}

bool port_is_empty(const struct port *p)
{
	return buf_length(&p->queue) == 0;
}

bool port_wants_room(const struct port *p)
{
	return !port_is_empty(p) && !is_held_back(p, front(p));
}

void port_flush(struct port *p)
{
	while (!p->is_closed && port_wants_room(p)) {
		struct span m = front(p);

		if (send(p->fd, m.at, m.len, MSG_NOSIGNAL) < 0) {
			p->is_closed = errno != EAGAIN && errno != EINTR;
			return;
		}
		p->passed += cargo(m);
		buf_consume(&p->queue, LENGTH + m.len);
	}
}

enum port_status port_hear(struct port *p, struct endpoint_message *m)
{
	ssize_t got = recv(p->fd, p->in, sizeof(p->in), 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return PORT_NOTHING;
	if (got <= 0) {
		p->is_closed = true;
		return PORT_CLOSED;
	}
	if (!endpoint_decode(m, p->in, (size_t)got) ||
	    !endpoint_from_parent((uint8_t)m->type))
		return PORT_BAD;
	return PORT_MESSAGE;
}
