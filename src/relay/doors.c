/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/doors.h"

#include <string.h>

#include "base/log.h"
#include "relay/home.h"

enum err doors_open(struct doors *d, const struct config *c, struct loop *loop,
		    void (*accepted)(void *owner, int fd,
				     const struct listen_peer *p),
		    void *owner, struct why *why)
{
	for (size_t i = 0; i < c->listen.count; i++) {
		struct listen_address at;
		enum err e = listen_parse(&at, c->listen.items[i], why);

		if (e == OK)
			e = listener_new(loop, &at, accepted, owner,
					 &d->listeners[i], why);
		if (e != OK) {
			doors_close(d);
			return e;
		}
		log_line(LOG_INFO, "event=listening at=%s port=%u",
			 c->listen.items[i], listener_port(d->listeners[i]));
	}
	return OK;
}

void doors_close(struct doors *d)
{
	for (size_t i = 0; i < LISTEN_SOCKETS_MAX; i++) {
		listener_free(d->listeners[i]);
		d->listeners[i] = NULL;
	}
}

enum err doors_keep_address(const struct doors *d, const struct config *c,
			    struct why *why)
{
	uint16_t ports[LISTEN_SOCKETS_MAX];

	for (size_t i = 0; i < c->listen.count; i++)
		ports[i] = listener_port(d->listeners[i]);
	return home_keep_address(c, ports, why);
}
