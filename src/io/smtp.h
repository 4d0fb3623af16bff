/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands one mail to a mail server (SMTP submission), by libcurl. It blocks:
 * curl waits for a server's last word on a mail in place, so this is for a
 * child of its own, never for a process with a loop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { SMTP_URL_MAX = 1000, SMTP_NAME_MAX = 300 };

struct smtp_server {
	char url[SMTP_URL_MAX + 1]; /* it may hold a password: never shown */
	char name[SMTP_NAME_MAX];   /* "mail.example, port 587" */
	bool plain;		    /* no TLS at all */
	const char *ca;		    /* file of certificates; NULL: system's */
};

/* Reads smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://...; signs in user and
 * password may be written as %XX. TLS is required (STARTTLS with smtp) and
 * the certificate checked, unless `plain`: then no password is taken. ERR_BAD
 * with a sentence that repeats nothing of the text; ERR_MEMORY. */
MUST_CHECK enum err smtp_decode(struct smtp_server *s, const char *text,
				bool plain, struct why *why);

/* All borrowed. Addresses as header_address_valid() has them. */
struct smtp_message {
	const char *from;
	const char *const *to;
	size_t to_count;
	const char *subject; /* one line; made safe here */
	const char *body;    /* UTF-8, lines end with \n */
	const char *id;	     /* letters, digits, - and .: one a message */
	const char *file;    /* attachment; NULL: none */
	const char *file_name;
	const char *file_type; /* "application/pdf" */
};

enum smtp_end {
	SMTP_SENT,    /* the server has taken it for all */
	SMTP_AGAIN,   /* not reached, or "not now" (4xx) */
	SMTP_REFUSED, /* it said no (5xx), or what it was told is wrong */
};

/* `why` says how it went, with what the server said. */
enum smtp_end smtp_send(const struct smtp_server *server,
			const struct smtp_message *m, long timeout_s,
			struct why *why);
