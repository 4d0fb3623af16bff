/* SPDX-License-Identifier: Apache-2.0 */
#include "web/printterms.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "wire/path.h"

/* PWG 5100.15 has collections with a URI for each destination; our own word is
 * shorter. */
#define TO	     "to"
#define DESTINATIONS "destination-uris"
#define DESTINATION  "destination-uri"

enum {
	QUALITY_DRAFT = 3, /* print-quality, RFC 8011 5.2.13 */
	QUALITY_NORMAL = 4,
	QUALITY_HIGH = 5,
	PRIORITY_USUAL = 50, /* of 1 to 100, RFC 8011 5.2.1 */
	WORD_MAX = 255,
};

void printterms_fini(struct printterms *t)
{
	for (size_t i = 0; i < t->to_count; i++)
		free(t->to[i]);
	free(t->to);
	t->to = NULL;
	t->to_count = 0;
}

/* --- to whom --- */

static enum err add_one(struct printterms *t, const char *address,
			struct why *why)
{
	char **more;

	if (t->to_count == INTAKE_TO_MAX) {
		why_set(why,
			"A fax can have %d recipients at most; print it in "
			"parts.",
			INTAKE_TO_MAX);
		return ERR_LIMIT;
	}
	more = realloc(t->to, (t->to_count + 1) * sizeof(*more));
	if (!more)
		return ERR_MEMORY;
	t->to = more;
	t->to[t->to_count] = strdup(address);
	return t->to[t->to_count] ? (t->to_count++, OK) : ERR_MEMORY;
}

/* An address, or all those of the contact of this name. */
static enum err add_recipient(struct printterms *t, const char *word,
			      const struct contacts *contacts, struct why *why)
{
	const struct contacts_entry *c;
	char shown[64];
	enum err e = OK;

	if (path_address_valid(word, strlen(word)))
		return add_one(t, word, why);
	c = contacts_named(contacts, word);
	for (size_t i = 0; c && e == OK && i < c->count; i++)
		e = add_one(t, c->to[i], why);
	if (c)
		return e;
	why_set(why,
		"\"%s\" is no recipient: say a user ID, ID@RELAY, a number "
		"(+ and digits) or the name of a contact.",
		text_printable(word, strlen(word), shown, sizeof(shown)));
	return ERR_BAD;
}

/* One value of `to`, which may name several: "ben,carl". */
static enum err add_words(struct printterms *t, const char *words,
			  const struct contacts *contacts, struct why *why)
{
	enum err e = OK;

	while (e == OK && *words) {
		size_t n = strcspn(words, ",");
		size_t from = strspn(words, " "), to = n;
		char word[WORD_MAX + 1];

		while (to > from && words[to - 1] == ' ')
			to--;
		if (to > from && to - from <= WORD_MAX) {
			memcpy(word, words + from, to - from);
			word[to - from] = '\0';
			e = add_recipient(t, word, contacts, why);
		} else if (to > from) {
			why_set(why, "A recipient's name is too long.");
			e = ERR_BAD;
		}
		words += n + (words[n] == ',');
	}
	return e;
}

/* "tel:+4930123", "faxwire:ben": what follows the scheme. */
static const char *after_scheme(const char *uri)
{
	const char *colon = strchr(uri, ':');

	if (!colon)
		return uri;
	return strncmp(colon, "://", 3) == 0 ? colon + 3 : colon + 1;
}

static enum err add_destinations(struct printterms *t, struct ippdata *in,
				 const struct contacts *contacts,
				 struct why *why)
{
	const size_t count = ippdata_count(in, DESTINATIONS);
	enum err e = OK;

	for (size_t i = 0; e == OK && i < count; i++) {
		const char *uri =
			ippdata_member(in, DESTINATIONS, i, DESTINATION);

		if (!uri) {
			why_set(why, "A destination has no destination-uri.");
			return ERR_BAD;
		}
		e = add_words(t, after_scheme(uri), contacts, why);
	}
	return e;
}

static enum err take_recipients(struct printterms *t, struct ippdata *in,
				const struct contacts *contacts,
				const char **attribute, struct why *why)
{
	const size_t count = ippdata_count(in, TO);
	enum err e = OK;

	*attribute = TO;
	for (size_t i = 0; e == OK && i < count; i++) {
		const char *words = ippdata_text(in, TO, i);

		if (words)
			e = add_words(t, words, contacts, why);
	}
	if (e != OK)
		return e;
	*attribute = DESTINATIONS;
	return add_destinations(t, in, contacts, why);
}

bool printterms_sends(struct ippdata *in)
{
	const size_t count = ippdata_count(in, TO);

	for (size_t i = 0; i < count; i++) {
		const char *words = ippdata_text(in, TO, i);

		if (words && words[strspn(words, " ,")] != '\0')
			return true;
	}
	return ippdata_count(in, DESTINATIONS) > 0;
}

/* --- how --- */

/* What comes nearest to so many points an inch. */
static enum paper_resolution nearest(int x, int y)
{
	enum paper_resolution r;

	if (paper_find_resolution(x, y, &r))
		return r;
	if (x > 350)
		return PAPER_400;
	if (x > 250)
		return PAPER_300;
	return y > 150 ? PAPER_FINE : PAPER_STANDARD;
}

/* CUPS sends the name of its own option in place of print-quality. */
static int quality_of(struct ippdata *in)
{
	const char *word = ippdata_text(in, "cupsPrintQuality", 0);

	if (word && strcasecmp(word, "draft") == 0)
		return QUALITY_DRAFT;
	if (word && strcasecmp(word, "high") == 0)
		return QUALITY_HIGH;
	return ippdata_number(in, "print-quality", QUALITY_NORMAL);
}

/* Our own word first, then points an inch, then "draft" to "high". */
static enum err take_resolution(struct printterms *t, struct ippdata *in,
				const char **attribute, struct why *why)
{
	static const char *const named[] = { "printer-resolution",
					     "resolution" };
	const char *word = ippdata_text(in, "fax-resolution", 0);
	const int quality = quality_of(in);
	int x, y;

	*attribute = "fax-resolution";
	t->resolution = PAPER_FINE;
	if (word && paper_resolution_parse(word, &t->resolution))
		return OK;
	if (word) {
		why_set(why, "fax-resolution must be standard, fine, 300 or "
			     "400.");
		return ERR_BAD;
	}
	if (quality == QUALITY_DRAFT)
		t->resolution = PAPER_STANDARD;
	if (quality == QUALITY_HIGH)
		t->resolution = PAPER_300;
	for (size_t i = 0; i < 2; i++)
		if (ippdata_resolution(in, named[i], &x, &y) && x > 0 && y > 0)
			t->resolution = nearest(x, y);
	return OK;
}

static void take_text(struct ippdata *in, const char *name, char *out,
		      size_t size)
{
	const char *text = ippdata_text(in, name, 0);

	if (text && *text)
		text_printable(text, strlen(text), out, size);
}

enum err printterms_read(struct printterms *t, struct ippdata *in,
			 const struct contacts *contacts,
			 const char **attribute, struct why *why)
{
	const int priority = ippdata_number(in, "job-priority", PRIORITY_USUAL);
	enum err e;

	*t = (struct printterms){ .title = "printed" };
	take_text(in, "document-name", t->title, sizeof(t->title));
	take_text(in, "job-name", t->title, sizeof(t->title));
	take_text(in, "note", t->note, sizeof(t->note));
	take_text(in, "requesting-user-name", t->asker, sizeof(t->asker));
	t->priority = priority < PRIORITY_USUAL	  ? JOBS_LOW
		      : priority > PRIORITY_USUAL ? JOBS_HIGH
						  : JOBS_NORMAL;
	e = take_resolution(t, in, attribute, why);
	if (e == OK)
		e = take_recipients(t, in, contacts, attribute, why);
	if (e != OK)
		printterms_fini(t);
	return e;
}
