/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/moving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "store/portable.h"

enum { PAGE = 500, LINE_MAX_LENGTH = 65536 };

static int fail(int code, const char *what, const char *sentence)
{
	fprintf(stderr, "faxwire-relay: %s: %s\n", what, sentence);
	return code;
}

/* --- out --- */

struct page {
	struct database_result r; /* first: it is the owner */
	FILE *to;
	bool bad;
};

static void write_one(void *owner, const struct database_answer *a)
{
	struct page *p = owner;
	char *line = portable_encode(a->account);

	if (!line || fprintf(p->to, "%s\n", line) < 0)
		p->bad = true;
	free(line);
}

static enum err write_all(struct database *d, FILE *to, const char **sentence)
{
	static struct page p;
	char after[33] = "";
	enum err e;

	p.to = to;
	do {
		database_accounts(d, after, PAGE,
				  database_each_into(&p.r, write_one));
		e = database_wait(d, &p.r);
		if (p.r.found)
			memcpy(after, p.r.account.id, sizeof(after));
	} while (e == OK && !p.bad && p.r.count == PAGE);
	*sentence = p.r.why.text;
	if (e != OK)
		return e;
	*sentence = strerror(errno);
	if (p.bad || fflush(to) != 0)
		return ERR_IO;
	return OK;
}

int moving_export(struct database *d, const char *file)
{
	const char *sentence = "";
	FILE *to = stdout;
	int fd = -1;
	enum err e;

	if (file) {
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		/* It may have been there, for others to read. */
		if (fd < 0 || fchmod(fd, 0600) != 0)
			return fail(EX_CANTCREAT, file, strerror(errno));
		to = fdopen(fd, "w");
		if (!to)
			return fail(EX_OSERR, file, strerror(errno));
	}
	e = write_all(d, to, &sentence);
	if (e == OK && file && fsync(fd) != 0) {
		e = ERR_IO;
		sentence = strerror(errno);
	}
	if (file && fclose(to) != 0)
		e = ERR_IO;
	return e == OK ? EX_OK
		       : fail(EX_IOERR, file ? file : "export", sentence);
}

/* --- in --- */

static enum err take_line(struct database_import *i, char *line,
			  uint64_t number, struct why *why)
{
	static struct database_account a;
	size_t len = strcspn(line, "\n");
	enum err e;

	if (len == 0)
		return OK;
	if (len > LINE_MAX_LENGTH) {
		why_set(why, "the line is too long.");
		return ERR_BAD;
	}
	e = portable_decode(line, len, &a, why);
	if (e == OK)
		database_import_add(i, &a, number);
	return e;
}

static enum err take_lines(struct database_import *i, FILE *from,
			   uint64_t *number, struct why *why)
{
	char *line = NULL;
	size_t room = 0;
	enum err e = OK;

	while (e == OK && getline(&line, &room, from) > 0)
		e = take_line(i, line, ++*number, why);
	if (e == OK && ferror(from)) {
		why_set(why, "%s.", strerror(errno));
		e = ERR_IO;
	}
	free(line);
	return e;
}

static int fail_line(const char *name, uint64_t number, int code,
		     const char *sentence)
{
	fprintf(stderr, "faxwire-relay: %s:%llu: %s Nothing was imported.\n",
		name, (unsigned long long)number, sentence);
	return code;
}

static int take_file(struct database *d, FILE *from, const char *name,
		     bool replace)
{
	struct database_import *i = database_import_new(replace);
	struct database_result r;
	struct why why = { "" };
	uint64_t number = 0;
	enum err e;

	if (!i)
		return EX_OSERR;
	if (take_lines(i, from, &number, &why) != OK) {
		database_import_free(i);
		return fail_line(name, number, EX_DATAERR, why.text);
	}
	database_import_commit(d, i, database_into(&r));
	e = database_wait(d, &r);
	if (e == ERR_EXISTS)
		return fail_line(name, r.number, EX_CANTCREAT,
				 "There is such an account, or such a number, "
				 "already.");
	if (e != OK)
		return fail(EX_IOERR, name, r.why.text);
	return EX_OK;
}

int moving_import(struct database *d, const char *file, bool replace)
{
	FILE *from = file ? fopen(file, "re") : stdin;
	int code;

	if (!from)
		return fail(EX_NOINPUT, file, strerror(errno));
	code = take_file(d, from, file ? file : "standard input", replace);
	if (file)
		fclose(from);
	return code;
}
