/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SplitMix64 (Steele, Lea, Flood 2014): numbers that spread what would
 * happen at once. Not for secrets: who has seen one can tell the next.
 */
#pragma once

#include <stdint.h>

/* The next number; the state is its seed at first, of any value. */
uint64_t splitmix(uint64_t *state);
