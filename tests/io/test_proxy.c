/* SPDX-License-Identifier: Apache-2.0 */
#include "io/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const variables[] = { "https_proxy", "HTTPS_PROXY",
					 "all_proxy",	"ALL_PROXY",
					 "no_proxy",	"NO_PROXY" };

static int no_environment(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	return 0;
}

static void proxies_are_read_by_their_urls(void **state)
{
	static const struct {
		const char *text, *url, *name;
		bool has_user;
	} good[] = {
		{ "http://proxy.example:3128", "http://proxy.example:3128/",
		  "proxy.example, port 3128", false },
		{ "proxy.example:8080/", "http://proxy.example:8080/",
		  "proxy.example, port 8080", false },
		{ "HTTP://10.0.0.1:80", "http://10.0.0.1:80/",
		  "10.0.0.1, port 80", false },
		{ "http://ana:p%40ss%3a@[2001:db8::1]:1",
		  "http://ana:p%40ss%3a@[2001:db8::1]:1/",
		  "[2001:db8::1], port 1", true },
		{ "socks5://proxy.example", "socks5h://proxy.example:1080/",
		  "proxy.example, port 1080", false },
		{ "socks5://u:p@h:9", "socks5h://u:p@h:9/", "h, port 9", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct proxy p;

		assert_int_equal(proxy_decode(&p, good[i].text, NULL), OK);
		assert_string_equal(p.url, good[i].url);
		assert_string_equal(p.name, good[i].name);
		assert_int_equal(p.has_user, good[i].has_user);
		assert_string_equal(p.except, "");
	}
}

static void what_is_no_proxy_is_refused_without_repeating_it(void **state)
{
	static const char *const bad[] = {
		"",
		"http://",
		"http://Hunter2",
		"http://u:Hunter2@h",
		"http://u:Hunter2@:3128",
		"http://h:0x1",
		"http://h:65536",
		"https://u:Hunter2@h:3128",
		"socks4://h:1080",
		"ftp://h:21",
		"file:///etc/passwd",
		"http://h:3128/Hunter2",
		"http://h:3128/?Hunter2",
		"http://h:3128/#Hunter2",
		"socks5://Hunter2 x:1",
	};
	char longest[2 * PROXY_URL_MAX];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + sizeof(longest) - 4, ":80", 4);
	for (size_t i = 0; i <= sizeof(bad) / sizeof(bad[0]); i++) {
		bool last = i == sizeof(bad) / sizeof(bad[0]);
		struct why why = { "" };
		struct proxy p;

		if (proxy_decode(&p, last ? longest : bad[i], &why) != ERR_BAD)
			fail_msg("taken: %s", last ? longest : bad[i]);
		assert_non_null(strstr(why.text, "http://HOST:PORT"));
		assert_null(strstr(why.text, "Hunter2"));
		assert_string_equal(p.url, "");
	}
}

static void without_variables_there_is_none(void **state)
{
	struct proxy p;

	(void)state;
	setenv("https_proxy", "", 1);
	setenv("no_proxy", "example", 1);
	assert_int_equal(proxy_from_environment(&p, NULL), OK);
	assert_string_equal(p.url, "");
}

static void the_environment_names_one_in_its_order(void **state)
{
	struct proxy p;

	(void)state;
	/* From the last in rank to the first. */
	for (size_t i = 4; i-- > 0;) {
		char text[] = "h:1";

		text[2] = (char)('1' + (char)i);
		setenv(variables[i], text, 1);
		assert_int_equal(proxy_from_environment(&p, NULL), OK);
		assert_non_null(strstr(p.url, text));
	}
	setenv("NO_PROXY", "capitals", 1);
	assert_int_equal(proxy_from_environment(&p, NULL), OK);
	assert_string_equal(p.except, "capitals");
	setenv("no_proxy", "localhost,.example", 1);
	assert_int_equal(proxy_from_environment(&p, NULL), OK);
	assert_string_equal(p.except, "localhost,.example");
}

static void a_wrong_variable_is_named(void **state)
{
	char longest[2 * PROXY_EXCEPT_MAX];
	struct why why = { "" };
	struct proxy p;

	(void)state;
	setenv("ALL_PROXY", "https://u:Hunter2@h:1", 1);
	assert_int_equal(proxy_from_environment(&p, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "ALL_PROXY"));
	assert_null(strstr(why.text, "Hunter2"));
	setenv("ALL_PROXY", "h:1", 1);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	setenv("no_proxy", longest, 1);
	assert_int_equal(proxy_from_environment(&p, &why), ERR_BAD);
	assert_non_null(strstr(why.text, "no_proxy"));
}

#define TEST(name) cmocka_unit_test_setup(name, no_environment)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(proxies_are_read_by_their_urls),
		TEST(what_is_no_proxy_is_refused_without_repeating_it),
		TEST(without_variables_there_is_none),
		TEST(the_environment_names_one_in_its_order),
		TEST(a_wrong_variable_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
