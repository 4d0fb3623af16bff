/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that shall be sent, for the API's other rooms.
 */
#pragma once

#include "web/visit.h"
#include "store/drafts.h"

/* The caller owns it; NULL: memory is out. */
json_t *papers_json(const struct draft *d);
/* NULL: there is none that this visitor may use, and he is told so. */
const struct draft *papers_find(struct visit *v, const char *hex);
/* It has been sent: removes it, and tells. */
void papers_forget(struct visit *v, const struct draft *d);
