/* SPDX-License-Identifier: Apache-2.0 */
#include "web/ippdata.h"

#include <stdlib.h>
#include <string.h>

#include <cups/ipp.h>

#include "base/reader.h"

struct ippdata {
	ipp_t *ipp; /* owned */
	ipp_tag_t group;
	/* What ippdata_select() has said. */
	ipp_attribute_t *wanted; /* borrowed from the request; NULL: all */
	const char *set;
	bool only_named;
};

/* --- bytes in --- */

enum {
	HEAD = 8,		 /* version, operation, number of the request */
	END_OF_ATTRIBUTES = 3,	 /* RFC 8010 3.5.1 */
	DELIMITERS_END = 0x10,	 /* tags below begin a group */
	BEGIN_COLLECTION = 0x34, /* 3.5.2 */
	END_COLLECTION = 0x37,
	DEPTH_MAX = 8, /* collections in collections; PWG's have 3 */
	VALUES_MAX = 5000,
	VALUE_MAX = 32767,	 /* octets; 3.6 */
	RESOLUTION_MAX = 100000, /* points an inch or a centimetre */
};

/* Its form, before libcups sees it: that takes 32 KB, and goes into itself, for
 * each collection in a collection, however many there are. */
static bool is_sound(struct reader r)
{
	unsigned depth = 0, values = 0;

	(void)read_bytes(&r, HEAD);
	while (r.ok) {
		const uint8_t tag = read_u8(&r);
		uint16_t len;

		if (tag < DELIMITERS_END) {
			if (depth > 0 || tag == 0)
				return false;
			if (tag == END_OF_ATTRIBUTES)
				return r.ok;
			continue;
		}
		(void)read_bytes(&r, read_u16(&r)); /* the name */
		len = read_u16(&r);
		(void)read_bytes(&r, len);
		depth += tag == BEGIN_COLLECTION;
		if (len > VALUE_MAX || depth > DEPTH_MAX ||
		    ++values > VALUES_MAX ||
		    (tag == END_COLLECTION && depth-- == 0))
			return false;
	}
	return false;
}

struct supply {
	const uint8_t *bytes;
	size_t at, len;
};

static ssize_t give(void *owner, ipp_uchar_t *out, size_t n)
{
	struct supply *s = owner;

	if (n > s->len - s->at)
		n = s->len - s->at;
	memcpy(out, s->bytes + s->at, n);
	s->at += n;
	return (ssize_t)n;
}

struct ippdata *ippdata_decode(const void *bytes, size_t len, size_t *used)
{
	const bool sound = is_sound(reader_over(bytes, len));
	struct ippdata *m = sound ? calloc(1, sizeof(*m)) : NULL;
	struct supply s = { bytes, 0, len };

	*used = 0;
	if (m)
		m->ipp = ippNew();
	if (m && m->ipp &&
	    ippReadIO(&s, give, 1, NULL, m->ipp) == IPP_STATE_DATA) {
		*used = s.at;
		return m;
	}
	ippdata_free(m);
	return NULL;
}

void ippdata_free(struct ippdata *m)
{
	if (!m)
		return;
	ippDelete(m->ipp);
	free(m);
}

/* --- reading --- */

unsigned ippdata_operation(const struct ippdata *m)
{
	return (unsigned)ippGetOperation(m->ipp);
}

unsigned ippdata_version(const struct ippdata *m)
{
	int minor;
	int major = ippGetVersion(m->ipp, &minor);

	return (unsigned)(major * 10 + (minor > 9 ? 9 : minor));
}

bool ippdata_begins_well(const struct ippdata *m)
{
	ipp_attribute_t *charset = ippFirstAttribute(m->ipp);
	ipp_attribute_t *language = ippNextAttribute(m->ipp);

	return ippGetRequestId(m->ipp) > 0 && charset && language &&
	       ippGetGroupTag(charset) == IPP_TAG_OPERATION &&
	       ippGetGroupTag(language) == IPP_TAG_OPERATION &&
	       ippGetValueTag(charset) == IPP_TAG_CHARSET &&
	       ippGetValueTag(language) == IPP_TAG_LANGUAGE &&
	       strcmp(ippGetName(charset), "attributes-charset") == 0 &&
	       strcmp(ippGetName(language), "attributes-natural-language") == 0;
}

static ipp_attribute_t *find(struct ippdata *m, const char *name)
{
	return ippFindAttribute(m->ipp, name, IPP_TAG_ZERO);
}

size_t ippdata_count(struct ippdata *m, const char *name)
{
	ipp_attribute_t *a = find(m, name);

	return a ? (size_t)ippGetCount(a) : 0;
}

const char *ippdata_text(struct ippdata *m, const char *name, size_t at)
{
	ipp_attribute_t *a = find(m, name);

	return a && at < (size_t)ippGetCount(a) ? ippGetString(a, (int)at, NULL)
						: NULL;
}

int ippdata_number(struct ippdata *m, const char *name, int usual)
{
	ipp_attribute_t *a = find(m, name);
	ipp_tag_t kind = a ? ippGetValueTag(a) : IPP_TAG_ZERO;

	return kind == IPP_TAG_INTEGER || kind == IPP_TAG_ENUM
		       ? ippGetInteger(a, 0)
		       : usual;
}

bool ippdata_flag(struct ippdata *m, const char *name, bool usual)
{
	ipp_attribute_t *a = find(m, name);

	return a && ippGetValueTag(a) == IPP_TAG_BOOLEAN ? ippGetBoolean(a, 0)
							 : usual;
}

bool ippdata_resolution(struct ippdata *m, const char *name, int *x, int *y)
{
	ipp_attribute_t *a = find(m, name);
	ipp_res_t unit = IPP_RES_PER_INCH;

	if (!a || ippGetValueTag(a) != IPP_TAG_RESOLUTION)
		return false;
	*x = ippGetResolution(a, 0, y, &unit);
	if (*x < 0 || *x > RESOLUTION_MAX || *y < 0 || *y > RESOLUTION_MAX)
		return false;
	if (unit == IPP_RES_PER_CM) {
		*x = *x * 254 / 100;
		*y = *y * 254 / 100;
	}
	return true;
}

const char *ippdata_member(struct ippdata *m, const char *name, size_t at,
			   const char *member)
{
	ipp_attribute_t *a = find(m, name);
	ipp_attribute_t *inner = NULL;

	if (a && ippGetValueTag(a) == IPP_TAG_BEGIN_COLLECTION &&
	    at < (size_t)ippGetCount(a))
		inner = ippFindAttribute(ippGetCollection(a, (int)at), member,
					 IPP_TAG_ZERO);
	return inner ? ippGetString(inner, 0, NULL) : NULL;
}

/* --- writing --- */

struct ippdata *ippdata_answer(const struct ippdata *request, unsigned status,
			       const char *sentence)
{
	struct ippdata *m = calloc(1, sizeof(*m));
	const bool old = request && ippdata_version(request) < 20;

	if (m)
		m->ipp = ippNew();
	if (!m || !m->ipp) {
		free(m);
		return NULL;
	}
	ippSetVersion(m->ipp, old ? 1 : 2, old ? 1 : 0);
	ippSetStatusCode(m->ipp, (ipp_status_t)status);
	ippSetRequestId(m->ipp, request ? ippGetRequestId(request->ipp) : 1);
	ippdata_begin(m, IPPDATA_FOR_OPERATION);
	ippdata_add_text(m, IPPDATA_CHARSET, "attributes-charset", "utf-8");
	ippdata_add_text(m, IPPDATA_LANGUAGE, "attributes-natural-language",
			 "en");
	if (sentence)
		ippdata_add_text(m, IPPDATA_TEXT, "status-message", sentence);
	return m;
}

void ippdata_begin(struct ippdata *m, enum ippdata_group group)
{
	static const ipp_tag_t groups[] = {
		[IPPDATA_FOR_OPERATION] = IPP_TAG_OPERATION,
		[IPPDATA_FOR_JOB] = IPP_TAG_JOB,
		[IPPDATA_FOR_PRINTER] = IPP_TAG_PRINTER,
		[IPPDATA_FOR_UNSUPPORTED] = IPP_TAG_UNSUPPORTED_GROUP,
	};

	/* One of the same kind begins anew. */
	if (m->group == groups[group])
		ippAddSeparator(m->ipp);
	m->group = groups[group];
	m->wanted = NULL;
	m->set = NULL;
}

void ippdata_select(struct ippdata *m, struct ippdata *request, const char *set,
		    bool only_named)
{
	m->wanted = find(request, "requested-attributes");
	m->set = set;
	m->only_named = only_named;
}

static bool wants(const struct ippdata *m, const char *name)
{
	if (!m->set)
		return true;
	if (!m->wanted)
		return !m->only_named;
	return ippContainsString(m->wanted, name) ||
	       ippContainsString(m->wanted, m->set) ||
	       (!m->only_named && ippContainsString(m->wanted, "all"));
}

static ipp_tag_t tag_of(enum ippdata_kind kind)
{
	static const ipp_tag_t tags[] = {
		[IPPDATA_INTEGER] = IPP_TAG_INTEGER,
		[IPPDATA_ENUM] = IPP_TAG_ENUM,
		[IPPDATA_TEXT] = IPP_TAG_TEXT,
		[IPPDATA_NAME] = IPP_TAG_NAME,
		[IPPDATA_KEYWORD] = IPP_TAG_KEYWORD,
		[IPPDATA_URI] = IPP_TAG_URI,
		[IPPDATA_SCHEME] = IPP_TAG_URISCHEME,
		[IPPDATA_CHARSET] = IPP_TAG_CHARSET,
		[IPPDATA_LANGUAGE] = IPP_TAG_LANGUAGE,
		[IPPDATA_FORMAT] = IPP_TAG_MIMETYPE,
		[IPPDATA_OCTETS] = IPP_TAG_STRING,
		[IPPDATA_UNKNOWN] = IPP_TAG_UNKNOWN,
		[IPPDATA_NO_VALUE] = IPP_TAG_NOVALUE,
	};

	return tags[kind];
}

void ippdata_add_text(struct ippdata *m, enum ippdata_kind kind,
		      const char *name, const char *value)
{
	ippdata_add_texts(m, kind, name, &value, 1);
}

void ippdata_add_texts(struct ippdata *m, enum ippdata_kind kind,
		       const char *name, const char *const *values,
		       size_t count)
{
	if (!wants(m, name))
		return;
	if (kind == IPPDATA_OCTETS)
		(void)ippAddOctetString(m->ipp, m->group, name, values[0],
					(int)strlen(values[0]));
	else
		(void)ippAddStrings(m->ipp, m->group, tag_of(kind), name,
				    (int)count, NULL, values);
}

void ippdata_add_number(struct ippdata *m, enum ippdata_kind kind,
			const char *name, int value)
{
	ippdata_add_numbers(m, kind, name, &value, 1);
}

void ippdata_add_numbers(struct ippdata *m, enum ippdata_kind kind,
			 const char *name, const int *values, size_t count)
{
	if (wants(m, name))
		(void)ippAddIntegers(m->ipp, m->group, tag_of(kind), name,
				     (int)count, values);
}

void ippdata_add_flag(struct ippdata *m, const char *name, bool value)
{
	if (wants(m, name))
		(void)ippAddBoolean(m->ipp, m->group, name, value ? 1 : 0);
}

void ippdata_add_range(struct ippdata *m, const char *name, int low, int high)
{
	if (wants(m, name))
		(void)ippAddRange(m->ipp, m->group, name, low, high);
}

void ippdata_add_resolutions(struct ippdata *m, const char *name,
			     const int (*values)[2], size_t count)
{
	ipp_attribute_t *a;

	if (!wants(m, name))
		return;
	a = ippAddResolution(m->ipp, m->group, name, IPP_RES_PER_INCH,
			     values[0][0], values[0][1]);
	for (size_t i = 1; a && i < count; i++)
		(void)ippSetResolution(m->ipp, &a, (int)i, IPP_RES_PER_INCH,
				       values[i][0], values[i][1]);
}

void ippdata_add_date(struct ippdata *m, const char *name, time_t t)
{
	if (wants(m, name))
		(void)ippAddDate(m->ipp, m->group, name, ippTimeToDate(t));
}

void ippdata_add_nothing(struct ippdata *m, enum ippdata_kind kind,
			 const char *name)
{
	if (wants(m, name))
		(void)ippAddOutOfBand(m->ipp, m->group, tag_of(kind), name);
}

/* --- paper --- */

static ipp_t *new_size(const struct ippdata_paper *p)
{
	ipp_t *size = ippNew();

	if (!size)
		return NULL;
	(void)ippAddInteger(size, IPP_TAG_ZERO, IPP_TAG_INTEGER, "x-dimension",
			    p->width);
	(void)ippAddInteger(size, IPP_TAG_ZERO, IPP_TAG_INTEGER, "y-dimension",
			    p->length);
	return size;
}

static ipp_t *new_paper(const struct ippdata_paper *p)
{
	static const char *const margins[] = {
		"media-bottom-margin",
		"media-left-margin",
		"media-right-margin",
		"media-top-margin",
	};
	ipp_t *paper = ippNew(), *size = new_size(p);

	if (paper && size)
		(void)ippAddCollection(paper, IPP_TAG_ZERO, "media-size", size);
	if (paper)
		(void)ippAddString(paper, IPP_TAG_ZERO, IPP_TAG_KEYWORD,
				   "media-size-name", NULL, p->name);
	for (size_t i = 0; paper && i < 4; i++)
		(void)ippAddInteger(paper, IPP_TAG_ZERO, IPP_TAG_INTEGER,
				    margins[i], IPPDATA_MARGIN);
	ippDelete(size); /* the collection holds it, too */
	return paper;
}

void ippdata_add_papers(struct ippdata *m, const char *name,
			const struct ippdata_paper *papers, size_t count,
			bool size_only)
{
	ipp_attribute_t *a = NULL;

	if (!wants(m, name))
		return;
	for (size_t i = 0; i < count; i++) {
		ipp_t *one = size_only ? new_size(&papers[i])
				       : new_paper(&papers[i]);

		if (one && i == 0)
			a = ippAddCollection(m->ipp, m->group, name, one);
		else if (one && a)
			(void)ippSetCollection(m->ipp, &a, (int)i, one);
		ippDelete(one);
	}
}

/* --- bytes out --- */

struct sink {
	uint8_t *bytes;
	size_t at, size;
};

static ssize_t take(void *owner, ipp_uchar_t *bytes, size_t n)
{
	struct sink *s = owner;

	if (n > s->size - s->at)
		return -1;
	memcpy(s->bytes + s->at, bytes, n);
	s->at += n;
	return (ssize_t)n;
}

void *ippdata_encode(struct ippdata *m, size_t *len)
{
	struct sink s = { .size = ippLength(m->ipp) };

	s.bytes = malloc(s.size);
	ippSetState(m->ipp, IPP_STATE_IDLE);
	if (s.bytes &&
	    ippWriteIO(&s, take, 1, NULL, m->ipp) == IPP_STATE_DATA) {
		*len = s.at;
		return s.bytes;
	}
	free(s.bytes);
	return NULL;
}
