/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the printer says of itself (RFC 8011 5.4, PWG 5100.14 section 5): what
 * CUPS makes a queue of. It changes nothing.
 */
#pragma once

#include "web/printvisit.h"

/* Adds what was asked for. */
void portrait_paint(struct printvisit *v, struct ippdata *m);

/* Whether a document of this kind can be printed. */
bool portrait_takes(const char *format);

/* "urn:uuid:..." of the printer, or of its job of this number. */
enum { PORTRAIT_UUID_SIZE = 46 };
const char *portrait_uuid(const struct printvisit *v, int job,
			  char out[PORTRAIT_UUID_SIZE]);
