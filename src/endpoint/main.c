/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faxwire-fax: all that reads fax data or TIFF from a stranger, in a process
 * of its own. A terminal program starts it; it is not for people.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "endpoint/call.h"
#include "endpoint/document.h"

static int run_call(int argc, char **argv)
{
	(void)argv;
	return argc == 0 ? call_main() : EX_USAGE;
}

static const struct {
	const char *name;
	/* Both without the program's name and the command's. */
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "call", run_call },
	{ "document", document_main },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (argc > 1 && strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 2, argv + 2);
	fprintf(stderr, "faxwire-fax is started by faxwire-terminal; it does "
			"nothing by itself.\n");
	return EX_USAGE;
}
