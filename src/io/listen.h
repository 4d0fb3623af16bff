/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets and the addresses of those who come. It hands sockets
 * out and reads nothing from them.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

enum {
	LISTEN_TEXT_MAX = 64,
	LISTEN_PEER_MAX = 48,
	LISTEN_HOST_MAX = 255,
	LISTEN_SOCKETS_MAX = 8
};

/* Who came. */
struct listen_peer {
	uint8_t key[8];		    /* for counting: IPv4 whole, IPv6 by /64 */
	char host[LISTEN_PEER_MAX]; /* "198.51.100.7" */
	char text[LISTEN_TEXT_MAX]; /* "198.51.100.7:40312" */
};

/* "ADDR:PORT", "[V6]:PORT", ":PORT" or "PORT"; a name is no address. An empty
 * host means every address of the machine. */
struct listen_address {
	char host[LISTEN_HOST_MAX + 1];
	uint16_t port;
};
MUST_CHECK enum err listen_parse(struct listen_address *a, const char *text,
				 struct why *why);

struct listener;

/* `accepted` owns the (non-blocking) descriptor. ERR_EXISTS: the port is in
 * use; ERR_DENIED: it needs privileges; each with its sentence. Port 0 takes
 * any free one: listener_port tells. */
MUST_CHECK enum err
listener_new(struct loop *loop, const struct listen_address *a,
	     void (*accepted)(void *owner, int fd, const struct listen_peer *p),
	     void *owner, struct listener **out, struct why *why);
void listener_free(struct listener *l);
uint16_t listener_port(const struct listener *l);
