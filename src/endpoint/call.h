/* SPDX-License-Identifier: Apache-2.0 */
/* `faxwire-fax call`: one end of one fax, confined (wire/endpoint.h). */
#pragma once

/* Runs until the fax is over and said so, or the parent is gone. Returns the
 * program's exit code. */
int call_main(void);
