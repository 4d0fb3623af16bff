/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a loop until something has come true, within ten seconds. */
#pragma once

#include <stdbool.h>

#include "io/loop.h"

/* False: it never did. */
bool turn_until(struct loop *loop, const bool *done);
/* Lets the loop run for so long, for what must not happen. */
void turn_for(struct loop *loop, int ms);
