/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shelf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* A change within a tick of the last look leaves the same time: what
	 * is so young is not trusted. */
	YOUNG_S = 2,
};

enum err shelf_init(struct shelf *s, const char *folder, struct why *why)
{
	*s = (struct shelf){ .stale = true };
	return atomic_path(s->folder, why, "%s", folder);
}

void shelf_fini(struct shelf *s)
{
	free(s->items);
	s->items = NULL;
	s->count = 0;
}

static int by_name(const void *name, const void *item)
{
	return strcmp(name, ((const struct shelf_item *)item)->name);
}

struct shelf_item *shelf_find(const struct shelf *s, const char *name)
{
	if (s->count == 0)
		return NULL;
	return bsearch(name, s->items, s->count, sizeof(*s->items), by_name);
}

static bool read_item(const struct shelf *s, const char *name,
		      struct shelf_item *item)
{
	char folder[ATOMIC_PATH_MAX], seen[ATOMIC_PATH_MAX];

	if (name[0] == '.' || strlen(name) >= sizeof(item->name) ||
	    atomic_path(folder, NULL, "%s/%s", s->folder, name) != OK ||
	    atomic_path(seen, NULL, "%s/" SHELF_SEEN, folder) != OK ||
	    !inbox_read_record(folder, &item->fax))
		return false;
	(void)snprintf(item->name, sizeof(item->name), "%s", name);
	item->seen = access(seen, F_OK) == 0;
	return true;
}

static bool is_fresh(const struct shelf *s, const struct stat *st)
{
	return !s->stale && st->st_mtim.tv_sec == s->changed.tv_sec &&
	       st->st_mtim.tv_nsec == s->changed.tv_nsec &&
	       time(NULL) - st->st_mtim.tv_sec > YOUNG_S;
}

void shelf_look(struct shelf *s)
{
	struct shelf_item *items = NULL;
	struct dirent **names = NULL;
	size_t count = 0;
	struct stat st;
	int n;

	if (stat(s->folder, &st) != 0 || is_fresh(s, &st))
		return;
	n = scandir(s->folder, &names, NULL, alphasort);
	if (n > 0)
		items = calloc((size_t)n, sizeof(*items));
	for (int i = 0; i < n; i++) {
		const char *name = names[i]->d_name;
		const struct shelf_item *known = shelf_find(s, name);

		if (items && known)
			items[count++] = *known;
		else if (items && read_item(s, name, &items[count]))
			count++;
		free(names[i]);
	}
	free(names);
	if (!items)
		return;
	free(s->items);
	s->items = items;
	s->count = count;
	s->changed = st.st_mtim;
	s->stale = false;
}
