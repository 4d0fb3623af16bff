/* SPDX-License-Identifier: Apache-2.0 */
/* Random octets from the system. */
#pragma once

#include <stddef.h>

/* Never fails: a machine without randomness cannot go on. */
void random_bytes(void *out, size_t n);
