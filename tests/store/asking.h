/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a database, each waited for. */
#pragma once

#include "store/database.h"

/* The clock that database_wait has. */
int64_t asking_now(void);

enum err asking_add(struct database *d, const struct database_account *a);
enum err asking_get(struct database *d, const char *id,
		    struct database_account *out);
enum err asking_accounts(struct database *d,
			 void (*each)(void *owner,
				      const struct database_account *a),
			 void *owner);
enum err asking_allow(struct database *d, const char *id, const char *allowed);
enum err asking_enable(struct database *d, const char *id, bool enabled);
enum err asking_remove(struct database *d, const char *id);
enum err asking_numbers(struct database *d, const char *id,
			const char *numbers);
enum err asking_keys(struct database *d, const struct database_account *a);
enum err asking_touch(struct database *d, const char *id, int64_t at_ms);
enum err asking_append(struct database *d, const struct database_call *calls,
		       size_t n);
enum err asking_calls(struct database *d, size_t n,
		      void (*each)(void *owner, const struct database_call *c),
		      void *owner);
enum err asking_forget(struct database *d, int64_t before_ms, size_t *removed);
enum err asking_first_call(struct database *d, uint64_t *out);
enum err asking_secret(struct database *d, const uint8_t candidate[32],
		       uint8_t out[32]);
/* The IDs, with a blank after each. */
enum err asking_changes(struct database *d, char *ids, size_t size);
