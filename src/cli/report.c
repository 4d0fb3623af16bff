/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire report: what has become of a job, as fax machines print it. */
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/output.h"

int report_command(const struct ask_options *o, const char *const *words,
		   size_t count)
{
	char name[80];
	const char *path = o->output ? o->output : name;
	int fd, code;

	if (count != 1)
		return ask_fail(EX_USAGE, "Say: faxwire report JOB, with an ID "
					  "from faxwire jobs.");
	snprintf(name, sizeof(name), "report-%.40s.pdf", words[0]);
	if (output_is_free(path) != EX_OK)
		return EX_CANTCREAT;
	fd = output_open("report");
	if (fd < 0)
		return EX_OSERR;
	code = ask_terminal(
		o,
		json_pack("{s:s, s:s}", "command", "report", "job", words[0]),
		&fd, 1, ASK_MS, NULL, NULL);
	if (code == EX_OK)
		code = output_save(fd, path);
	close(fd);
	if (code == EX_OK && o->json)
		return ask_print_json(json_pack("{s:s}", "report", path));
	if (code == EX_OK)
		printf("The report is in %s.\n", path);
	return code;
}
