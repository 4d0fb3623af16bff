/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <assert.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static const char *const names[LOG_LEVELS] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static atomic_int shown = LOG_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&shown, (int)level);
}

const char *log_level_name(enum log_level level)
{
	return names[level];
}

enum log_level log_level_of(const char *name)
{
	enum log_level level = LOG_ERROR;

	while (level < LOG_LEVELS && strcmp(name, log_level_name(level)) != 0)
		level++;
	return level;
}

void log_line(enum log_level level, const char *format, ...)
{
	char line[LOG_LINE_MAX + 1]; /* the newline takes the NUL's place */
	ssize_t written;
	va_list args;
	size_t len;
	int n;

	if ((int)level > atomic_load(&shown))
		return;
	n = snprintf(line, sizeof(line), "level=%s ", names[level]);
	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
	va_end(args);
	text_mend_cut(line);
	text_printable(line, strlen(line), line, sizeof(line) - 1);
	len = strlen(line);
	line[len] = '\n';
	written = write(STDERR_FILENO, line, len + 1);
	(void)written; /* there is nowhere to say that the log is gone */
}

static bool is_plain_word(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("\"\\=", *s))
			return false;
	return true;
}

const char *log_value(const char *s, char *out, size_t out_size)
{
	char clean[LOG_LINE_MAX];
	size_t used = 0;

	assert(out_size >= 3);
	if (is_plain_word(s) && text_copy(out, out_size, s))
		return out;
	text_printable(s, strlen(s), clean, sizeof(clean));
	out[used++] = '"';
	for (const char *p = clean; *p != '\0'; p++) {
		bool escape = *p == '"' || *p == '\\';

		if (used + escape + 3 > out_size)
			break;
		if (escape)
			out[used++] = '\\';
		out[used++] = *p;
	}
	out[used] = '\0';
	text_mend_cut(out);
	used = strlen(out);
	out[used++] = '"';
	out[used] = '\0';
	return out;
}

void log_sentence(enum log_level level, const char *sentence,
		  const char *format, ...)
{
	char head[LOG_LINE_MAX], quoted[LOG_LINE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(head, sizeof(head), format, args);
	va_end(args);
	log_line(level, "%s what=%s", head,
		 log_value(sentence, quoted, sizeof(quoted)));
}
