/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/previewcmd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/text.h"
#include "daemon/answer.h"
#include "daemon/request.h"
#include "io/random.h"
#include "store/workroom.h"
#include "terminal/prepare.h"

enum { ID_SIZE = 16 };

/* A session that waits for its pages. */
struct waiter {
	struct answer_waiter base;
	struct local_session *session;
	struct prepare *prepare;
	char folder[ATOMIC_PATH_MAX];
	int fds[LOCAL_FDS_MAX]; /* owned; the last is where the pages go */
	size_t fds_count;
};

static void drop(struct waiter *w)
{
	for (size_t i = 0; i < w->fds_count; i++)
		close(w->fds[i]);
	if (*w->folder)
		(void)atomic_remove_folder(w->folder);
	local_set_user(w->session, NULL);
	free(w);
}

static void on_gone(struct answer_waiter *base)
{
	struct waiter *w = (struct waiter *)(void *)base;

	prepare_cancel(w->prepare);
	drop(w);
}

static enum err copy_pages(const struct waiter *w, struct why *why)
{
	char path[ATOMIC_PATH_MAX];
	enum err e = atomic_path(path, why, "%s/" PREPARE_DOCUMENT, w->folder);
	int from = e == OK ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (from < 0)
		return ERR_IO;
	e = answer_copy(from, w->fds[w->fds_count - 1]);
	close(from);
	return e;
}

static void on_prepared(void *owner, enum err e,
			const struct prepare_result *result,
			const struct why *why)
{
	struct waiter *w = owner;
	struct local_session *s = w->session;
	struct why reason = *why;
	unsigned pages = result->pages;

	if (e == OK)
		e = copy_pages(w, &reason);
	drop(w);
	if (e != OK) {
		answer_fail(s, e, &reason);
		return;
	}
	answer_say(s, json_pack("{s:i}", "pages", (int)pages));
	answer_end(s);
}

static enum err begin(struct waiter *w, struct loop *loop,
		      const struct config *config, const json_t *in,
		      struct why *why)
{
	const json_t *names = json_object_get(in, "names");
	struct prepare_file files[LOCAL_FDS_MAX];
	struct prepare_request r = { .files = files,
				     .count = w->fds_count - 1,
				     .folder = w->folder,
				     .program = config->fax_program };
	uint8_t id[ID_SIZE];
	char hex[2 * ID_SIZE + 1];
	enum err e = request_resolution(in, &r.resolution, why);

	if (e == OK)
		e = request_pages(in, &r.pages, why);
	if (e != OK)
		return e;
	for (size_t i = 0; i < r.count; i++) {
		const char *name = json_string_value(json_array_get(names, i));

		files[i] = (struct prepare_file){ .fd = w->fds[i],
						  .name = name ? name : "" };
	}
	random_bytes(id, sizeof(id));
	text_to_hex(id, sizeof(id), hex);
	e = workroom_folder(config->home, hex, w->folder, why);
	if (e == OK)
		w->prepare = prepare_new(loop, &r, on_prepared, w);
	return e == OK && !w->prepare ? ERR_MEMORY : e;
}

void previewcmd_run(struct loop *loop, const struct config *config,
		    struct local_session *s, const json_t *in, const int *fds,
		    size_t n)
{
	struct waiter *w = calloc(1, sizeof(*w));
	struct why why = { "" };
	enum err e = w ? OK : ERR_MEMORY;

	if (w) {
		w->base.gone = on_gone;
		w->session = s;
		local_set_user(s, &w->base);
	}
	for (size_t i = 0; i < n; i++) {
		if (w)
			w->fds[w->fds_count++] = fds[i];
		else
			close(fds[i]);
	}
	if (e == OK && (n < 2 || !answer_is_file(fds[n - 1]))) {
		why_set(&why, "A preview needs files, and one to be written.");
		e = ERR_BAD;
	}
	if (e == OK)
		e = begin(w, loop, config, in, &why);
	if (e == OK)
		return;
	if (w)
		drop(w);
	answer_fail(s, e, &why);
}
