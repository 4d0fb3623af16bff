/* SPDX-License-Identifier: Apache-2.0 */
#include "io/pair.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

bool pair_new(int ends[2])
{
	return socketpair(AF_UNIX,
			  SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			  ends) == 0;
}

enum pair_status pair_send(int fd, const void *bytes, size_t len)
{
	ssize_t n;

	do
		n = send(fd, bytes, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return PAIR_OK;
	return errno == EAGAIN || errno == ENOBUFS ? PAIR_FULL : PAIR_CLOSED;
}

enum pair_status pair_receive(int fd, void *bytes, size_t size, size_t *len)
{
	ssize_t n;

	do
		n = recv(fd, bytes, size, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0) {
		*len = (size_t)n;
		return PAIR_OK;
	}
	return n < 0 && errno == EAGAIN ? PAIR_EMPTY : PAIR_CLOSED;
}
