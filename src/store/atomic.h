/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files and folders that are there whole or not at all, whatever is cut off
 * in between: temporary name, fsync, rename, fsync of the folder.
 * The sentences name the path and say what to do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

enum { ATOMIC_PATH_MAX = 4096 };

/* printf into a path; ERR_LIMIT when it does not fit. */
MUST_CHECK enum err atomic_path(char out[ATOMIC_PATH_MAX], struct why *why,
				const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Replaces or makes `path` with these bytes. */
MUST_CHECK enum err atomic_write(const char *path, const void *bytes,
				 size_t len, mode_t mode, struct why *why);

/* Reads the whole file and ends it with a NUL that is not counted. The
 * caller frees *out. ERR_MISSING, ERR_LIMIT over `cap`. */
MUST_CHECK enum err atomic_read(const char *path, size_t cap, char **out,
				size_t *len, struct why *why);

/* Makes the folder and its parents, mode 0700; there already is fine. */
MUST_CHECK enum err atomic_folder(const char *path, struct why *why);

/* Makes what a folder lists survive a power cut. */
MUST_CHECK enum err atomic_sync_folder(const char *path, struct why *why);

/* Makes a file's content survive a power cut. */
MUST_CHECK enum err atomic_sync_file(const char *path, struct why *why);

/* Renames (both in folders on one file system) and syncs both folders. */
MUST_CHECK enum err atomic_rename(const char *from, const char *to,
				  struct why *why);

/* Gives a file without a name (O_TMPFILE, on the same file system) this one,
 * which is not safe before its folder is synced. */
MUST_CHECK enum err atomic_name(int fd, const char *path, struct why *why);

/* Removes a folder of files; folders inside it are left, and it with them.
 * True when it is gone. */
bool atomic_remove_folder(const char *path);

/* --- parts of something larger: nothing of it is safe before a sync --- */

/* Makes a file, or a folder, that was not there. */
MUST_CHECK enum err atomic_new_file(const char *path, const void *bytes,
				    size_t len, mode_t mode, struct why *why);
MUST_CHECK enum err atomic_new_folder(const char *path, struct why *why);

/* Makes `to` the same file as `from`, which nobody may write to any more; a
 * copy where the file system cannot do that. */
MUST_CHECK enum err atomic_share(const char *from, const char *to,
				 struct why *why);

/* Makes all that was written to the file system of `path` survive a power
 * cut: one wait for many files. */
MUST_CHECK enum err atomic_sync_all(const char *path, struct why *why);
