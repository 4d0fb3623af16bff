/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands to the running relay, over its control socket: status, calls,
 * drain, and the word that an account has changed.
 */
#pragma once

#include <jansson.h>

#include "relay/config.h"

/* Tells a running relay to look at an account again; none running is fine. */
void ask_tell_changed(const struct config *c, const char *id);

/* Each prints and returns the exit code. */
int ask_status(const struct config *c);
int ask_peers(const struct config *c);
int ask_calls(const struct config *c);
int ask_drain(const struct config *c);

/* Prints a value with a newline; takes it. */
int ask_print_json(json_t *value);
