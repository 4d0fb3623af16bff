/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One endpoint child, faxwire-fax, as the terminal sees it: started, fed,
 * heard, and done with exactly once. It trusts no word of the child's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "io/loop.h"
#include "wire/endpoint.h"

struct engine;

struct engine_setup {
	struct loop *loop;   /* borrowed */
	const char *program; /* faxwire-fax */
	bool caller;
	bool unpaced;
	uint16_t patience_s;
	const char *name;    /* TSI or CSI */
	const char *heading; /* above each page; caller; empty: none */
	int tiff;	     /* the child gets a copy */
	int pdf;	     /* the same; callee; -1: none */
	int sent;	     /* empty, for the pages with headings; caller */
};

struct engine_end {
	bool good;  /* T.30 ended well */
	bool again; /* else: trying again may help */
	uint16_t pages;
	char sentence[ENDPOINT_SENTENCE_MAX + 1];
};

/* Nothing of these comes from inside a function of this file. */
struct engine_handlers {
	void (*ifp)(void *owner, struct span ifp);
	void (*taken)(void *owner, uint64_t octets);
	void (*identity)(void *owner, struct span text);
	void (*page)(void *owner, uint16_t number);
	/* Once: by its own word, or because it died. */
	void (*done)(void *owner, const struct engine_end *end);
};

/* NULL: out of memory, processes or descriptors. */
struct engine *engine_new(const struct engine_setup *setup,
			  const struct engine_handlers *handlers, void *owner);
/* Kills the child; no handler is called any more. */
void engine_free(struct engine *e);

void engine_ifp(struct engine *e, struct span ifp);
void engine_taken(struct engine *e, uint64_t octets);
/* It is to finish what is finished; `done` follows. */
void engine_stop(struct engine *e);
