/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shelf.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	/* A change within a tick of the last one leaves the same time. A tick
	 * of Linux is 10 ms at most; file systems that keep whole seconds, or
	 * every other one, show it. */
	TICK_MS = 50,
	COARSE_TICK_MS = 2000,
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

static int64_t to_ms(struct timespec t)
{
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Whatever came after the last look has left another time: when that look was
 * itself so soon after a change, that is not known. */
static bool is_fresh(const struct shelf *s, const struct stat *st)
{
	int64_t tick = s->changed.tv_nsec ? TICK_MS : COARSE_TICK_MS;

	return !s->stale && st->st_mtim.tv_sec == s->changed.tv_sec &&
	       st->st_mtim.tv_nsec == s->changed.tv_nsec &&
	       to_ms(s->looked) - to_ms(s->changed) > tick;
}

void shelf_look(struct shelf *s)
{
	struct shelf_item *items = NULL;
	struct dirent **names = NULL;
	struct timespec now;
	size_t count = 0;
	struct stat st;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
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
	s->looked = now;
	s->stale = false;
}
