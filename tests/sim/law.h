/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold in every world after every event: jobs are neither lost nor
 * doubled, connections are joined in pairs, counts count. A breach is told by
 * world_fail. What is said is talk.h's.
 */
#pragma once

#include "world.h"

/* Of the node that the last event was at. */
void law_check(struct world *w);
