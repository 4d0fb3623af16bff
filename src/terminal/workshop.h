/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A work folder in which confined programs make something of a user's files,
 * one after the other, step by step with the loop. What they made on the way
 * is gone afterwards; what they say is all that is read of it here. It knows
 * no kind of file.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "io/child.h"
#include "io/loop.h"
#include "terminal/tool.h"

/* In the folder: what the tool that ran last has said. */
#define WORKSHOP_LINE	   "line"
#define WORKSHOP_COMPLAINT "complaint" /* to standard error */

typedef void workshop_step(void *owner);

struct workshop {
	struct loop *loop; /* borrowed, as is `owner` */
	void *owner;	   /* the argument of each step */
	char *folder_path;
	int folder;
	char *program;	  /* faxwire-fax */
	const char *keep; /* the file that stays once it is made; static */
	int input;	  /* borrowed; for the next tool, or -1 */
	enum sandbox_level walls; /* of the next tool, if it is not our own */
	bool made;		  /* it stays */
	struct tool tool;	  /* the words of the next one to run */
	struct tool feeder;	  /* of one that feeds it (workshop_pipe) */
	struct child *child;	  /* owned; what runs, or NULL */
	struct child *fed_by;	  /* the same */
	struct child_end end;	  /* how the last one ended */
	struct child_end fed;	  /* and what fed it */
	workshop_step *next;
	struct deferred step; /* runs `next` */
};

/* `folder` is empty and absolute. ERR_MEMORY: as if nothing had been. With the
 * sentence of workshop_fault() it can only tell so, by workshop_advance(). */
MUST_CHECK enum err workshop_init(struct workshop *w, struct loop *loop,
				  void *owner, const char *folder,
				  const char *program, struct why *why);
/* Kills what runs, removes what was made. */
void workshop_fini(struct workshop *w);

/* Runs `next` after this turn of the loop. */
void workshop_advance(struct workshop *w, workshop_step *next);

/* -1 with errno. */
int workshop_open(const struct workshop *w, const char *name, int flags);
void workshop_remove(const struct workshop *w, const char *name);
/* What stands in a file of the folder, as text; to be freed. NULL: memory is
 * out, or it cannot be read. */
char *workshop_read(const struct workshop *w, const char *name);
/* The system refused something about the folder: writes a whole sentence. */
enum err workshop_fault(const struct workshop *w, int number, struct why *why);

/* What a tool reads and writes: names in the folder, or NULL. */
struct workshop_files {
	const char *in;	  /* descriptor 0; w->input is 4 then, else 0 */
	const char *out;  /* descriptor 1; emptied before */
	const char *file; /* descriptor 3; goes on where it ends */
};

/* Runs w->tool, `own` when it is faxwire-fax, which confines itself; `next`
 * follows when it has ended. ERR_MEMORY: it could not be started; else the
 * sentence of workshop_fault(). */
MUST_CHECK enum err workshop_run(struct workshop *w, struct workshop_files f,
				 bool own, workshop_step *next,
				 struct why *why);

/* Runs w->feeder, confined, and at the same time w->tool, which is faxwire-fax
 * and reads what the other writes: nothing of that comes to lie on the disk.
 * `f.in` is not for it. */
MUST_CHECK enum err workshop_pipe(struct workshop *w, struct workshop_files f,
				  workshop_step *next, struct why *why);

/* How the tool, or what fed it, ended. ERR_BAD without a sentence: it failed,
 * and only the caller knows what that means. ERR_SPACE and ERR_IO: a whole
 * sentence. Else `why` goes on from the name of a file. */
MUST_CHECK enum err workshop_ended(struct workshop *w, struct why *why);
/* The same of our own program; *answer is what it said after its "0": to be
 * freed, NULL unless OK. */
MUST_CHECK enum err workshop_answer(struct workshop *w, char **answer,
				    struct why *why);
