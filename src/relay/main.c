/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire-relay: the relay server, and its administration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "relay/accounts.h"
#include "relay/ask.h"
#include "relay/config.h"
#include "relay/control.h"
#include "relay/databases.h"

static int serve(const struct config *c)
{
	struct why why = { "" };
	enum err e;

	log_set_level(log_level_of(c->log_level));
	e = control_run(c, &why);
	if (e != OK)
		fprintf(stderr, "faxwire-relay: %s\n",
			*why.text ? why.text : err_text(e));
	return err_exit_code(e);
}

static int run(const struct config *c, const char *const *words, size_t count)
{
	if (count == 0)
		return serve(c);
	if (strcmp(words[0], "account") == 0)
		return accounts_command(c, words + 1, count - 1);
	if (strcmp(words[0], "database") == 0)
		return databases_command(c, words + 1, count - 1);
	if (count == 1 && strcmp(words[0], "status") == 0)
		return ask_status(c);
	if (count == 1 && strcmp(words[0], "peers") == 0)
		return ask_peers(c);
	if (count == 1 && strcmp(words[0], "calls") == 0)
		return ask_calls(c);
	if (count == 1 && strcmp(words[0], "drain") == 0)
		return ask_drain(c);
	fprintf(stderr,
		"faxwire-relay: \"%.40s\" is no command: see faxwire-relay "
		"--help.\n",
		words[0]);
	return EX_USAGE;
}

int main(int argc, char **argv)
{
	const char **words = calloc((size_t)argc, sizeof(*words));
	struct config config;
	struct why why = { "" };
	size_t count = 0;
	int code;

	if (!words)
		return EX_OSERR;
	if (config_read(&config, argc, argv, words, &count, &why) != OK) {
		fprintf(stderr, "faxwire-relay: %s\n", why.text);
		code = EX_USAGE;
	} else if (config.help) {
		config_help();
		code = EX_OK;
	} else if (config.version) {
		printf("faxwire-relay %s\n", FAXWIRE_VERSION);
		code = EX_OK;
	} else {
		code = run(&config, words, count);
	}
	free(words);
	return code;
}
