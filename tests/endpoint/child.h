/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real faxwire-fax in a process of its own, as a terminal program runs
 * it, and a path between two of them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/endpoint.h"

enum { CHILD_PAGES_MAX = 64, CHILD_WAIT_MS = 60000 };

struct child_packet;

struct child {
	pid_t pid;
	int fd;
	bool is_gone; /* its end of the socket is closed */
	bool is_done; /* has said DONE */
	struct endpoint_done done;
	char sentence[ENDPOINT_SENTENCE_MAX + 1];
	char identity[ENDPOINT_NAME_MAX + 1];
	struct endpoint_page pages[CHILD_PAGES_MAX];
	unsigned page_count;
	unsigned stop_at_page; /* child_join() returns then; 0: never */
	int tiff;	       /* borrowed */
	bool has_pdf;
	/* The path from it to the other. */
	struct child_packet *first;
	struct child_packet *last;
	int64_t path_free_us;
	uint64_t sent; /* octets of packets */
};

/* An empty file of the disk (Landlock knows no other) without a name; the
 * same with what is in `fd`, which it closes. */
int child_file(void);
int child_copy(int fd);

/* Starts one: `tiff` and `pdf` (-1: none) are borrowed. Says nothing yet. */
void child_start(struct child *c, int tiff, int pdf);
/* START, as caller or callee. */
void child_begin(struct child *c, bool caller, bool has_pdf,
		 uint16_t patience_s);
void child_say(struct child *c, const struct endpoint_message *m);
void child_say_packet(struct child *c, const void *bytes, size_t len);
/* Waits for its next message; false when it is gone. The test fails when
 * nothing comes. The message is noted in `c`, and borrows until the next. */
bool child_hear(struct child *c, struct endpoint_message *m);
/* Closes the socket and waits for the end. Returns its wait status. */
int child_end(struct child *c);

/* Carries packets and TAKEN between the two until both are done or gone.
 * `octets_per_s`: of the path each way; 0: no limit. */
void child_join(struct child *a, struct child *b, uint32_t octets_per_s);
