/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands: each takes its words and returns the exit code. */
#pragma once

#include "cli/ask.h"

int join_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int send_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int list_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int jobs_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int cancel_command(const struct ask_options *o, const char *const *words,
		   size_t count);
int inbox_command(const struct ask_options *o, const char *const *words,
		  size_t count);
int rules_command(const struct ask_options *o, const char *const *words,
		  size_t count);
int show_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int status_command(const struct ask_options *o, const char *const *words,
		   size_t count);
int user_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int token_command(const struct ask_options *o, const char *const *words,
		  size_t count);
int page_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int printer_command(const struct ask_options *o, const char *const *words,
		    size_t count);
int audit_command(const struct ask_options *o, const char *const *words,
		  size_t count);
int contacts_command(const struct ask_options *o, const char *const *words,
		     size_t count);
int again_command(const struct ask_options *o, const char *const *words,
		  size_t count);
int hold_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int release_command(const struct ask_options *o, const char *const *words,
		    size_t count);
int priority_command(const struct ask_options *o, const char *const *words,
		     size_t count);
int remove_command(const struct ask_options *o, const char *const *words,
		   size_t count);
int pause_command(const struct ask_options *o, const char *const *words,
		  size_t count);
int resume_command(const struct ask_options *o, const char *const *words,
		   size_t count);
int preview_command(const struct ask_options *o, const char *const *words,
		    size_t count);
int report_command(const struct ask_options *o, const char *const *words,
		   size_t count);
int mark_command(const struct ask_options *o, const char *const *words,
		 size_t count);
int print_command(const struct ask_options *o, const char *const *words,
		  size_t count);
int forward_command(const struct ask_options *o, const char *const *words,
		    size_t count);
int delete_command(const struct ask_options *o, const char *const *words,
		   size_t count);
int restore_command(const struct ask_options *o, const char *const *words,
		    size_t count);
int settings_command(const struct ask_options *o, const char *const *words,
		     size_t count);
