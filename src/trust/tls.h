/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS 1.3 (RFC 8446) as bytes in, bytes out: a filter (base/filter.h). No
 * older version, no tickets, no early data, no client certificates; ALPN
 * `faxwire/1` (RFC 7301) must be agreed. It never sees a socket.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/filter.h"
#include "trust/identity.h"

enum { TLS_EXPORTER_SIZE = 32 };

/* What many connections share. Reference counted inside: connections live on
 * when it is freed. */
struct tls_context;

/* A relay's, from PEM files. The sentence in `why` names the file. */
MUST_CHECK enum err tls_context_server(struct tls_context **out,
				       const char *certificate_path,
				       const char *key_path, struct why *why);

/* A terminal's. With `pin` (IDENTITY_PIN_SIZE octets) the relay's public key
 * must be that one; with NULL its certificate must be valid for the host by
 * the system's authorities. */
MUST_CHECK enum err tls_context_client(struct tls_context **out,
				       const uint8_t *pin, struct why *why);
void tls_context_free(struct tls_context *c);

/* One connection's filter. `host` is the relay's name or address. ERR_MEMORY.
 * A filter is used by one thread at a time. */
MUST_CHECK enum err tls_server(struct tls_context *c, struct filter *out);
MUST_CHECK enum err tls_client(struct tls_context *c, const char *host,
			       struct filter *out);

/* The channel binding `tls-exporter` (RFC 9266 section 2). False before the
 * handshake is over. */
bool tls_exporter(struct filter *f, uint8_t out[TLS_EXPORTER_SIZE]);
