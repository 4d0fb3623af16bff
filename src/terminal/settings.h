/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is set at the page: HOME/settings.json, key and value as in a
 * configuration file. It stands above the defaults and below file and command
 * line, whose word it cannot change.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "base/err.h"
#include "base/option.h"

/* No file is no settings. The caller owns *out. */
MUST_CHECK enum err settings_load(const char *home, json_t **out,
				  struct why *why);
MUST_CHECK enum err settings_save(const char *home, const json_t *settings,
				  struct why *why);

/* Sets what the object says; only rows that are `live` can be set so. A value
 * is a text, a number, a flag, or for a list an array of texts. */
MUST_CHECK enum err settings_apply(const json_t *settings,
				   const struct option *table, void *config,
				   struct why *why);

/* Whether this value means: as it is. An empty one of a secret does, as that is
 * what is shown of it. */
bool settings_keeps(const struct option *table, const char *key,
		    const json_t *value);

/* [{key, kind, value, initial, min, max, help, unit, fixed}] of the live rows;
 * a secret is of kind "secret", and its value empty, but for `set`. `fixed`:
 * the rows that a stronger layer has set, as in struct option_layer. The caller
 * owns it. */
json_t *settings_list(const struct option *table, const void *config,
		      uint64_t fixed);
