/* SPDX-License-Identifier: Apache-2.0 */
/* What is done while memory runs out. Each leaves nothing allocated. */
#pragma once

#include <stdbool.h>

enum scenario_end {
	SCENARIO_DONE, /* all of it */
	SCENARIO_TOLD, /* an error came back */
	SCENARIO_WRONG /* it said that it was done, and it was not */
};

struct scenario {
	const char *name;
	enum scenario_end (*run)(void);
	/* It keeps count of what cannot be made up: it may end the program. */
	bool may_abort;
};

extern const struct scenario scenarios[]; /* the last has no name */
