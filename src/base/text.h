/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words and numbers: strict parsing, base64, hexadecimal, and making foreign
 * text fit to print. No locale, no allocation.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole of `s` must be a decimal number within [min, max]: digits, after
 * a minus sign if need be, and nothing else. */
bool text_to_number(const char *s, int64_t min, int64_t max, int64_t *out);

/* Writes foreign bytes as one line that is safe to print: printable ASCII
 * and well-formed UTF-8 (no control characters, no bidirectional overrides,
 * no line separators) stay, anything else becomes `?`. Always ends with NUL
 * (out_size >= 1); what does not fit is cut at a character's border. Returns
 * `out`, which may be `bytes` itself. */
const char *text_printable(const void *bytes, size_t len, char *out,
			   size_t out_size);

/* After a cut: drops the start of a UTF-8 character whose end is missing. */
void text_mend_cut(char *text);

/* Lower-case hexadecimal. `out` holds 2 * len + 1 bytes. */
void text_to_hex(const void *bytes, size_t len, char *out);
/* `s` must be exactly 2 * len hexadecimal digits, of either case. When it is
 * not, what `bytes` holds is undefined. */
bool text_from_hex(const char *s, void *bytes, size_t len);

/* RFC 4648 section 5 (base64url), no padding. The encoder needs
 * text_base64_size(len) bytes, the final NUL included. The decoder takes
 * `n` characters, refuses padding, stray bits and what does not fit into
 * `size`, and sets *len; when it refuses, what `bytes` holds is undefined. */
size_t text_base64_size(size_t len);
void text_to_base64(const void *bytes, size_t len, char *out);
bool text_from_base64(const char *s, size_t n, void *bytes, size_t size,
		      size_t *len);

/* A cut-free copy: false, and an empty `out`, when `s` does not fit. */
bool text_copy(char *out, size_t out_size, const char *s);

/* "1 page", "2 pages": the number and the word, with an s unless it is 1.
 * Returns `out`. */
const char *text_count(unsigned long n, const char *word, char *out,
		       size_t out_size);
