/* SPDX-License-Identifier: Apache-2.0 */
#include "fax/paper.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

struct resolution {
	const char *name;
	uint32_t x_dpi;
	uint32_t y_dpi;
	uint32_t widths[PAPER_SIZES];
};

static const struct resolution resolutions[PAPER_RESOLUTIONS] = {
	[PAPER_STANDARD] = { "standard", 204, 98, { 1728, 2048, 2432 } },
	[PAPER_FINE] = { "fine", 204, 196, { 1728, 2048, 2432 } },
	[PAPER_300] = { "300", 300, 300, { 2592, 3072, 3648 } },
	[PAPER_400] = { "400", 408, 391, { 3456, 4096, 4864 } },
};

static const char *const size_names[PAPER_SIZES] = { "A4", "B4", "A3" };

enum { UM_AN_INCH = 25400 };

uint32_t paper_x_dpi(enum paper_resolution r)
{
	return resolutions[r].x_dpi;
}

uint32_t paper_y_dpi(enum paper_resolution r)
{
	return resolutions[r].y_dpi;
}

const char *paper_resolution_name(enum paper_resolution r)
{
	return resolutions[r].name;
}

bool paper_resolution_parse(const char *name, enum paper_resolution *out)
{
	for (unsigned r = 0; r < PAPER_RESOLUTIONS; r++)
		if (strcmp(resolutions[r].name, name) == 0) {
			*out = (enum paper_resolution)r;
			return true;
		}
	return false;
}

const char *paper_size_name(enum paper_size s)
{
	return size_names[s];
}

bool paper_size_parse(const char *name, enum paper_size *out)
{
	for (unsigned s = 0; s < PAPER_SIZES; s++)
		if (strcmp(size_names[s], name) == 0) {
			*out = (enum paper_size)s;
			return true;
		}
	return false;
}

uint32_t paper_width(struct paper_format f)
{
	return resolutions[f.resolution].widths[f.size];
}

static bool close_to(double value, double wanted)
{
	return fabs(value - wanted) <= wanted * 0.025;
}

bool paper_find_resolution(double x_dpi, double y_dpi,
			   enum paper_resolution *out)
{
	for (unsigned r = 0; r < PAPER_RESOLUTIONS; r++)
		if (close_to(x_dpi, resolutions[r].x_dpi) &&
		    close_to(y_dpi, resolutions[r].y_dpi)) {
			*out = (enum paper_resolution)r;
			return true;
		}
	return false;
}

bool paper_find_format(uint32_t width, enum paper_resolution r,
		       struct paper_format *out)
{
	for (unsigned s = 0; s < PAPER_SIZES; s++)
		if (resolutions[r].widths[s] == width) {
			*out = (struct paper_format){ r, (enum paper_size)s };
			return true;
		}
	return false;
}

enum paper_size paper_size_for(uint32_t width_um)
{
	/* Letter is 215.9 mm wide, B4 (JIS) 257 mm. */
	if (width_um <= 218000)
		return PAPER_A4;
	return width_um <= 259000 ? PAPER_B4 : PAPER_A3;
}

static uint32_t points(double um, uint32_t dpi, uint32_t max)
{
	double n = round(um * dpi / UM_AN_INCH);

	if (n < 1)
		return 1;
	return n > max ? max : (uint32_t)n;
}

struct paper_area paper_fit(struct paper_format f, uint32_t width_um,
			    uint32_t height_um)
{
	const struct resolution *r = &resolutions[f.resolution];
	uint32_t line = paper_width(f);
	double scale = fmin(1.0, (double)line * UM_AN_INCH / r->x_dpi /
					 (double)width_um);

	scale = fmin(scale, PAPER_LENGTH_MAX_UM / (double)height_um);
	return (struct paper_area){
		points(width_um * scale, r->x_dpi, line),
		points(height_um * scale, r->y_dpi, PAPER_ROWS_MAX),
	};
}

void paper_guess_size(uint32_t width, uint32_t height, uint32_t *width_um,
		      uint32_t *height_um)
{
	double line_um = 1728.0 * UM_AN_INCH / 204;
	double narrow = width < height ? width : height;
	double wide = width < height ? height : width;
	double um_a_point = fmin(line_um / narrow, PAPER_A4_HEIGHT_UM / wide);

	um_a_point = fmin(um_a_point, UM_AN_INCH / 72.0);
	*width_um = (uint32_t)ceil(width * um_a_point);
	*height_um = (uint32_t)ceil(height * um_a_point);
}
