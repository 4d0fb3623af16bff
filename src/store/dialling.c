/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dialling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "base/text.h"

enum {
	/* Then a name is resolved anew. */
	FAILURES_MAX = 4,
	PARAMETERS = 10,
};

enum err dialling_init(struct dialling *d, const char *url, struct why *why)
{
	char *wrong = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &wrong);
	char message[200] = "";

	*d = (struct dialling){ .url = NULL };
	if (!options) {
		dialling_message(wrong ? wrong : "", message, sizeof(message));
		PQfreemem(wrong);
		why_set(why, "database: %s.", message);
		return ERR_BAD;
	}
	PQconninfoFree(options);
	d->url = strdup(url);
	return d->url ? OK : ERR_MEMORY;
}

void dialling_fini(struct dialling *d)
{
	free(d->url);
}

/* Those before the URL yield to it; those after it do not. */
static PGconn *start(const struct dialling *d, const char *address,
		     PGconn *(*with)(const char *const *, const char *const *,
				     int))
{
	const char *keys[PARAMETERS] = {
		"fallback_application_name",
		/* After a failover the name may lead to a standby. */
		"target_session_attrs",
		/* Its library resolves names, too. */
		"gssencmode",
		"connect_timeout",
		"dbname",
		"client_encoding",
	};
	const char *values[PARAMETERS] = { "faxwire-relay", "read-write",
					   "disable",	    "5",
					   d->url,	    "UTF8" };

	if (*address) {
		keys[6] = "hostaddr";
		values[6] = address;
	}
	return with(keys, values, 1);
}

PGconn *dialling_start(struct dialling *d)
{
	if (++d->failures > FAILURES_MAX)
		d->address[0] = '\0';
	return start(d, d->address, PQconnectStartParams);
}

void dialling_no_notice(void *owner, const char *message)
{
	(void)owner;
	(void)message;
}

PGconn *dialling_wait(const struct dialling *d)
{
	PGconn *conn = start(d, "", PQconnectdbParams);

	PQsetNoticeProcessor(conn, dialling_no_notice, NULL);
	return conn;
}

/* A list of hosts is left to libpq: the next one may be wanted. */
void dialling_succeeded(struct dialling *d, const PGconn *conn)
{
	const char *address = PQhostaddr(conn);
	const char *host = PQhost(conn);

	d->failures = 0;
	d->address[0] = '\0';
	if (address && *address && host && *host && !strchr(d->url, ','))
		(void)text_copy(d->address, sizeof(d->address), address);
}

void dialling_message(const char *message, char *out, size_t size)
{
	char line[400];
	size_t len;

	snprintf(line, sizeof(line), "%s", message ? message : "");
	len = strcspn(line, "\n");
	while (len > 0 && (line[len - 1] == '.' || line[len - 1] == ' '))
		len--;
	line[len] = '\0';
	text_printable(line, strlen(line), out, size);
}

enum err dialling_err(const char *sqlstate)
{
	/* A class, or a whole code: PostgreSQL's appendix A. */
	static const struct {
		const char *begins;
		enum err is;
	} kinds[] = {
		{ "23", ERR_EXISTS },	   { "53100", ERR_SPACE },
		{ "53200", ERR_MEMORY },   { "53", ERR_LIMIT },
		{ "42501", ERR_DENIED },   { "25006", ERR_DENIED },
		{ "28", ERR_DENIED },	   { "42P01", ERR_UNSUPPORTED },
		{ "57014", ERR_TIMEOUT },  { "57P", ERR_CLOSED },
		{ "08", ERR_CLOSED },	   { "40", ERR_CLOSED },
		{ "3D", ERR_UNSUPPORTED },
	};

	if (!sqlstate)
		return ERR_CLOSED;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(sqlstate, kinds[i].begins,
			    strlen(kinds[i].begins)) == 0)
			return kinds[i].is;
	return ERR_IO;
}
