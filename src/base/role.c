/* SPDX-License-Identifier: Apache-2.0 */
#include "base/role.h"

#include <stdio.h>
#include <string.h>

static const char *const names[ROLES] = { "send", "read", "administer" };

const char *role_name(unsigned role)
{
	for (unsigned i = 0; i < ROLES; i++)
		if (role == 1U << i)
			return names[i];
	return "";
}

unsigned role_of(const char *name)
{
	for (unsigned i = 0; i < ROLES; i++)
		if (strcmp(name, names[i]) == 0)
			return 1U << i;
	return 0;
}

const char *role_text(unsigned roles, char out[ROLE_TEXT_SIZE])
{
	size_t used = 0;

	snprintf(out, ROLE_TEXT_SIZE, "none");
	for (unsigned i = 0; i < ROLES; i++)
		if (roles & 1U << i)
			used += (size_t)snprintf(
				out + used, ROLE_TEXT_SIZE - used, "%s%s",
				used > 0 ? ", " : "", names[i]);
	return out;
}

static bool alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

bool role_user_valid(const char *user)
{
	size_t n = strlen(user);

	if (n < 1 || n > ROLE_USER_MAX || !alphanumeric(user[0]) ||
	    strcmp(user, ROLE_LOCAL) == 0)
		return false;
	for (size_t i = 1; i < n; i++)
		if (!alphanumeric(user[i]) && !strchr("._-", user[i]))
			return false;
	return true;
}
