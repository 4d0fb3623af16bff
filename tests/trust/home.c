/* SPDX-License-Identifier: Apache-2.0 */
#include "home.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trust/identity.h"

enum { PATHS = 8, PATH_ROOM = 512 };

static char folder[64];

const char *home(const char *name)
{
	static char paths[PATHS][PATH_ROOM];
	static unsigned next;
	char *path = paths[next++ % PATHS];

	snprintf(path, PATH_ROOM, "%s/%s", folder, name);
	return path;
}

int home_set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/faxwire-test-XXXXXX");
	return mkdtemp(folder) && identity_make(home("cert.pem"),
						home("key.pem"), NULL) == OK
		       ? 0
		       : -1;
}

int home_tear_down(void **state)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;

	(void)state;
	if (!dir)
		return -1;
	while ((entry = readdir(dir)))
		(void)unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	return rmdir(folder);
}
