/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "cli/commands.h"
#include "io/local.h"
#include "io/random.h"
#include "store/atomic.h"
#include "store/membership.h"
#include "wire/address.h"

enum { LOGIN_TRIES = 100, TRY_MS = 100 };

static void fill(struct membership *m, const struct address_join *j)
{
	struct address_relays others = { .count = 0 };

	membership_init(m, j->id, j->secret, j->relays.at[0].host,
			j->relays.at[0].port, j->pinned ? j->pin : NULL);
	for (size_t i = 1; i < j->relays.count; i++)
		others.at[others.count++] = j->relays.at[i];
	/* Its room is for all that a join URL may name but the first. */
	(void)address_relays_encode(&others, m->others, sizeof(m->others));
	random_bytes(m->place, sizeof(m->place));
}

struct state {
	bool online;
	char trouble[600];
};

static void take_status(void *owner, const json_t *line)
{
	struct state *s = owner;

	if (!json_object_get(line, "online"))
		return;
	s->online = json_is_true(json_object_get(line, "online"));
	snprintf(s->trouble, sizeof(s->trouble), "%s",
		 ask_text(line, "trouble"));
}

static int say_joined(const char *how, const struct address_join *j)
{
	printf("Joined as %s at %s, port %u. %s\n", j->id, j->relays.at[0].host,
	       j->relays.at[0].port, how);
	return EX_OK;
}

/* A terminal that runs takes the new membership at once: see that it works. */
static int try_it(const struct ask_options *o, const struct address_join *j)
{
	const struct timespec pause = { .tv_nsec = TRY_MS * 1000000L };
	struct state s = { .online = false };
	int code = ask_terminal(o, json_pack("{s:s}", "command", "rejoin"),
				NULL, 0, ASK_MS, NULL, NULL);

	/* The old connections, if there were any, go first. */
	for (int i = 0; code == EX_OK && i < LOGIN_TRIES; i++) {
		nanosleep(&pause, NULL);
		code = ask_terminal(o, json_pack("{s:s}", "command", "status"),
				    NULL, 0, ASK_MS, take_status, &s);
		if (s.online)
			return say_joined("The terminal is logged in.", j);
		if (*s.trouble)
			break;
	}
	if (code != EX_OK)
		return code;
	return ask_fail(EX_UNAVAILABLE, "%s",
			*s.trouble ? s.trouble
				   : "The relay has not answered yet; the "
				     "terminal goes on trying: see faxwire "
				     "status.");
}

static bool is_running(const struct ask_options *o)
{
	static struct local_client client;
	char path[ATOMIC_PATH_MAX];

	if (atomic_path(path, NULL, "%s/control", o->home) != OK ||
	    local_connect(&client, path) != OK)
		return false;
	local_close(&client);
	return true;
}

int join_command(const struct ask_options *o, const char *const *words,
		 size_t count)
{
	struct address_join j;
	struct membership m;
	struct why why = { "" };
	enum err e;

	if (count != 1)
		return ask_fail(EX_USAGE, "Say: faxwire join URL, with the "
					  "URL that the relay's administrator "
					  "gave you.");
	if (address_join_decode(&j, words[0], &why) != OK)
		return ask_fail(EX_DATAERR, "%s", why.text);
	fill(&m, &j);
	e = membership_write(o->home, &m, &why);
	if (e != OK)
		return ask_fail(err_exit_code(e), "%s", why.text);
	if (is_running(o))
		return try_it(o, &j);
	return say_joined("Start the terminal: faxwire-terminal.", &j);
}
