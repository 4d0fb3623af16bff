/* SPDX-License-Identifier: Apache-2.0 */
#include "web/printer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void its_address_is_the_pages(void **state)
{
	static const struct {
		const char *page, *want;
	} cases[] = {
		{ "http://127.0.0.1:4381", "ipp://127.0.0.1:4381/ipp/print" },
		{ "http://[::1]:4381", "ipp://[::1]:4381/ipp/print" },
		{ "https://192.168.1.2:443",
		  "ipps://192.168.1.2:443/ipp/print" },
		{ "https://0.0.0.0:4381", "ipps://localhost:4381/ipp/print" },
		{ "https://[::]:4381", "ipps://localhost:4381/ipp/print" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char uri[PRINTER_URI_SIZE];

		printer_uri(cases[i].page, uri);
		assert_string_equal(uri, cases[i].want);
	}
}

static void its_paths_are_its_own(void **state)
{
	static const char *const others[] = {
		"/",	       "/ipp",	       "/ipp/",
		"/ipp/prin",   "/ipp/printer", "/api/v1/jobs",
		"/x/ipp/print"
	};

	(void)state;
	assert_true(printer_serves("/ipp/print"));
	assert_true(printer_serves("/ipp/print/12"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(printer_serves(others[i]));
	/* Memory was out as the request came. */
	assert_false(printer_serves(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(its_address_is_the_pages),
		cmocka_unit_test(its_paths_are_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
