/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire-terminal: this machine's fax terminal. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "terminal/config.h"
#include "daemon/daemon.h"
#include "office/porter.h"

static int run(struct config *c)
{
	struct why why = { "" };
	enum err e;

	log_set_level(log_level_of(c->log_level));
	e = daemon_run(c, &why);
	if (e != OK)
		fprintf(stderr, "faxwire-terminal: %s\n",
			*why.text ? why.text : err_text(e));
	return err_exit_code(e);
}

int main(int argc, char **argv)
{
	struct config config;
	struct why why = { "" };

	if (argc == 2 && strcmp(argv[1], "porter") == 0)
		return porter_main();
	if (config_read(&config, argc, argv, &why) != OK) {
		fprintf(stderr, "faxwire-terminal: %s\n", why.text);
		return EX_USAGE;
	}
	if (config.help) {
		config_help();
		return EX_OK;
	}
	if (config.version) {
		printf("faxwire-terminal %s\n", FAXWIRE_VERSION);
		return EX_OK;
	}
	return run(&config);
}
