/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The header of a mail (RFC 5322) from text that may be foreign: nothing in it
 * can begin another line or another field.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { HEADER_ADDRESS_MAX = 254 /* RFC 5321 4.5.3.1.3, without < and > */ };

/* local@domain (RFC 5321 section 4.1.2): a dot-string of ASCII and host name
 * or address in brackets. No quoted local parts. */
bool header_address_valid(const char *text);

/* "Name: text" as it stands in the header, without the line's end. What is
 * not plain ASCII, or is long, becomes encoded words (RFC 2047), a line each.
 * The text is made printable first. False: it does not fit. */
bool header_text(const char *name, const char *text, char *out, size_t size);
