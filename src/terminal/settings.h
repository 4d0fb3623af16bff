/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is set at the page: HOME/settings.json, key and value as in a
 * configuration file. It stands above the defaults and below file and command
 * line, whose word it cannot change.
 */
#pragma once

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

/* [{key, kind, value, initial, min, max, help}] of the live rows; the caller
 * owns it. */
json_t *settings_list(const struct option *table, const void *config);
