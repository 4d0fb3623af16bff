/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cover page says, as a form (fax/sheet.h) that prepare makes a page
 * of: a prepare_file with `sheet` set. Only writes words.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"

/* UTF-8 from anywhere; NULL or empty: left out. */
struct cover {
	const char *to;
	const char *from;
	const char *date; /* as it is to be shown */
	const char *subject;
	const char *text;
	uint32_t pages; /* this one included; 0: left out */
};

/* Writes the form into `fd`, borrowed, from its position on. ERR_LIMIT: more
 * than a cover page can say (SHEET_FORM_MAX); ERR_MEMORY, ERR_SPACE, ERR_IO. */
MUST_CHECK enum err cover_write(const struct cover *c, int fd);
