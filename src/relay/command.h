/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running relay's side of its control socket: one JSON object a line in,
 * some out; the last has "end".
 */
#pragma once

#include "base/err.h"
#include "core/relay.h"
#include "io/loop.h"
#include "relay/config.h"
#include "relay/records.h"

struct command_handlers {
	void (*changed)(void *owner, const char *id);
	void (*drain)(void *owner);
};

struct command_server;

/* Everything is borrowed. ERR_EXISTS: a relay runs with this data folder. */
MUST_CHECK enum err command_open(struct command_server **out,
				 const struct config *config, struct loop *loop,
				 const struct relay *relay,
				 struct records *records,
				 const struct command_handlers *handlers,
				 void *owner, struct why *why);
void command_close(struct command_server *c);
