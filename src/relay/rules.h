/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the settings mean to core and to a worker, at the beginning and after
 * each reload.
 */
#pragma once

#include "core/relay.h"
#include "relay/config.h"
#include "relay/worker.h"

/* A worker closes what has been silent for as long as core allows and this. */
enum { RULES_SLACK_MS = 1000 };

void rules_limits(const struct config *config, struct relay_limits *l);
/* The caller owns rules->tls. */
MUST_CHECK enum err rules_worker(const struct config *config,
				 struct worker_rules *rules, struct why *why);
