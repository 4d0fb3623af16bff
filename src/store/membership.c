/* SPDX-License-Identifier: Apache-2.0 */
#include "store/membership.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/record.h"

static const struct record_field table[] = {
	RECORD(struct membership, id, RECORD_TEXT),
	RECORD(struct membership, secret, RECORD_TEXT),
	RECORD(struct membership, host, RECORD_TEXT),
	RECORD(struct membership, port, RECORD_NUMBER),
	RECORD_LATER(struct membership, others, RECORD_TEXT),
	RECORD(struct membership, pinned, RECORD_FLAG),
	RECORD(struct membership, pin, RECORD_HEX),
	RECORD(struct membership, place, RECORD_HEX),
	{ .key = NULL },
};

static const struct record_field relays_table[] = {
	RECORD(struct membership_relays, others, RECORD_TEXT),
	RECORD(struct membership_relays, now, RECORD_TEXT),
	RECORD(struct membership_relays, place, RECORD_HEX),
	{ .key = NULL },
};

const char *membership_default_home(char out[ATOMIC_PATH_MAX])
{
	const char *set = getenv("FAXWIRE_HOME");
	const char *user = getenv("HOME");

	if (set && *set)
		return set;
	if (!user || !*user ||
	    atomic_path(out, NULL, "%s/.faxwire", user) != OK)
		return "/var/lib/faxwire";
	return out;
}

void membership_init(struct membership *m, const char *id, const char *secret,
		     const char *host, uint16_t port, const uint8_t *pin)
{
	*m = (struct membership){ .port = port, .pinned = pin != NULL };
	(void)snprintf(m->id, sizeof(m->id), "%s", id);
	(void)snprintf(m->secret, sizeof(m->secret), "%s", secret);
	(void)snprintf(m->host, sizeof(m->host), "%s", host);
	if (pin)
		memcpy(m->pin, pin, sizeof(m->pin));
}

enum err membership_read(const char *home, struct membership *m,
			 struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	struct stat st;
	enum err e = atomic_path(path, why, "%s/account.json", home);

	memset(m, 0, sizeof(*m));
	if (e != OK)
		return e;
	if (stat(path, &st) == 0 && (st.st_mode & 077) != 0) {
		why_set(why,
			"%s can be read by others and holds a password: run "
			"chmod 600 on it.",
			path);
		return ERR_DENIED;
	}
	e = record_read(path, table, m, why);
	if (e == ERR_MISSING)
		why_set(why, "This terminal is not joined: run faxwire join "
			     "URL with the URL that the relay's "
			     "administrator gave you.");
	return e;
}

enum err membership_write(const char *home, const struct membership *m,
			  struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = atomic_folder(home, why);

	if (e == OK)
		e = atomic_path(path, why, "%s/relays.json", home);
	/* Its place would tell, were it left: this is for tidiness. */
	if (e == OK)
		(void)unlink(path);
	if (e == OK)
		e = atomic_path(path, why, "%s/account.json", home);
	return e == OK ? record_write(path, table, m, why) : e;
}

enum err membership_relays_read(const char *home, const struct membership *m,
				struct membership_relays *r, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = atomic_path(path, why, "%s/relays.json", home);

	memset(r, 0, sizeof(*r));
	if (e == OK)
		e = record_read(path, relays_table, r, why);
	if (e == OK && memcmp(r->place, m->place, sizeof(r->place)) != 0)
		e = ERR_MISSING;
	if (e != OK)
		memset(r, 0, sizeof(*r));
	return e;
}

enum err membership_relays_write(const char *home,
				 const struct membership_relays *r,
				 struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = atomic_path(path, why, "%s/relays.json", home);

	return e == OK ? record_write(path, relays_table, r, why) : e;
}
