/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns of who calls: a user ID, ID@RELAY or a number, or the beginning of
 * either part and `*`. Only compares.
 */
#pragma once

#include <stdbool.h>

bool pattern_valid(const char *pattern);
/* `relay`: where he is; NULL or "": at ours. A pattern without @ is for every
 * relay. */
bool pattern_meets(const char *pattern, const char *id, const char *relay);
