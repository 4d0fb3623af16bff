/* SPDX-License-Identifier: Apache-2.0 */
#include "web/portrait.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "terminal/prepare.h"
#include "trust/secret.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { STATE_IDLE = 3, STATE_PROCESSING = 4 };

static const char *const formats[] = {
	"application/octet-stream", /* told by its content */
	"application/pdf",
	"image/pwg-raster",
	"image/jpeg",
	"image/png",
	"image/tiff",
	"text/plain",
};

static const struct ippdata_paper papers[] = {
	{ "iso_a4_210x297mm", 21000, 29700 },
	{ "na_letter_8.5x11in", 21590, 27940 },
	{ "na_legal_8.5x14in", 21590, 35560 },
	{ "iso_a5_148x210mm", 14800, 21000 },
	{ "jis_b4_257x364mm", 25700, 36400 },
	{ "iso_a3_297x420mm", 29700, 42000 },
};

static const int resolutions[][2] = {
	{ 204, 98 }, { 204, 196 }, { 300, 300 }, { 408, 391 }
};
/* CUPS makes a raster of one of these: no fax is finer. */
static const int raster[][2] = { { 300, 300 } };

/* Attributes of keywords, all that they can be. */
struct words {
	const char *name;
	enum ippdata_kind kind;
	const char *values[14]; /* ends with NULL */
};

static const struct words descriptions[] = {
	{ "charset-configured", IPPDATA_CHARSET, { "utf-8" } },
	{ "charset-supported", IPPDATA_CHARSET, { "utf-8", "us-ascii" } },
	{ "natural-language-configured", IPPDATA_LANGUAGE, { "en" } },
	{ "generated-natural-language-supported", IPPDATA_LANGUAGE, { "en" } },
	{ "compression-supported", IPPDATA_KEYWORD, { "none" } },
	{ "document-format-default",
	  IPPDATA_FORMAT,
	  { "application/octet-stream" } },
	{ "identify-actions-default", IPPDATA_KEYWORD, { "display" } },
	{ "identify-actions-supported", IPPDATA_KEYWORD, { "display" } },
	{ "ipp-features-supported", IPPDATA_KEYWORD, { "ipp-everywhere" } },
	{ "ipp-versions-supported", IPPDATA_KEYWORD, { "1.1", "2.0" } },
	{ "job-creation-attributes-supported",
	  IPPDATA_KEYWORD,
	  { "copies", "destination-uris", "fax-resolution", "job-name",
	    "job-priority", "media", "media-col", "note", "print-quality",
	    "printer-resolution", "to" } },
	{ "media-col-supported",
	  IPPDATA_KEYWORD,
	  { "media-bottom-margin", "media-left-margin", "media-right-margin",
	    "media-size", "media-size-name", "media-top-margin" } },
	{ "multiple-operation-time-out-action",
	  IPPDATA_KEYWORD,
	  { "abort-job" } },
	{ "overrides-supported",
	  IPPDATA_KEYWORD,
	  { "document-number", "pages" } },
	{ "pdf-versions-supported",
	  IPPDATA_KEYWORD,
	  { "adobe-1.3", "adobe-1.4", "adobe-1.5", "adobe-1.6",
	    "iso-32000-1_2008" } },
	{ "pdl-override-supported", IPPDATA_KEYWORD, { "attempted" } },
	{ "printer-get-attributes-supported",
	  IPPDATA_KEYWORD,
	  { "document-format" } },
	{ "printer-kind", IPPDATA_KEYWORD, { "document" } },
	{ "pwg-raster-document-sheet-back", IPPDATA_KEYWORD, { "normal" } },
	{ "pwg-raster-document-type-supported",
	  IPPDATA_KEYWORD,
	  { "black_1", "sgray_8", "srgb_8" } },
	{ "which-jobs-supported",
	  IPPDATA_KEYWORD,
	  { "completed", "not-completed", "all" } },
	{ "printer-device-id",
	  IPPDATA_TEXT,
	  { "MFG:Faxwire;MDL:Terminal;CMD:PDF,PWGRaster,JPEG,PNG,TIFF;" } },
	{ "printer-make-and-model", IPPDATA_TEXT, { "Faxwire Terminal" } },
	{ "printer-location", IPPDATA_TEXT, { "" } },
	{ "printer-organization", IPPDATA_TEXT, { "" } },
	{ "printer-organizational-unit", IPPDATA_TEXT, { "" } },
	/* With it CUPS hands on every option of `lp -o`, as to another CUPS;
	 * without, only those that it knows (decision 0016). */
	{ "cups-version", IPPDATA_TEXT, { "0 (Faxwire " FAXWIRE_VERSION ")" } },
};

static const struct words templates[] = {
	{ "media-default", IPPDATA_KEYWORD, { "iso_a4_210x297mm" } },
	{ "multiple-document-handling-default",
	  IPPDATA_KEYWORD,
	  { "separate-documents-collated-copies" } },
	{ "multiple-document-handling-supported",
	  IPPDATA_KEYWORD,
	  { "separate-documents-collated-copies" } },
	{ "output-bin-default", IPPDATA_KEYWORD, { "face-up" } },
	{ "output-bin-supported", IPPDATA_KEYWORD, { "face-up" } },
	{ "print-color-mode-default", IPPDATA_KEYWORD, { "monochrome" } },
	{ "print-color-mode-supported",
	  IPPDATA_KEYWORD,
	  { "monochrome", "bi-level" } },
	{ "print-content-optimize-default", IPPDATA_KEYWORD, { "auto" } },
	{ "print-content-optimize-supported", IPPDATA_KEYWORD, { "auto" } },
	{ "print-rendering-intent-default", IPPDATA_KEYWORD, { "auto" } },
	{ "print-rendering-intent-supported", IPPDATA_KEYWORD, { "auto" } },
	{ "media-source-supported", IPPDATA_KEYWORD, { "auto" } },
	{ "media-type-supported", IPPDATA_KEYWORD, { "auto" } },
	{ "sides-default", IPPDATA_KEYWORD, { "one-sided" } },
	{ "sides-supported", IPPDATA_KEYWORD, { "one-sided" } },
};

bool portrait_takes(const char *format)
{
	for (size_t i = 0; i < COUNT(formats); i++)
		if (strcasecmp(format, formats[i]) == 0)
			return true;
	return false;
}

const char *portrait_uuid(const struct printvisit *v, int job,
			  char out[PORTRAIT_UUID_SIZE])
{
	const char *home = v->office->config->home;
	uint8_t d[SECRET_DIGEST_SIZE];

	/* The folder is the printer's, for as long as it is a printer. */
	secret_digest(home, strlen(home), d);
	for (unsigned i = 0; i < 4; i++)
		d[12 + i] ^= (uint8_t)((unsigned)job >> (24 - 8 * i));
	(void)snprintf(out, PORTRAIT_UUID_SIZE,
		       "urn:uuid:%02x%02x%02x%02x-%02x%02x-8%x%02x-8%x%02x-"
		       "%02x%02x%02x%02x%02x%02x",
		       d[0], d[1], d[2], d[3], d[4], d[5], d[6] & 15u, d[7],
		       d[8] & 15u, d[9], d[10], d[11], d[12], d[13], d[14],
		       d[15]);
	return out;
}

static void add_words(struct ippdata *m, const struct words *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		size_t n = 0;

		while (n < COUNT(rows[i].values) && rows[i].values[n])
			n++;
		ippdata_add_texts(m, rows[i].kind, rows[i].name, rows[i].values,
				  n);
	}
}

/* --- its description --- */

static void add_names(struct printvisit *v, struct ippdata *m)
{
	const struct membership *member =
		v->office->membership(v->office->owner);
	const char *scheme = strncmp(v->uri, "ipps", 4) == 0 ? "https" : "http";
	char info[300], uuid[PORTRAIT_UUID_SIZE], page[PRINTER_URI_SIZE];

	(void)snprintf(info, sizeof(info), "Fax of %s",
		       member ? member->id : "a terminal that is not joined");
	(void)snprintf(page, sizeof(page), "%s%.*s/", scheme,
		       (int)(strstr(v->uri, "/ipp/") - strchr(v->uri, ':')),
		       strchr(v->uri, ':'));
	ippdata_add_text(m, IPPDATA_NAME, "printer-name", "fax");
	ippdata_add_text(m, IPPDATA_NAME, "printer-dns-sd-name", info);
	ippdata_add_text(m, IPPDATA_TEXT, "printer-info", info);
	ippdata_add_text(m, IPPDATA_URI, "printer-more-info", page);
	ippdata_add_text(m, IPPDATA_URI, "printer-supply-info-uri", page);
	(void)strncat(page, "icon.svg", sizeof(page) - strlen(page) - 1);
	ippdata_add_text(m, IPPDATA_URI, "printer-icons", page);
	ippdata_add_text(m, IPPDATA_URI, "printer-uuid",
			 portrait_uuid(v, 0, uuid));
	ippdata_add_text(m, IPPDATA_URI, "printer-uri-supported", v->uri);
	ippdata_add_text(m, IPPDATA_KEYWORD, "uri-authentication-supported",
			 v->local ? "requesting-user-name" : "basic");
	ippdata_add_text(m, IPPDATA_KEYWORD, "uri-security-supported",
			 *scheme && scheme[4] == 's' ? "tls" : "none");
	ippdata_add_nothing(m, IPPDATA_UNKNOWN, "printer-geo-location");
}

static void add_state(struct printvisit *v, struct ippdata *m)
{
	const size_t waiting = printjobs_waiting(v->jobs);
	const time_t now = time(NULL);
	const int up = (int)(now - v->started);

	ippdata_add_number(m, IPPDATA_ENUM, "printer-state",
			   waiting > 0 ? STATE_PROCESSING : STATE_IDLE);
	ippdata_add_text(m, IPPDATA_KEYWORD, "printer-state-reasons", "none");
	ippdata_add_text(m, IPPDATA_TEXT, "printer-state-message", "");
	ippdata_add_flag(m, "printer-is-accepting-jobs", true);
	ippdata_add_number(m, IPPDATA_INTEGER, "queued-job-count",
			   (int)waiting);
	ippdata_add_number(m, IPPDATA_INTEGER, "printer-up-time", up);
	ippdata_add_date(m, "printer-current-time", now);
	ippdata_add_number(m, IPPDATA_INTEGER, "printer-state-change-time", 0);
	ippdata_add_date(m, "printer-state-change-date-time", v->started);
	ippdata_add_number(m, IPPDATA_INTEGER, "printer-config-change-time", 0);
	ippdata_add_date(m, "printer-config-change-date-time", v->started);
}

static void add_abilities(struct ippdata *m)
{
	static const int operations[] = {
		IPPDATA_PRINT_JOB,	IPPDATA_VALIDATE_JOB,
		IPPDATA_CREATE_JOB,	IPPDATA_SEND_DOCUMENT,
		IPPDATA_CANCEL_JOB,	IPPDATA_GET_JOB,
		IPPDATA_GET_JOBS,	IPPDATA_GET_PRINTER,
		IPPDATA_CANCEL_MY_JOBS, IPPDATA_CLOSE_JOB,
		IPPDATA_IDENTIFY,
	};
	static const int margin[] = { IPPDATA_MARGIN };

	ippdata_add_numbers(m, IPPDATA_ENUM, "operations-supported", operations,
			    COUNT(operations));
	ippdata_add_texts(m, IPPDATA_FORMAT, "document-format-supported",
			  formats, COUNT(formats));
	ippdata_add_flag(m, "color-supported", false);
	ippdata_add_flag(m, "job-ids-supported", true);
	ippdata_add_flag(m, "multiple-document-jobs-supported", false);
	ippdata_add_flag(m, "preferred-attributes-supported", false);
	ippdata_add_flag(m, "page-ranges-supported", false);
	ippdata_add_number(m, IPPDATA_INTEGER, "multiple-operation-time-out",
			   PRINTJOB_WAIT_MS / 1000);
	ippdata_add_number(m, IPPDATA_INTEGER, "pages-per-minute", 20);
	ippdata_add_range(m, "job-k-octets-supported", 0,
			  PREPARE_BYTES_MAX / 1024);
	ippdata_add_resolutions(m, "pwg-raster-document-resolution-supported",
				raster, COUNT(raster));
	ippdata_add_numbers(m, IPPDATA_INTEGER, "media-bottom-margin-supported",
			    margin, 1);
	ippdata_add_numbers(m, IPPDATA_INTEGER, "media-left-margin-supported",
			    margin, 1);
	ippdata_add_numbers(m, IPPDATA_INTEGER, "media-right-margin-supported",
			    margin, 1);
	ippdata_add_numbers(m, IPPDATA_INTEGER, "media-top-margin-supported",
			    margin, 1);
	ippdata_add_papers(m, "media-size-supported", papers, COUNT(papers),
			   true);
}

/* --- what a job can say --- */

static void add_media(struct ippdata *m)
{
	const char *names[COUNT(papers)];

	for (size_t i = 0; i < COUNT(papers); i++)
		names[i] = papers[i].name;
	ippdata_add_texts(m, IPPDATA_KEYWORD, "media-supported", names,
			  COUNT(papers));
	ippdata_add_texts(m, IPPDATA_KEYWORD, "media-ready", names,
			  COUNT(papers));
	ippdata_add_papers(m, "media-col-default", papers, 1, false);
	ippdata_add_papers(m, "media-col-ready", papers, COUNT(papers), false);
}

static void add_templates(struct ippdata *m)
{
	static const int qualities[] = { 3, 4, 5 }, portrait[] = { 3, 4 },
			 none[] = { 3 };

	add_words(m, templates, COUNT(templates));
	add_media(m);
	ippdata_add_range(m, "copies-supported", 1, 1);
	ippdata_add_number(m, IPPDATA_INTEGER, "copies-default", 1);
	ippdata_add_number(m, IPPDATA_INTEGER, "job-priority-default", 50);
	ippdata_add_number(m, IPPDATA_INTEGER, "job-priority-supported", 3);
	ippdata_add_numbers(m, IPPDATA_ENUM, "finishings-supported", none, 1);
	ippdata_add_number(m, IPPDATA_ENUM, "finishings-default", 3);
	ippdata_add_numbers(m, IPPDATA_ENUM, "orientation-requested-supported",
			    portrait, COUNT(portrait));
	ippdata_add_nothing(m, IPPDATA_NO_VALUE,
			    "orientation-requested-default");
	ippdata_add_numbers(m, IPPDATA_ENUM, "print-quality-supported",
			    qualities, COUNT(qualities));
	ippdata_add_number(m, IPPDATA_ENUM, "print-quality-default", 4);
	ippdata_add_resolutions(m, "printer-resolution-supported", resolutions,
				COUNT(resolutions));
	ippdata_add_resolutions(m, "printer-resolution-default",
				&resolutions[1], 1);
}

void portrait_paint(struct printvisit *v, struct ippdata *m)
{
	ippdata_begin(m, IPPDATA_FOR_PRINTER);
	ippdata_select(m, v->in, "printer-description", false);
	add_words(m, descriptions, COUNT(descriptions));
	add_names(v, m);
	add_state(v, m);
	add_abilities(m);
	ippdata_select(m, v->in, "job-template", false);
	add_templates(m);
	/* RFC 8011 and PWG 5100.7: large, so only who names it gets it. */
	ippdata_select(m, v->in, "media-col-database", true);
	ippdata_add_papers(m, "media-col-database", papers, COUNT(papers),
			   false);
}
