/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/source.h"

#include <stdarg.h>
#include <stdint.h>
#include <tiffio.h>
#include <unistd.h>

#include "fax/picture.h"

/* libtiff shall not believe a count in a file beyond this: 4 bytes for each
 * point of the largest picture, and some. */
enum { ALLOCATION_MAX = 4 * PICTURE_AREA_MAX + 65536 };

/* Counts nothing when `data` is NULL. */
static int note_complaint(TIFF *tiff, void *data, const char *module,
			  const char *format, va_list ap)
{
	(void)tiff;
	(void)module;
	(void)format;
	(void)ap;
	if (data)
		++*(unsigned *)data;
	return 1; /* handled: nothing is printed */
}

/* `fd` stays the caller's. `m`: no memory mapping, as the file may shrink. */
static TIFF *open_tiff(int fd, const char *mode, unsigned *complaints)
{
	TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
	int copy = dup(fd);
	TIFF *tiff = NULL;

	/* libtiff reads the header from wherever the file stands. */
	if (options && copy >= 0 && lseek(copy, 0, SEEK_SET) == 0) {
		TIFFOpenOptionsSetMaxSingleMemAlloc(options, ALLOCATION_MAX);
		TIFFOpenOptionsSetErrorHandlerExtR(options, note_complaint,
						   complaints);
		TIFFOpenOptionsSetWarningHandlerExtR(options, note_complaint,
						     NULL);
		tiff = TIFFFdOpenExt(copy, "", mode, options);
	}
	if (options)
		TIFFOpenOptionsFree(options);
	if (!tiff && copy >= 0)
		close(copy);
	return tiff;
}

enum err source_open(struct source *s, int fd, struct why *why)
{
	*s = (struct source){ .tiff = NULL };
	s->tiff = open_tiff(fd, "rm", &s->complaints);
	if (s->tiff)
		return OK;
	why_set(why, "is damaged: it begins like a TIFF file but cannot be "
		     "read as one; scan or export it again");
	return ERR_BAD;
}

bool source_next(struct source *s, enum err *e, struct why *why)
{
	uint32_t type;
	unsigned before;

	do {
		before = s->complaints;
		if (!TIFFReadDirectory(s->tiff)) {
			/* A loop of pages is no complaint to libtiff. */
			if (s->complaints == before &&
			    TIFFLastDirectory(s->tiff))
				return false;
			why_set(why, "is damaged: its list of pages is broken; "
				     "scan or export it again");
			*e = ERR_BAD;
			return false;
		}
		type = 0;
		TIFFGetField(s->tiff, TIFFTAG_SUBFILETYPE, &type);
	} while (type & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK));
	return true;
}

struct tiff *source_append(int fd)
{
	return open_tiff(fd, "al", NULL);
}

void source_close(struct source *s)
{
	TIFFClose(s->tiff);
	*s = (struct source){ .tiff = NULL };
}
