/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys, self-signed certificates and pins. A pin is the SHA-256 of a
 * certificate's SubjectPublicKeyInfo (as in RFC 7469 section 2.4).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { IDENTITY_PIN_SIZE = 32, IDENTITY_YEARS = 20 };

/* Makes a P-256 key (PEM, mode 0600) unless there is a key already, and a
 * self-signed certificate for it (PEM). The certificate comes last: where it
 * is, the key is too. ERR_EXISTS: there is a certificate already; ERR_BAD: the
 * key that is there is none. */
MUST_CHECK enum err identity_make(const char *certificate_path,
				  const char *key_path, struct why *why);

MUST_CHECK enum err identity_pin(const char *certificate_path,
				 uint8_t pin[IDENTITY_PIN_SIZE],
				 struct why *why);
