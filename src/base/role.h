/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person or a program may do at a terminal: roles, as a set of bits and
 * as words; and what a user may be called. Who has which is not known here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum {
	ROLE_SEND = 1,	     /* send faxes, and see what was sent */
	ROLE_READ = 2,	     /* read the inbox */
	ROLE_ADMINISTER = 4, /* set up; alone it reads no fax */
	ROLE_ALL = 7,
	ROLES = 3, /* how many there are */
};

enum { ROLE_USER_MAX = 32, ROLE_USER_SIZE = ROLE_USER_MAX + 1 };

/* Whom the control socket let in: the account that the terminal runs under,
 * at this machine. Nobody else may be called so. */
#define ROLE_LOCAL "local"

/* "send", "read", "administer" of one bit; static storage. */
const char *role_name(unsigned role);
/* 0 when `name` is no role's. */
unsigned role_of(const char *name);

/* "send, read"; "none" of none. Returns `out`. */
enum { ROLE_TEXT_SIZE = 32 };
const char *role_text(unsigned roles, char out[ROLE_TEXT_SIZE]);

/* 1 to 32 letters, digits, dot, dash and underscore, the first a letter or a
 * digit, and not ROLE_LOCAL. */
bool role_user_valid(const char *user);
