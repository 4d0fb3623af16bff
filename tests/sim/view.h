/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each relay believes of the terminals of all, beside what is true.
 */
#pragma once

#include "world.h"

/* Two relays that are connected now, as nothing stands between them: node
 * `from` dials `to`. */
bool view_connects(const struct world *w, int from, int to);
/* One of these relays dials the other, mended or not; or it is the same. */
bool view_is_near(const struct world *w, int one, int other);
/* There is a way from one relay to another now, or it is the same. */
bool view_reaches(const struct world *w, int from, int to);

/* Every relay knows of every terminal that a way leads to where it is, and
 * of no other. False, with a sentence: not yet. */
bool view_true(struct world *w, char *why, size_t size);
