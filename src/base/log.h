/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fact per line, logfmt, ids first, to standard error:
 *   level=info call=7f3a caller=ana callee=ben event=connected
 * error: someone must act; warn: a peer behaves oddly; info: calls, logins;
 * debug: the rest. Only the programs' shells log; libraries return.
 * Safe from several threads: one line is one write.
 */
#pragma once

#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_LEVELS };

/* A longer line is cut at a character's border. */
enum { LOG_LINE_MAX = 1024 };

/* Lines above this level are dropped. LOG_INFO at the start. */
void log_set_level(enum log_level level);
/* "error", "warn", "info", "debug"; static storage. */
const char *log_level_name(enum log_level level);
/* LOG_LEVELS when `name` is no level's. */
enum log_level log_level_of(const char *name);

/* `format` makes the line after "level=...". Foreign text must have passed
 * text_printable(); log_value() also quotes it. A control character that
 * came through all the same is written as `?`. */
void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same with ` what=` and the sentence, quoted, at its end. */
void log_sentence(enum log_level level, const char *sentence,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Writes `s` as a logfmt value: as it is when it is a plain word, else in
 * double quotes with `"` and `\` escaped, foreign bytes made printable. What
 * does not fit is cut at a character's border and still quoted in full
 * (out_size >= 3). Returns `out`. */
const char *log_value(const char *s, char *out, size_t out_size);
