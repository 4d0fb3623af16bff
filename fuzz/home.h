/* SPDX-License-Identifier: Apache-2.0 */
/* A home folder in memory, for what is read from files alone; it goes when the
 * program ends. */
#pragma once

#include <stddef.h>
#include <stdint.h>

const char *home_path(void);
/* Makes this file of it, mode 0600, anew. */
void home_put(const char *name, const uint8_t *data, size_t len);
void home_remove(const char *name);
