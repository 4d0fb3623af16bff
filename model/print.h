/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of model/table.h in their two forms. */
#pragma once

/* For spin: rules that model/call.pml includes. */
void print_promela(void);
/* For people: docs/states.md. */
void print_page(void);
