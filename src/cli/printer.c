/* SPDX-License-Identifier: Apache-2.0 */
/* How programs print to the terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/commands.h"

static void take_uri(void *owner, const json_t *line)
{
	char **uri = owner;

	if (json_object_get(line, "printer") && !*uri)
		*uri = strdup(ask_text(line, "printer"));
}

int printer_command(const struct ask_options *o, const char *const *words,
		    size_t count)
{
	char *uri = NULL;
	int code;

	(void)words;
	if (count > 0)
		return ask_fail(EX_USAGE,
				"faxwire printer takes no further words.");
	code = ask_terminal(o, json_pack("{s:s}", "command", "printer"), NULL,
			    0, ASK_MS, take_uri, &uri);
	if (code == EX_OK && uri && o->json)
		code = ask_print_json(json_pack("{s:s}", "printer", uri));
	else if (code == EX_OK && uri)
		printf("lpadmin -p fax -E -v %s -m everywhere\n", uri);
	free(uri);
	return code;
}
