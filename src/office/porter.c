/* SPDX-License-Identifier: Apache-2.0 */
#include "office/porter.h"

#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "core/rules.h"
#include "io/smtp.h"
#include "store/filing.h"

static const char *text_of(const json_t *in, const char *key)
{
	const char *text = json_string_value(json_object_get(in, key));

	return text ? text : "";
}

static const char *text_or_null(const json_t *in, const char *key)
{
	return json_string_value(json_object_get(in, key));
}

static int carry_mail(const json_t *in, struct why *why)
{
	const char *to[RULES_ITEMS_MAX];
	const json_t *list = json_object_get(in, "to");
	struct smtp_server server;
	struct smtp_message m = {
		.from = text_of(in, "from"),
		.to = to,
		.subject = text_of(in, "subject"),
		.body = text_of(in, "body"),
		.id = text_of(in, "id"),
		.file = text_or_null(in, "file"),
		.file_name = text_of(in, "file_name"),
		.file_type = text_of(in, "file_type"),
	};

	for (;
	     m.to_count < json_array_size(list) && m.to_count < RULES_ITEMS_MAX;
	     m.to_count++) {
		to[m.to_count] =
			json_string_value(json_array_get(list, m.to_count));
		if (!to[m.to_count])
			return EX_USAGE;
	}
	if (smtp_decode(&server, text_of(in, "url"),
			json_is_true(json_object_get(in, "plain")), why) != OK)
		return EX_DATAERR;
	server.ca = text_or_null(in, "ca");
	switch (smtp_send(&server, &m, PORTER_MAIL_S, why)) {
	case SMTP_SENT:
		return EX_OK;
	case SMTP_AGAIN:
		return EX_TEMPFAIL;
	case SMTP_REFUSED:
		break;
	}
	return EX_DATAERR;
}

static int carry_to_folder(const json_t *in, struct why *why)
{
	const struct filing f = {
		.from = text_of(in, "from"),
		.folder = text_of(in, "folder"),
		.name = text_of(in, "name"),
		.word = text_of(in, "word"),
		.mode = (mode_t)json_integer_value(json_object_get(in, "mode")),
		.again = json_is_true(json_object_get(in, "again")),
	};
	char name[FILING_NAME_MAX + 1];
	enum err e = filing_put(&f, name, why);

	if (e == OK)
		why_set(why, "Filed as %s.", name);
	/* A share that is away, a disk that is full: all of it may pass. */
	return e == OK ? EX_OK : EX_TEMPFAIL;
}

int porter_main(void)
{
	json_t *in = json_loadf(stdin, 0, NULL);
	const char *what = text_of(in, "do");
	struct why why = { "This is for faxwire-terminal alone." };
	int code = EX_USAGE;

	if (strcmp(what, "mail") == 0)
		code = carry_mail(in, &why);
	else if (strcmp(what, "folder") == 0)
		code = carry_to_folder(in, &why);
	json_decref(in);
	puts(why.text);
	return fflush(stdout) == 0 ? code : EX_IOERR;
}
