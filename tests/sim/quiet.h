/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether nothing is under way in a world: every terminal that can be is
 * logged in and idle, no connection is left over, every job is over or waits
 * for one that is away.
 */
#pragma once

#include "world.h"

/* If not, why: a few words. */
bool quiet_world(struct world *w, char *why, size_t size);
