/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `faxwire-terminal porter`: does one slow thing for the terminal, in a
 * process of its own that can be ended: hands a mail to a mail server, or
 * copies a fax into a folder. What, is one JSON object on its input; how it
 * went, a sentence on its output and an exit code. For the terminal alone.
 *
 *   {"do": "mail", "url", "plain", "ca", "from", "to": [], "subject", "body",
 *    "id", "file", "file_name", "file_type"}
 *   {"do": "folder", "from", "folder", "name", "word", "mode", "again"}
 */
#pragma once

enum { PORTER_MAIL_S = 120 };

/* EX_OK; EX_TEMPFAIL: another time; EX_DATAERR: it was refused; EX_USAGE. */
int porter_main(void);
