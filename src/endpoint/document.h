/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `faxwire-fax document`: does one thing to one file of a user, confined, and
 * says in one line how it went. It opens nothing: the file is on descriptor
 * 0, the line goes to 1, what it writes to 3.
 *
 *   measure                     a TIFF file: what is in it
 *   add RESOLUTION SIZE PAGES   appends TIFF or PNM to the document on 3,
 *                               which has PAGES pages: "add fine A4 0"; the
 *                               JPEG that a PNM was made of is on 4, or nothing
 *   draw RESOLUTION SIZE PAGES  the same with pages that come in as a stream
 *                               of PNM, drawn in points of the document
 *   pick RESOLUTION SIZE PAGES LIST
 *                               the same with some pages of a TIFF: "2,1,7"
 *   plain                       text to PostScript
 *   sheet                       a form (fax/sheet.h) to PostScript; a fax that
 *                               it shows is on 4, or nothing
 *   png PAGE WIDTH              shows a page of a fax; WIDTH 0: natural
 *
 * The line: "0", then for `measure` the pages, the size, and the resolution
 * if all of it are fax pages ("0 2 A4 fine", else "0 2 A4 -"), for `add` and
 * `pick` the pages that the document has now. Or the number of the error (enum
 * err) and a sentence that goes on from the name of the file: "4 is damaged:
 * ...".
 */
#pragma once

/* `argv` begins after the word `document`. Ends the process, with 0 whenever
 * the line could be written. */
_Noreturn int document_main(int argc, char **argv);
