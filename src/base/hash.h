/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-2-4 (Aumasson, Bernstein 2012): a hash for tables whose keys a
 * stranger chooses. Without the key nobody can make keys that collide.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { HASH_KEY_SIZE = 16 };

uint64_t hash_keyed(const uint8_t key[HASH_KEY_SIZE], const void *bytes,
		    size_t len);
