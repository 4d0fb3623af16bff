/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay's data folder: which files there are, and making them the first
 * time: relay.db, relay.crt, relay.key, address (what join URLs say) and
 * control (the socket).
 */
#pragma once

#include "base/err.h"
#include "relay/config.h"
#include "store/atomic.h"
#include "store/shared.h"
#include "trust/login.h"
#include "wire/address.h"

enum home_file {
	HOME_DATABASE,
	HOME_CERTIFICATE,
	HOME_KEY,
	HOME_ADDRESS,
	HOME_CONTROL,
	HOME_FILES
};

MUST_CHECK enum err home_path(const struct config *c, enum home_file file,
			      char out[ATOMIC_PATH_MAX], struct why *why);

/* Makes the folder and the certificate if need be; opens the database, in it
 * or at a server. */
MUST_CHECK enum err home_open(const struct config *c, struct database **out,
			      struct why *why);

/* Where terminals reach this relay: --host (without a port: at the running
 * relay's), else what the running relay left, else --listen's addresses, else
 * the machine's own. */
MUST_CHECK enum err home_address(const struct config *c,
				 struct address_relays *out, struct why *why);
/* Leaves it for later commands. `ports` are those that were bound, one for
 * each --listen. */
MUST_CHECK enum err home_keep_address(const struct config *c,
				      const uint16_t *ports, struct why *why);

/* Begins a life of the relay config->name in a database that relays share, and
 * waits for that. Others let it in from now on, with that secret. */
MUST_CHECK enum err home_begin(const struct config *c,
			       struct database *database,
			       struct shared_relay *self,
			       char secret[LOGIN_SECRET_SIZE], struct why *why);
/* An account's keys of a secret; both sides of a login. */
MUST_CHECK enum err home_keys(struct database_account *a, const char *secret);

/* The same and our pin, as terminals of other relays hear of it. */
MUST_CHECK enum err home_other(const struct config *c,
			       char out[ADDRESS_OTHER_TEXT], struct why *why);
