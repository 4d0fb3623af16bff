/* SPDX-License-Identifier: Apache-2.0 */
#include "store/workroom.h"

#include <ftw.h>
#include <stdio.h>

enum { FOLDERS_OPEN = 16 };

static int remove_one(const char *path, const struct stat *st, int kind,
		      struct FTW *place)
{
	(void)st;
	(void)kind;
	if (place->level > 0)
		(void)remove(path);
	return 0;
}

enum err workroom_path(const char *home, char path[ATOMIC_PATH_MAX],
		       struct why *why)
{
	return atomic_path(path, why, "%s/work", home);
}

enum err workroom_open(const char *home, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = workroom_path(home, path, why);

	if (e == OK)
		e = atomic_folder(path, why);
	if (e == OK)
		(void)nftw(path, remove_one, FOLDERS_OPEN,
			   FTW_DEPTH | FTW_PHYS);
	return e;
}

enum err workroom_folder(const char *home, const char *name,
			 char path[ATOMIC_PATH_MAX], struct why *why)
{
	enum err e = atomic_path(path, why, "%s/work/%s", home, name);

	return e == OK ? atomic_folder(path, why) : e;
}
