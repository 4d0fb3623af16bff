/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal as a driverless printer (IPP/2.0, RFC 8010 and 8011; PWG
 * 5100.14): what is printed becomes a fax, or a document of the page that asks
 * to whom it goes. docs/decisions/0016-printing.md says who may do so.
 */
#pragma once

#include <stdbool.h>

#include "web/web.h"

#define PRINTER_PATH "/ipp/print"

enum { PRINTER_URI_SIZE = 320 };

struct http_request;
struct printer;

/* NULL: memory is out. Everything is borrowed. */
struct printer *printer_new(const struct web_parts *parts, struct news *news,
			    bool tls);
/* After the last request is gone. */
void printer_free(struct printer *p);

/* What a program of this machine prints to, "ipp://127.0.0.1:4381/ipp/print",
 * of the page's address; one that is everywhere is here, too. */
void printer_uri(const char *page, char out[PRINTER_URI_SIZE]);

/* Is this path the printer's? */
bool printer_serves(const char *path);

/* As struct http_handlers has them. */
void printer_head(struct printer *p, struct http_request *r);
void printer_whole(struct printer *p, struct http_request *r);
void printer_gone(struct printer *p, struct http_request *r);
