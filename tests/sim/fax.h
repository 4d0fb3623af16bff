/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One fax in a call in the simulation: what src/terminal/call.c does between
 * core/transfer, the pipe, the engine and the inbox.
 */
#pragma once

#include "base/buf.h"
#include "core/transfer.h"
#include "engine.h"
#include "wire/deframe.h"

struct terminal_node;

struct fax {
	struct terminal_node *terminal; /* borrowed */
	uint32_t number;
	char far_id[ADDRESS_ID_MAX + 1];
	int job; /* -1: not known yet */
	struct transfer transfer;
	struct engine engine;
	int incoming; /* on the disk; -1: none */
	bool over;    /* nothing more is carried out */
	struct deframe in;
	struct buf out; /* pipe frames, to leave at the event's end */
};

/* `job` -1: the callee's end. */
struct fax *fax_new(struct terminal_node *t, uint32_t number,
		    const char *far_id, int job);
void fax_free(struct fax *f);
/* Forgets what came and was not stored, as a process does that goes on. */
void fax_abandon(struct fax *f);

void fax_data(struct fax *f, const uint8_t *bytes, size_t len);
void fax_over(struct fax *f, uint16_t reason);
void fax_cancel(struct fax *f);
/* At an event's end. */
void fax_flush(struct fax *f);

int64_t fax_next(const struct fax *f); /* us */
void fax_step(struct fax *f);
