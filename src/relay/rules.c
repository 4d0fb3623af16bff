/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/rules.h"

#include "core/keepalive.h"
#include "relay/home.h"
#include "trust/tls.h"

/* What is not set follows from what is. */
static void take_keepalive(const struct config *config, struct relay_limits *l)
{
	int64_t start = 1000 * config->keepalive_s;
	int64_t min = 1000 * config->keepalive_min_s;
	int64_t max = 1000 * config->keepalive_max_s;

	l->keepalive_ms = (uint32_t)start;
	l->keepalive_min_ms = (uint32_t)(min > 0 ? min : start / 6);
	l->keepalive_max_ms = (uint32_t)(max > 0 ? max : 4 * start);
	if (l->keepalive_max_ms > 3600000)
		l->keepalive_max_ms = 3600000;
}

void rules_limits(const struct config *config, struct relay_limits *l)
{
	*l = relay_limits_default;
	l->connections_max = (uint32_t)config->connections;
	l->strangers_max = (uint32_t)config->strangers;
	l->strangers_per_address = (uint32_t)config->strangers_per_address;
	l->arrivals.burst = (uint32_t)config->arrivals_per_minute;
	l->arrivals.per_minute = (uint32_t)config->arrivals_per_minute;
	take_keepalive(config, l);
	l->ring_ms = (uint32_t)config->ring_s * 1000;
	/* An older place must answer sooner than its keep-alive would. */
	if (l->ping_ms > l->keepalive_ms)
		l->ping_ms = l->keepalive_ms;
}

/* A callee of many short calls says some sixty a second at most. */
static const struct limit_rate messages_allowed = { .burst = 1000,
						    .per_minute = 6000 };

/* The caller owns rules->tls. */
enum err rules_worker(const struct config *config, struct worker_rules *rules,
		      struct why *why)
{
	char certificate[ATOMIC_PATH_MAX], key[ATOMIC_PATH_MAX];
	enum err e = home_path(config, HOME_CERTIFICATE, certificate, why);

	*rules = (struct worker_rules){
		.messages = messages_allowed,
		.silence_ms = keepalive_patience(1000 * config->keepalive_s,
						 1000 * config->keepalive_s) +
			      RULES_SLACK_MS,
		.stall_ms = 1000 * config->idle_call_s,
	};
	if (e == OK)
		e = home_path(config, HOME_KEY, key, why);
	if (e == OK)
		e = tls_context_server(&rules->tls, certificate, key, why);
	return e;
}
