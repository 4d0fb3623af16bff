/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is set at the terminal, at the control socket:
 *
 *   {"command": "settings"}                      a line a setting
 *   {"command": "settings-set", "settings": {}}  as the API's PUT /settings
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

#include "io/local.h"
#include "store/audit.h"
#include "terminal/config.h"

/* All borrowed. */
struct setupcmd_rooms {
	struct config *config;
	struct audit *audit;
	/* It is in force now. */
	void (*reconfigured)(void *owner);
	void *owner;
};

/* False: it is none of these. */
bool setupcmd_run(const struct setupcmd_rooms *rooms, struct local_session *s,
		  const json_t *in);
