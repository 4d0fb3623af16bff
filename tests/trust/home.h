/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with a relay's key and certificate, for one test. */
#pragma once

/* For cmocka. */
int home_set_up(void **state);
int home_tear_down(void **state);

/* The path of something in it; valid for the next few calls. */
const char *home(const char *name);
