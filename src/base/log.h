/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fact per line, logfmt, ids first, to standard error:
 *   level=info call=7f3a caller=ana callee=ben event=connected
 * error: someone must act; warn: a peer behaves oddly; info: calls, logins;
 * debug: the rest. Only the programs' shells log; libraries return.
 * Safe from several threads: one line is one write.
 */
#pragma once

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG, LOG_LEVELS };

/* Lines above this level are dropped. LOG_INFO at the start. */
void log_set_level(enum log_level level);
const char *log_level_name(enum log_level level);

/* `format` makes the line after "level=...". Foreign text must have passed
 * text_printable(); log_value() also quotes it. */
void log_line(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes `s` as a logfmt value: as it is when it is a plain word, else in
 * double quotes with `"` and `\` escaped, foreign bytes made printable.
 * Returns `out`. */
const char *log_value(const char *s, char *out, unsigned long out_size);
