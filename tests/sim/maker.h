/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a scenario of a seed, in the language that people write: a few
 * terminals, their jobs, and what may befall them. It ends with everything
 * mended and every job over.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { MAKER_TEXT_MAX = 16384 };

void maker_make(uint64_t seed, char text[MAKER_TEXT_MAX]);
