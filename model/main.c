/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "print.h"

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "promela") == 0)
		print_promela();
	else if (argc == 2 && strcmp(argv[1], "page") == 0)
		print_page();
	else {
		fputs("usage: states promela|page\n", stderr);
		return 2;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
