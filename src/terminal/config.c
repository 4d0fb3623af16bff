/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal/config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/header.h"
#include "base/log.h"
#include "base/option.h"
#include "core/pattern.h"
#include "io/smtp.h"
#include "store/membership.h"
#include "terminal/settings.h"

#define AT(field) offsetof(struct config, field)

/* clang-format off */
static const struct option table[] = {
	{ .key = "config", .kind = OPTION_TEXT, .at = AT(file), .max = 4096,
	  .argument = "FILE", .help = "read settings (key = value) from FILE",
	  .command_line_only = true },
	{ .key = "home", .kind = OPTION_TEXT, .at = AT(home), .max = 3000,
	  .argument = "DIR", .help = "keep account, jobs and inbox in DIR" },
	{ .key = "name", .kind = OPTION_TEXT, .at = AT(name), .max = 20,
	  .initial = "", .argument = "TEXT",
	  .help = "what far terminals are shown (the user ID unless set)",
	  .live = true },
	{ .key = "header", .kind = OPTION_FLAG, .at = AT(header),
	  .initial = "yes",
	  .help = "a line above each page sent: date, sender, page",
	  .live = true },
	{ .key = "header-text", .kind = OPTION_TEXT, .at = AT(header_text),
	  .max = 50, .initial = "", .argument = "TEXT",
	  .help = "the sender in that line (the name unless set)",
	  .live = true },
	{ .key = "proxy", .kind = OPTION_TEXT, .at = AT(proxy),
	  .max = PROXY_URL_MAX, .initial = "", .argument = "URL",
	  .help = "go out by http://HOST:PORT or socks5://HOST:PORT; none" },
	{ .key = "spares", .kind = OPTION_NUMBER, .at = AT(spares),
	  .min = 0, .max = 64, .initial = "1", .argument = "N",
	  .help = "idle connections to keep beside calls",
	  .live = true },
	{ .key = "connections", .kind = OPTION_NUMBER, .at = AT(connections),
	  .min = 1, .max = 128, .initial = "64", .argument = "N",
	  .help = "connections held at most" },
	{ .key = "pace", .kind = OPTION_TEXT, .at = AT(pace), .max = 8,
	  .initial = "unpaced", .argument = "PACE",
	  .help = "unpaced, or line for the speed of a telephone line" },
	{ .key = "give-up", .kind = OPTION_NUMBER, .at = AT(give_up_h),
	  .min = 1, .max = 720, .initial = "24", .argument = "HOURS",
	  .help = "how long a job is tried",
	  .live = true },
	{ .key = "busy-tries", .kind = OPTION_NUMBER, .at = AT(busy_tries),
	  .min = 0, .max = 10000, .initial = "0", .argument = "N",
	  .help = "give up who is busy N times; 0: as give-up says",
	  .live = true },
	{ .key = "offline-hours", .kind = OPTION_NUMBER, .at = AT(offline_h),
	  .min = 0, .max = 720, .initial = "0", .argument = "HOURS",
	  .help = "give up who is away so long; 0: as give-up says",
	  .live = true },
	{ .key = "fault-tries", .kind = OPTION_NUMBER, .at = AT(fault_tries),
	  .min = 1, .max = 100, .initial = "5", .argument = "N",
	  .help = "give up a fax that goes wrong itself N times",
	  .live = true },
	{ .key = "refuse", .kind = OPTION_FLAG, .at = AT(refuse),
	  .help = "take no faxes, only send",
	  .live = true },
	{ .key = "allow", .kind = OPTION_LIST, .at = AT(allow),
	  .min = 1, .max = 80, .argument = "WHO",
	  .help = "take faxes from these alone (ID, ID@RELAY, begin*)",
	  .live = true },
	{ .key = "keep-documents", .kind = OPTION_NUMBER,
	  .at = AT(keep_documents_d), .min = 0, .max = 3650,
	  .initial = "30", .argument = "DAYS",
	  .help = "keep the pages of jobs that are over, to send them again",
	  .live = true },
	{ .key = "keep-jobs", .kind = OPTION_NUMBER, .at = AT(keep_jobs_d),
	  .min = 1, .max = 3650, .initial = "90", .argument = "DAYS",
	  .help = "how long jobs that are over are listed",
	  .live = true },
	{ .key = "keep-audit", .kind = OPTION_NUMBER, .at = AT(keep_audit_d),
	  .min = 1, .max = 36500, .initial = "3650", .argument = "DAYS",
	  .help = "how long the audit log is kept" },
	{ .key = "keep-faxes", .kind = OPTION_NUMBER, .at = AT(keep_faxes_d),
	  .min = 0, .max = 36500, .initial = "0", .argument = "DAYS",
	  .help = "faxes that were read go to the trash then; 0: never",
	  .live = true },
	{ .key = "keep-trash", .kind = OPTION_NUMBER, .at = AT(keep_trash_d),
	  .min = 1, .max = 36500, .initial = "30", .argument = "DAYS",
	  .help = "what is in the trash, and drafts nobody sent, go then",
	  .live = true },
	{ .key = "page", .kind = OPTION_TEXT, .at = AT(page), .max = 255,
	  .initial = "", .argument = "ADDR:PORT",
	  .help = "where the page listens (127.0.0.1:4381); none: nowhere" },
	{ .key = "page-certificate", .kind = OPTION_TEXT,
	  .at = AT(page_certificate), .max = 4000, .initial = "",
	  .argument = "FILE", .help = "the page's TLS certificate chain, PEM" },
	{ .key = "page-key", .kind = OPTION_TEXT, .at = AT(page_key),
	  .max = 4000, .initial = "", .argument = "FILE",
	  .help = "its private key, PEM" },
	{ .key = "printing", .kind = OPTION_TEXT, .at = AT(printing), .max = 8,
	  .initial = "drafts", .argument = "WHAT",
	  .help = "off; drafts: what is printed asks to whom; send: at once",
	  .live = true },
	{ .key = "smtp", .kind = OPTION_TEXT, .at = AT(smtp),
	  .max = SMTP_URL_MAX, .initial = "", .argument = "URL",
	  .help = "mails go by smtp://HOST:PORT or smtps://HOST:PORT",
	  .live = true, .secret = true },
	{ .key = "smtp-from", .kind = OPTION_TEXT, .at = AT(smtp_from),
	  .max = HEADER_ADDRESS_MAX, .initial = "", .argument = "ADDRESS",
	  .help = "the sender of mails",
	  .live = true },
	{ .key = "smtp-ca", .kind = OPTION_TEXT, .at = AT(smtp_ca),
	  .max = 4096, .initial = "", .argument = "FILE",
	  .help = "certificates that the mail server may have" },
	{ .key = "smtp-plain", .kind = OPTION_FLAG, .at = AT(smtp_plain),
	  .help = "use a mail server without TLS" },
	{ .key = "deliver-days", .kind = OPTION_NUMBER,
	  .at = AT(deliver_d), .min = 1, .max = 365, .initial = "7",
	  .argument = "DAYS", .help = "how long a rule is tried",
	  .live = true },
	{ .key = "allow-programs", .kind = OPTION_FLAG,
	  .at = AT(allow_programs),
	  .help = "rules may run programs" },
	{ .key = "fax-program", .kind = OPTION_TEXT, .at = AT(fax_program),
	  .max = 4096, .argument = "FILE",
	  .help = "the fax engine, when it is not where it was installed" },
	{ .key = "log-level", .kind = OPTION_TEXT, .at = AT(log_level), .max = 8,
	  .initial = "info", .argument = "LEVEL",
	  .help = "error, warn, info or debug" },
	{ .key = "help", .kind = OPTION_FLAG, .at = AT(help),
	  .command_line_only = true, .help = "show this" },
	{ .key = "version", .kind = OPTION_FLAG, .at = AT(version),
	  .command_line_only = true, .help = "show the version" },
	{ .key = NULL },
};
/* clang-format on */

/* Beside us in a build folder; else where it is installed. */
static const char *find_fax_program(void)
{
	static char path[ATOMIC_PATH_MAX];
	char self[ATOMIC_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (n > 0) {
		self[n] = '\0';
		slash = strrchr(self, '/');
		*slash = '\0';
		if (atomic_path(path, NULL, "%s/../endpoint/faxwire-fax",
				self) == OK &&
		    access(path, X_OK) == 0)
			return path;
		if (atomic_path(path, NULL, "%s/../libexec/faxwire/faxwire-fax",
				self) == OK &&
		    access(path, X_OK) == 0)
			return path;
	}
	return FAXWIRE_LIBEXEC "/faxwire/faxwire-fax";
}

static enum err check_mail(const struct config *c, struct why *why)
{
	struct smtp_server server;
	struct why wrong = { "" };
	enum err e;

	if (!*c->smtp)
		return OK;
	e = smtp_decode(&server, c->smtp, c->smtp_plain, &wrong);
	if (e != OK) {
		why_set(why, "smtp: %s", wrong.text);
		return e;
	}
	if (header_address_valid(c->smtp_from))
		return OK;
	why_set(why, "smtp-from: mails need a sender's address, as "
		     "fax@office.example.");
	return ERR_BAD;
}

static enum err check(const struct config *c, struct why *why)
{
	if (strcmp(c->pace, "unpaced") != 0 && strcmp(c->pace, "line") != 0) {
		why_set(why, "pace: must be unpaced or line.");
		return ERR_BAD;
	}
	if (strcmp(c->printing, "off") != 0 &&
	    strcmp(c->printing, "drafts") != 0 &&
	    strcmp(c->printing, "send") != 0) {
		why_set(why, "printing: must be off, drafts or send.");
		return ERR_BAD;
	}
	if (log_level_of(c->log_level) >= LOG_LEVELS) {
		why_set(why, "log-level: must be error, warn, info or debug.");
		return ERR_BAD;
	}
	return check_mail(c, why);
}

static enum err take_proxy(struct config *c, struct why *why)
{
	struct why wrong = { "" };
	enum err e;

	if (!*c->proxy)
		return proxy_from_environment(&c->way_out, why);
	memset(&c->way_out, 0, sizeof(c->way_out));
	if (strcmp(c->proxy, "none") == 0)
		return OK;
	e = proxy_decode(&c->way_out, c->proxy, &wrong);
	if (e != OK)
		why_set(why, "proxy: %s", wrong.text);
	return e;
}

static enum err parse(struct option_layer *l, int argc, char **argv,
		      struct why *why)
{
	const char **words = calloc((size_t)argc, sizeof(*words));
	size_t count = 0;
	enum err e;

	if (!words)
		return ERR_MEMORY;
	e = option_parse(l, argc, argv, words, &count, why);
	if (e == OK && count > 0) {
		why_set(why,
			"\"%.40s\" is not understood: faxwire-terminal "
			"takes options only (see --help).",
			words[0]);
		e = ERR_BAD;
	}
	free(words);
	return e;
}

/* Defaults, then what the page has set, then the file, then the command line.
 * `c` has the last two's names of file and home. */
static enum err fill(struct config *c, const json_t *settings, struct why *why)
{
	const struct config known = *c;
	struct option_layer file = { .table = table, .config = c };
	struct option_layer line = file;
	enum err e;

	memset(c, 0, sizeof(*c));
	c->argc = known.argc;
	c->argv = known.argv;
	option_defaults(table, c);
	e = settings_apply(settings, table, c, why);
	if (e == OK && known.file)
		e = option_read_file(&file, known.file, why);
	if (e == OK)
		e = parse(&line, c->argc, c->argv, why);
	c->fixed = file.set | line.set;
	if (!c->home)
		c->home = known.home;
	if (!c->fax_program)
		c->fax_program = find_fax_program();
	if (e == OK)
		e = check(c, why);
	return e == OK ? take_proxy(c, why) : e;
}

/* Command line and file alone say where the home is. */
static enum err find_home(struct config *c, struct why *why)
{
	static char home[ATOMIC_PATH_MAX];
	struct option_layer line = { .table = table, .config = c };
	struct option_layer file = line;
	enum err e;

	option_defaults(table, c);
	e = parse(&line, c->argc, c->argv, why);
	if (e == OK && c->file && !c->home)
		e = option_read_file(&file, c->file, why);
	if (e == OK && !c->home)
		c->home = membership_default_home(home);
	return e;
}

enum err config_read(struct config *c, int argc, char **argv, struct why *why)
{
	json_t *settings = NULL;
	enum err e;

	*c = (struct config){ .argc = argc, .argv = argv };
	e = find_home(c, why);
	if (e == OK && (c->help || c->version))
		return OK;
	if (e == OK)
		e = settings_load(c->home, &settings, why);
	if (e == OK)
		e = fill(c, settings, why);
	json_decref(settings);
	return e;
}

/* --- at run time --- */

json_t *config_settings(const struct config *c)
{
	return settings_list(table, c, c->fixed);
}

/* What is set from now on; NULL: see `why`. */
static json_t *merge(const struct config *c, const json_t *changes,
		     struct why *why)
{
	json_t *all, *value;
	const char *key;

	if (settings_load(c->home, &all, why) != OK)
		return NULL;
	json_object_foreach((json_t *)(uintptr_t)changes, key, value)
	{
		if (json_is_null(value))
			json_object_del(all, key);
		else if (!settings_keeps(table, key, value))
			json_object_set(all, key, value);
	}
	return all;
}

/* What is set there would never be seen. */
static enum err check_fixed(const struct config *c, const json_t *changes,
			    struct why *why)
{
	const struct option_layer l = { .table = table, .set = c->fixed };

	for (const struct option *o = table; o->key; o++) {
		if (!o->live || !option_is_set(&l, o) ||
		    !json_object_get(changes, o->key))
			continue;
		why_set(why,
			"%s: is set in the terminal's configuration file, or "
			"on its command line: change it there.",
			o->key);
		return ERR_DENIED;
	}
	return OK;
}

/* `next` as `c` would be; *all, the caller's own, as the file would say it. */
static enum err prepare(const struct config *c, const json_t *changes,
			struct config *next, json_t **all, struct why *why)
{
	enum err e = check_fixed(c, changes, why);

	*next = *c;
	*all = NULL;
	if (e != OK)
		return e;
	*all = merge(c, changes, why);
	return *all ? fill(next, *all, why) : ERR_IO;
}

enum err config_may_change(const struct config *c, const json_t *changes,
			   struct why *why)
{
	struct config next;
	json_t *all;
	enum err e = prepare(c, changes, &next, &all, why);

	json_decref(all);
	return e;
}

enum err config_change(struct config *c, const json_t *changes, struct why *why)
{
	struct config next;
	json_t *all;
	enum err e = prepare(c, changes, &next, &all, why);

	if (e == OK)
		e = settings_save(c->home, all, why);
	if (e == OK)
		option_take_live(table, c, &next);
	if (e == OK)
		c->fixed = next.fixed;
	json_decref(all);
	return e;
}

void config_help(void)
{
	static char text[8192];

	option_help(table, text, sizeof(text));
	printf("Usage: faxwire-terminal [OPTION]...\n\n"
	       "This machine's fax terminal: holds its connections to the "
	       "relay, sends what\n`faxwire send` gives it, and receives into "
	       "its inbox. Join first:\nfaxwire join URL.\n\n%s",
	       text);
}
