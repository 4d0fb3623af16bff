/* SPDX-License-Identifier: Apache-2.0 */
/* faxwire: the user's command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "cli/commands.h"
#include "store/membership.h"

#define AT(field) offsetof(struct ask_options, field)

/* clang-format off */
static const struct option table[] = {
	{ .key = "home", .kind = OPTION_TEXT, .at = AT(home), .max = 3000,
	  .argument = "DIR", .help = "the terminal's folder" },
	{ .key = "json", .kind = OPTION_FLAG, .at = AT(json),
	  .help = "answers as JSON" },
	{ .key = "wait", .kind = OPTION_FLAG, .at = AT(wait),
	  .help = "send, again: show progress until every page is confirmed" },
	{ .key = "follow", .kind = OPTION_FLAG, .at = AT(follow),
	  .help = "list: go on and show each change, until Ctrl-C" },
	{ .key = "trash", .kind = OPTION_FLAG, .at = AT(trash),
	  .help = "inbox: those in the trash" },
	{ .key = "resolution", .kind = OPTION_TEXT, .at = AT(resolution),
	  .max = 10, .initial = "fine", .argument = "R",
	  .help = "send, preview: standard, fine, 300 or 400" },
	{ .key = "pages", .kind = OPTION_TEXT, .at = AT(pages), .max = 1000,
	  .argument = "LIST",
	  .help = "send, preview: these pages, in this order: 1,3-5,9-" },
	{ .key = "at", .kind = OPTION_TEXT, .at = AT(at), .max = 32,
	  .argument = "TIME",
	  .help = "send: not before HH:MM, or \"YYYY-MM-DD HH:MM\"" },
	{ .key = "cover", .kind = OPTION_TEXT, .at = AT(cover), .max = 4000,
	  .argument = "TEXT", .help = "send: a first page with this text" },
	{ .key = "cover-to", .kind = OPTION_TEXT, .at = AT(cover_to),
	  .max = 400, .argument = "TEXT",
	  .help = "send: to whom that page says it is" },
	{ .key = "cover-from", .kind = OPTION_TEXT, .at = AT(cover_from),
	  .max = 400, .argument = "TEXT", .help = "send: and from whom" },
	{ .key = "cover-subject", .kind = OPTION_TEXT,
	  .at = AT(cover_subject), .max = 400, .argument = "TEXT",
	  .help = "send: and about what" },
	{ .key = "role", .kind = OPTION_LIST, .at = AT(roles), .min = 1,
	  .max = 16, .argument = "ROLE",
	  .help = "user, token: send, read or administer; may come thrice" },
	{ .key = "name", .kind = OPTION_TEXT, .at = AT(name), .max = 128,
	  .argument = "TEXT", .help = "user add: the user's name in full" },
	{ .key = "password-file", .kind = OPTION_TEXT, .at = AT(password_file),
	  .max = 4000, .argument = "FILE",
	  .help = "user: the password is FILE's first line" },
	{ .key = "note", .kind = OPTION_TEXT, .at = AT(note), .max = 1000,
	  .argument = "TEXT", .help = "send, contacts add: a note for yourselves" },
	{ .key = "count", .kind = OPTION_NUMBER, .at = AT(count), .min = 1,
	  .max = 1000000, .initial = "100", .argument = "N",
	  .help = "audit: how many entries" },
	{ .key = "check", .kind = OPTION_FLAG, .at = AT(check),
	  .help = "audit: look whether anything was changed or removed" },
	{ .key = "open", .kind = OPTION_FLAG, .at = AT(open),
	  .help = "page: open it in the browser" },
	{ .key = "output", .kind = OPTION_TEXT, .at = AT(output), .min = 1,
	  .max = 4000, .argument = "FILE",
	  .help = "preview, report: write it to FILE" },
	{ .key = "title", .kind = OPTION_TEXT, .at = AT(title), .max = 120,
	  .argument = "TEXT", .help = "send: its name; else the last file's" },
	{ .key = "priority", .kind = OPTION_TEXT, .at = AT(priority),
	  .max = 10, .initial = "normal", .argument = "P",
	  .help = "send: low, normal or high" },
	{ .key = "give-up", .kind = OPTION_NUMBER, .at = AT(give_up_h),
	  .min = 1, .max = 720, .argument = "HOURS",
	  .help = "send: how long it is tried" },
	{ .key = "hold", .kind = OPTION_FLAG, .at = AT(hold),
	  .help = "send: wait for faxwire release" },
	{ .key = "help", .kind = OPTION_FLAG, .at = AT(help),
	  .help = "show this" },
	{ .key = "version", .kind = OPTION_FLAG, .at = AT(version),
	  .help = "show the version" },
	{ .key = NULL },
};

static const struct {
	const char *name;
	int (*run)(const struct ask_options *o, const char *const *words,
		   size_t count);
	const char *help;
} commands[] = {
	{ "join",   join_command,   "URL          make this machine a member" },
	{ "send",   send_command,   "TO[,TO...] FILE...  send files as one fax; TO: ID, ID@RELAY, +DIGITS" },
	{ "preview", preview_command, "FILE...     what the far end would get, as TIFF" },
	{ "list",   list_command,   "             terminals that can be called" },
	{ "jobs",   jobs_command,   "             what was sent and what waits" },
	{ "cancel", cancel_command, "JOB          take a job back" },
	{ "again",  again_command,  "JOB [TO[,TO...]]  send it again, or to others" },
	{ "report", report_command, "JOB          its delivery report, as PDF" },
	{ "hold",   hold_command,   "JOB          keep a job back" },
	{ "release", release_command, "JOB         let it go" },
	{ "priority", priority_command, "JOB low|normal|high" },
	{ "remove", remove_command, "JOB          forget a job that is over" },
	{ "pause",  pause_command,  "             begin no more jobs" },
	{ "resume", resume_command, "             go on" },
	{ "inbox",  inbox_command,  "             faxes that came" },
	{ "show",   show_command,   "FAX          one fax, and where it lies" },
	{ "mark",   mark_command,   "FAX read|unread" },
	{ "print",  print_command,  "FAX [PRINTER]  on paper, by lp" },
	{ "forward", forward_command, "FAX TO[,TO...]  on to others, point for point" },
	{ "delete", delete_command, "FAX          into the trash" },
	{ "restore", restore_command, "FAX         out of it; faxwire inbox --trash lists them" },
	{ "rules",  rules_command,  "[set FILE | test NAME [FAX]]\n                              what is done with faxes that come" },
	{ "status", status_command, "             this terminal and its relay" },
	{ "page",   page_command,   "             a link that opens the page, once" },
	{ "printer", printer_command, "            the line that makes this terminal a printer" },
	{ "settings", settings_command, "[KEY=VALUE...]  what is set, or set it; KEY= is as at first" },
	{ "user",   user_command,   "add|passwd|roles|remove NAME, or list: who may use the page" },
	{ "token",  token_command,  "add NAME, remove TOKEN, or list: programs that may" },
	{ "contacts", contacts_command, "list, add NAME TO..., remove NAME, import FILE, export" },
	{ "audit",  audit_command,  "             who did what" },
};
/* clang-format on */

static int help(void)
{
	static char text[8192];

	puts("Usage: faxwire [OPTION]... COMMAND\n");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  faxwire %-8s %s\n", commands[i].name,
		       commands[i].help);
	option_help(table, text, sizeof(text));
	printf("\n%s", text);
	return EX_OK;
}

static int run(const struct ask_options *o, const char *const *words,
	       size_t count)
{
	if (o->help || (count > 0 && strcmp(words[0], "help") == 0))
		return help();
	if (o->version) {
		printf("faxwire %s\n", FAXWIRE_VERSION);
		return EX_OK;
	}
	for (size_t i = 0;
	     count > 0 && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(words[0], commands[i].name) == 0)
			return commands[i].run(o, words + 1, count - 1);
	if (count == 0)
		return ask_fail(EX_USAGE, "Say what to do: see faxwire "
					  "--help.");
	return ask_fail(EX_USAGE,
			"\"%.40s\" is no command: see faxwire "
			"--help.",
			words[0]);
}

int main(int argc, char **argv)
{
	const char **words = calloc((size_t)argc, sizeof(*words));
	struct ask_options o = { .json = false };
	struct option_layer layer = { .table = table, .config = &o };
	char home[ATOMIC_PATH_MAX];
	struct why why = { "" };
	size_t count = 0;
	int code;

	if (!words)
		return EX_OSERR;
	option_defaults(table, &o);
	if (option_parse(&layer, argc, argv, words, &count, &why) != OK) {
		code = ask_fail(EX_USAGE, "%s", why.text);
	} else {
		if (!o.home)
			o.home = membership_default_home(home);
		code = run(&o, words, count);
	}
	free(words);
	return code;
}
