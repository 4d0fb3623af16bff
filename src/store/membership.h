/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What joining leaves on a machine: HOME/account.json, as precious as the
 * password in it; and HOME/relays.json, what relays have said since of others
 * at which this account can log in, which joining forgets.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/atomic.h"

struct membership {
	char id[33];
	char secret[129];
	char host[254];
	uint16_t port;
	/* Where else: "HOST:PORT,..." */
	char others[800];
	bool pinned;
	uint8_t pin[32];   /* zeros unless pinned */
	uint8_t place[16]; /* this machine, to the relay */
};

/* The home when none is named: $FAXWIRE_HOME, else ~/.faxwire, else
 * /var/lib/faxwire. */
const char *membership_default_home(char out[ATOMIC_PATH_MAX]);

/* What a join URL says. Texts are cut to their room; `pin` may be NULL. The
 * caller adds `others` and `place`. */
void membership_init(struct membership *m, const char *id, const char *secret,
		     const char *host, uint16_t port, const uint8_t *pin);

/* ERR_MISSING: not joined; ERR_DENIED: others may read it; ERR_BAD. */
MUST_CHECK enum err membership_read(const char *home, struct membership *m,
				    struct why *why);
/* Makes the home if need be. */
MUST_CHECK enum err
membership_write(const char *home, const struct membership *m, struct why *why);

/* In core/homes's form. */
struct membership_relays {
	char others[20000];
	char now[1200];	   /* the one in use; empty: that was joined */
	uint8_t place[16]; /* the membership's: of no other is it read */
};

/* ERR_MISSING: there is none, or it is an earlier membership's. */
MUST_CHECK enum err membership_relays_read(const char *home,
					   const struct membership *m,
					   struct membership_relays *r,
					   struct why *why);
MUST_CHECK enum err membership_relays_write(const char *home,
					    const struct membership_relays *r,
					    struct why *why);
