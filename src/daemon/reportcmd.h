/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"command": "report", "job"} at the control socket, with a descriptor of a
 * file: the job's delivery report is written into it, as PDF.
 */
#pragma once

#include <stddef.h>

#include <jansson.h>

#include "io/local.h"
#include "store/membership.h"
#include "terminal/config.h"
#include "terminal/outbox.h"

/* All borrowed. */
struct reportcmd_rooms {
	struct loop *loop;
	const struct config *config;
	struct outbox *outbox;
	const struct membership *(*membership)(void *owner);
	void *owner;
};

/* Answers now or later. Takes the descriptors. */
void reportcmd_run(const struct reportcmd_rooms *rooms, struct local_session *s,
		   const json_t *in, const int *fds, size_t n);
