/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the Internet Printing Protocol (RFC 8010), by libcups: bytes
 * into values and back. It knows the protocol's words and no printer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Octets of a request, without its document. */
enum { IPPDATA_HEAD_MAX = 128 * 1024 };

enum ippdata_operation {
	IPPDATA_PRINT_JOB = 0x0002,
	IPPDATA_VALIDATE_JOB = 0x0004,
	IPPDATA_CREATE_JOB = 0x0005,
	IPPDATA_SEND_DOCUMENT = 0x0006,
	IPPDATA_CANCEL_JOB = 0x0008,
	IPPDATA_GET_JOB = 0x0009,
	IPPDATA_GET_JOBS = 0x000a,
	IPPDATA_GET_PRINTER = 0x000b,
	IPPDATA_CANCEL_MY_JOBS = 0x0039,
	IPPDATA_CLOSE_JOB = 0x003b,
	IPPDATA_IDENTIFY = 0x003c,
};

/* RFC 8011 appendix B. */
enum ippdata_status {
	IPPDATA_OK = 0x0000,
	IPPDATA_IGNORED = 0x0001, /* some attributes */
	IPPDATA_BAD_REQUEST = 0x0400,
	IPPDATA_FORBIDDEN = 0x0401,
	IPPDATA_NOT_POSSIBLE = 0x0404,
	IPPDATA_NOT_FOUND = 0x0406,
	IPPDATA_TOO_LARGE = 0x0408,
	IPPDATA_BAD_VALUE = 0x040b,
	IPPDATA_BAD_FORMAT = 0x040a,
	IPPDATA_BAD_CHARSET = 0x040d,
	IPPDATA_BAD_COMPRESSION = 0x040f,
	IPPDATA_INTERNAL = 0x0500,
	IPPDATA_BAD_OPERATION = 0x0501,
	IPPDATA_BAD_VERSION = 0x0503,
	IPPDATA_BUSY = 0x0507,
	IPPDATA_ONE_DOCUMENT = 0x0509, /* no more in one job */
};

enum ippdata_group {
	IPPDATA_FOR_OPERATION,
	IPPDATA_FOR_JOB,
	IPPDATA_FOR_PRINTER,
	IPPDATA_FOR_UNSUPPORTED,
};

enum ippdata_kind {
	IPPDATA_INTEGER,
	IPPDATA_ENUM,
	IPPDATA_TEXT,
	IPPDATA_NAME,
	IPPDATA_KEYWORD,
	IPPDATA_URI,
	IPPDATA_SCHEME,
	IPPDATA_CHARSET,
	IPPDATA_LANGUAGE,
	IPPDATA_FORMAT, /* a media type */
	IPPDATA_OCTETS,
	IPPDATA_UNKNOWN, /* a value that says so */
	IPPDATA_NO_VALUE,
};

struct ippdata;

/* `used`: where the document begins. NULL: it is no request. */
struct ippdata *ippdata_decode(const void *bytes, size_t len, size_t *used);
void ippdata_free(struct ippdata *m);

/* --- reading a request; texts are borrowed from it --- */

unsigned ippdata_operation(const struct ippdata *m);
unsigned ippdata_version(const struct ippdata *m); /* 11, 20 */
/* With the two attributes that come first, and a number of its own. */
bool ippdata_begins_well(const struct ippdata *m);
/* How many values an attribute has; 0: there is none. */
size_t ippdata_count(struct ippdata *m, const char *name);
/* NULL: it is not there, or no text. */
const char *ippdata_text(struct ippdata *m, const char *name, size_t at);
/* `usual` when it is not there, or no number. */
int ippdata_number(struct ippdata *m, const char *name, int usual);
bool ippdata_flag(struct ippdata *m, const char *name, bool usual);
/* Points an inch; false: it is not there, or cannot be. */
bool ippdata_resolution(struct ippdata *m, const char *name, int *x, int *y);
/* A member of an attribute's collection. */
const char *ippdata_member(struct ippdata *m, const char *name, size_t at,
			   const char *member);

/* --- writing an answer; what memory has no room for is left out --- */

/* NULL: memory is out. `sentence` may be NULL. */
struct ippdata *ippdata_answer(const struct ippdata *request, unsigned status,
			       const char *sentence);
/* Attributes that follow are of this group... */
void ippdata_begin(struct ippdata *m, enum ippdata_group group);
/* ...and, of those of this set, only what `request` has asked for by
 * requested-attributes; `only_named`: "all" does not mean them. */
void ippdata_select(struct ippdata *m, struct ippdata *request, const char *set,
		    bool only_named);

void ippdata_add_text(struct ippdata *m, enum ippdata_kind kind,
		      const char *name, const char *value);
void ippdata_add_texts(struct ippdata *m, enum ippdata_kind kind,
		       const char *name, const char *const *values,
		       size_t count);
void ippdata_add_number(struct ippdata *m, enum ippdata_kind kind,
			const char *name, int value);
void ippdata_add_numbers(struct ippdata *m, enum ippdata_kind kind,
			 const char *name, const int *values, size_t count);
void ippdata_add_flag(struct ippdata *m, const char *name, bool value);
void ippdata_add_range(struct ippdata *m, const char *name, int low, int high);
/* Pairs of points an inch. */
void ippdata_add_resolutions(struct ippdata *m, const char *name,
			     const int (*values)[2], size_t count);
void ippdata_add_date(struct ippdata *m, const char *name, time_t t);
/* IPPDATA_UNKNOWN, IPPDATA_NO_VALUE. */
void ippdata_add_nothing(struct ippdata *m, enum ippdata_kind kind,
			 const char *name);

/* A sheet of paper, in hundredths of a millimetre. */
struct ippdata_paper {
	const char *name; /* its keyword */
	int width, length;
};
/* A fax shows a page up to its edges. But CUPS calls paper without margins by
 * other names, and then does not find its own standard size. */
enum { IPPDATA_MARGIN = 1 };
/* As media-col has it; `size_only`: as media-size-supported. */
void ippdata_add_papers(struct ippdata *m, const char *name,
			const struct ippdata_paper *papers, size_t count,
			bool size_only);

/* To be freed; NULL: memory is out. */
void *ippdata_encode(struct ippdata *m, size_t *len);
