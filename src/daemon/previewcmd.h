/* SPDX-License-Identifier: Apache-2.0 */
/*
 * {"command": "preview", "names"[, "resolution"]} at the control socket, with
 * the descriptors of the files and one more: the pages are written into that,
 * as TIFF, as the far end would get them. Nothing is sent.
 */
#pragma once

#include <stddef.h>

#include <jansson.h>

#include "io/local.h"
#include "io/loop.h"
#include "terminal/config.h"

/* Answers later. Takes the descriptors. */
void previewcmd_run(struct loop *loop, const struct config *config,
		    struct local_session *s, const json_t *in, const int *fds,
		    size_t n);
