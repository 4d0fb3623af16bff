/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold in a relay after every event: its calls have two sides each,
 * its connections and lines know theirs, counts count, and the worker joins
 * what control thinks it joins. A breach is told by world_fail.
 */
#pragma once

#include "relay_node.h"

void legs_check(struct world *w, const struct relay_node *r);
