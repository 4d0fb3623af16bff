/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct rules_rule rule;
static struct rules_event event;
static struct why why;

static int set_up(void **state)
{
	(void)state;
	rules_init(&rule, RULES_RECEIVED, RULES_FOLDER);
	strcpy(rule.name, "file");
	strcpy(rule.folder, "/srv/faxes");
	event = (struct rules_event){
		.when = RULES_RECEIVED,
		.from = "ana",
		.relay = "north",
		.number = "+81 3 1234-5678",
		.title = "Invoice",
		.job = "00112233445566778899aabbccddeeff",
		.date = "2026-11-24",
		.time = "19:05",
		.result = "Complete.",
		.pages = 3,
	};
	why.text[0] = '\0';
	return 0;
}

static void put(struct rules_list *l, const char *item)
{
	snprintf(l->items[l->count++], sizeof(l->items[0]), "%s", item);
}

/* --- whom a rule is for --- */

static bool from(const char *pattern)
{
	rule.from.count = 0;
	put(&rule.from, pattern);
	assert_true(rules_check(&rule, &why));
	return rules_meets(&rule, &event);
}

static void a_pattern_is_a_user_or_a_beginning(void **state)
{
	(void)state;
	assert_true(from("ana"));
	assert_true(from("*"));
	assert_true(from("an*"));
	assert_true(from("ana*"));
	assert_true(from("ana@north"));
	assert_true(from("ana@n*"));
	assert_true(from("*@north"));
	assert_false(from("an"));
	assert_false(from("anna"));
	assert_false(from("anab*"));
	assert_false(from("ana@south"));
	assert_false(from("ana@nort"));
	assert_false(from("ben@north"));
	event.relay = "";
	assert_true(from("ana"));
	assert_true(from("ana@*"));
	assert_false(from("ana@north"));
}

static bool number(const char *pattern)
{
	rule.number.count = 0;
	put(&rule.number, pattern);
	assert_true(rules_check(&rule, &why));
	return rules_meets(&rule, &event);
}

static void of_numbers_only_the_digits_count(void **state)
{
	(void)state;
	assert_true(number("+81312345678"));
	assert_true(number("81-3-1234-5678"));
	assert_true(number("+81 3*"));
	assert_true(number("*"));
	assert_false(number("+8131234567"));
	assert_false(number("+82*"));
	event.number = "ana"; /* a name has none */
	assert_false(number("1"));
	assert_true(number("*"));
	event.number = "";
	assert_false(number("-")); /* neither has a pattern of no digits */
}

static void both_lists_must_have_one_and_any_of_each_will_do(void **state)
{
	(void)state;
	assert_true(rules_meets(&rule, &event)); /* neither says anything */
	put(&rule.from, "ben");
	put(&rule.from, "ana");
	put(&rule.number, "82*");
	assert_false(rules_meets(&rule, &event));
	put(&rule.number, "81*");
	assert_true(rules_meets(&rule, &event));
	rule.from.count = 1;
	assert_false(rules_meets(&rule, &event));
}

static void one_that_is_off_or_for_something_else_meets_nothing(void **state)
{
	(void)state;
	rule.enabled = false;
	assert_false(rules_meets(&rule, &event));
	rule.enabled = true;
	event.when = RULES_FAILED;
	assert_false(rules_meets(&rule, &event));
}

static void all_that_meet_are_chosen_up_to_the_last(void **state)
{
	static struct rules_rule other, more;
	const struct rules_rule *const all[] = { &rule, &other, &more };
	size_t out[RULES_MAX];

	(void)state;
	other = more = rule;
	put(&other.from, "ben");
	other.last = true; /* it does not meet: it ends nothing */
	assert_int_equal(rules_choose(all, 3, &event, out), 2);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 2);
	rule.last = true;
	assert_int_equal(rules_choose(all, 3, &event, out), 1);
	assert_int_equal(rules_choose(all, 0, &event, out), 0);
}

static void terms_are_the_same_when_the_faxes_are(void **state)
{
	static struct rules_rule other;

	(void)state;
	other = rule;
	strcpy(other.folder, "/elsewhere");
	other.last = true;
	assert_true(rules_same_terms(&rule, &other));
	put(&other.from, "ana");
	assert_false(rules_same_terms(&rule, &other));
	put(&rule.from, "ben");
	assert_false(rules_same_terms(&rule, &other));
	other = rule;
	other.enabled = false;
	assert_false(rules_same_terms(&rule, &other));
	other = rule;
	other.when = RULES_FAILED;
	assert_false(rules_same_terms(&rule, &other));
	other = rule;
	put(&other.number, "1");
	assert_false(rules_same_terms(&rule, &other));
}

/* --- texts --- */

static const char *filled(const char *text)
{
	static char out[400];

	rules_fill(text, &event, out, sizeof(out));
	return out;
}

static void words_in_braces_are_filled_in(void **state)
{
	(void)state;
	assert_string_equal(
		filled("{from}/{to}@{relay} {number} {pages} {date} {time} "
		       "{title} {job} {result}"),
		"ana/ana@north +81 3 1234-5678 3 2026-11-24 19:05 Invoice "
		"00112233445566778899aabbccddeeff Complete.");
	assert_string_equal(filled("{{from} {{"), "{from} {");
	assert_string_equal(filled("}"), "}");
	event.title = "{job} {{";
	assert_string_equal(filled("{title}"), "{job} {{"); /* once */
	event.title = NULL;
	assert_string_equal(filled("<{title}>"), "<>");
}

static void what_is_filled_in_is_one_printable_line(void **state)
{
	(void)state;
	event.title = "x\r\nBcc: eve@x.example\033[2J\342\200\256";
	assert_string_equal(filled("{title}\n"),
			    "x??Bcc: eve@x.example?[2J?\n");
}

static void a_text_that_does_not_fit_is_cut_at_a_character(void **state)
{
	char out[8];

	(void)state;
	event.title = "\303\204\303\204\303\204\303\204";
	rules_fill("a{title}b", &event, out, sizeof(out));
	assert_string_equal(out, "a\303\204\303\204\303\204");
	rules_fill("ab\303\204\303\204\303\204", &event, out, sizeof(out));
	assert_string_equal(out, "ab\303\204\303\204");
	rules_fill("{title}", &event, out, 1);
	assert_string_equal(out, "");
}

static const char *named(const char *pattern)
{
	static char out[RULES_FILE_MAX + 1];

	rules_file_name(pattern, &event, out);
	return out;
}

static void a_file_name_stays_in_its_folder(void **state)
{
	(void)state;
	assert_string_equal(named("{date} {time} {from}.pdf"),
			    "2026-11-24 19-05 ana.pdf");
	assert_string_equal(named("{from}.tif"), "ana.tif");
	event.title = "../../etc/passwd";
	assert_string_equal(named("{title}.pdf"), "_._.._etc_passwd.pdf");
	event.title = "/etc/passwd";
	assert_string_equal(named("{title}.pdf"), "_etc_passwd.pdf");
	event.title = "-rf";
	assert_string_equal(named("{title}.pdf"), "_rf.pdf");
	event.title = "a\\b|c<d>e\"f*g?h:i\nj";
	assert_string_equal(named("{title}.pdf"), "a_b_c_d_e_f_g_h-i_j.pdf");
}

static void a_file_name_has_its_ending_and_fits(void **state)
{
	char title[600];

	(void)state;
	memset(title, 'x', sizeof(title));
	title[599] = '\0';
	event.title = title;
	assert_int_equal(strlen(named("{title}.pdf")), RULES_FILE_MAX);
	assert_string_equal(named("{title}.tif") + RULES_FILE_MAX - 5, "x.tif");
	/* Cut at a character's border. */
	for (int i = 0; i < 598; i += 2)
		memcpy(title + i, "\303\204", 2);
	title[598] = '\0';
	assert_int_equal(strlen(named("{title}.pdf")), RULES_FILE_MAX);
	assert_int_equal(strlen(named("a{title}.pdf")), RULES_FILE_MAX - 1);
	event.title = "";
	assert_string_equal(named("{title}.pdf"), "_.pdf");
	/* Half a character is none: nothing is left but the ending. */
	assert_string_equal(named("\342.tif"), "_.tif");
}

static void news_without_content_names_nobody(void **state)
{
	(void)state;
	rules_init(&rule, RULES_RECEIVED, RULES_MAIL);
	rule.attach = RULES_NOTHING;
	for (int i = 0; i < 2; i++) {
		const char *text = i ? rules_body(&rule) : rules_subject(&rule);

		assert_null(strstr(text, "{from}"));
		assert_null(strstr(text, "{number}"));
		assert_null(strstr(text, "{title}"));
		assert_null(strstr(text, "{job}"));
	}
	strcpy(rule.subject, "From {from}"); /* asked for */
	assert_string_equal(rules_subject(&rule), "From {from}");
	strcpy(rule.body, "b");
	assert_string_equal(rules_body(&rule), "b");
}

static void what_a_rule_says_by_itself_has_no_unknown_words(void **state)
{
	(void)state;
	for (int w = 0; w < RULES_WHENS; w++)
		for (int a = 0; a < RULES_ATTACHES; a++) {
			struct rules_rule own;

			rules_init(&own, (enum rules_when)w, RULES_MAIL);
			own.attach = (enum rules_attach)a;
			strcpy(own.name, "own");
			put(&own.to, "a@b");
			snprintf(own.body, sizeof(own.body), "%s",
				 rules_body(&own));
			snprintf(own.subject, sizeof(own.subject), "%s",
				 rules_subject(&own));
			assert_true(rules_check(&own, &why));
		}
}

/* --- checking --- */

static void refused(const char *field)
{
	char begin[64];

	snprintf(begin, sizeof(begin), "The rule \"file\": %s: ", field);
	assert_false(rules_check(&rule, &why));
	assert_memory_equal(why.text, begin, strlen(begin));
	assert_int_equal(why.text[strlen(why.text) - 1], '.');
}

static void a_folder_is_checked(void **state)
{
	static const char *const files[] = {
		"",	      "x",	   ".pdf",   "{from}", "a/{from}.pdf",
		"{form}.pdf", "{from.pdf", "a\n.pdf"
	};
	static const char *const modes[] = { "", "64", "0640", "648", "rw-" };

	(void)state;
	assert_true(rules_check(&rule, &why));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		strcpy(rule.file, files[i]);
		refused("file");
	}
	strcpy(rule.file, "{from}.pdf");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		strcpy(rule.mode, modes[i]);
		refused("mode");
	}
	strcpy(rule.folder, "srv/faxes");
	refused("folder");
	strcpy(rule.folder, "/srv/\nfaxes");
	refused("folder");
}

static void a_mail_is_checked(void **state)
{
	(void)state;
	rules_init(&rule, RULES_RECEIVED, RULES_MAIL);
	strcpy(rule.name, "file");
	refused("to");
	put(&rule.to, "a@b");
	assert_true(rules_check(&rule, &why));
	put(&rule.to, "a@b\r\nX: y");
	refused("to");
	rule.to.count = 1;
	strcpy(rule.subject, "{who}");
	refused("subject");
	strcpy(rule.subject, "a\nX: y");
	refused("subject");
	strcpy(rule.subject, "{from}");
	strcpy(rule.body, "a\nb {");
	refused("body");
	rules_init(&rule, RULES_FAILED, RULES_MAIL);
	strcpy(rule.name, "file");
	put(&rule.to, "a@b");
	assert_true(rules_check(&rule, &why));
}

static void a_printer_is_checked(void **state)
{
	static const char *const bad[] = { "", "-d", "a b", "a/b", "a\n" };

	(void)state;
	rules_init(&rule, RULES_RECEIVED, RULES_PRINT);
	strcpy(rule.name, "file");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		strcpy(rule.printer, bad[i]);
		refused("printer");
	}
	strcpy(rule.printer, "front_desk");
	assert_true(rules_check(&rule, &why));
	strcpy(rule.server, "-h");
	refused("server");
}

static void a_program_is_checked(void **state)
{
	(void)state;
	rules_init(&rule, RULES_RECEIVED, RULES_PROGRAM);
	strcpy(rule.name, "file");
	refused("command");
	put(&rule.command, "bin/sh");
	refused("command");
	rule.command.count = 0;
	put(&rule.command, "/bin/sh");
	assert_true(rules_check(&rule, &why));
	rule.seconds = 0;
	refused("seconds");
	rule.seconds = RULES_SECONDS_MAX + 1;
	refused("seconds");
}

static void names_and_patterns_are_checked(void **state)
{
	static const char *const from_bad[] = { "",	 "a b", "*a",
						"a*b",	 "@a",	"a@",
						"a@b@c", "A",	"a\n" };
	static const char *const number_bad[] = { "", "1*2", "*1", "ana",
						  "1,2" };

	(void)state;
	rule.from.count = 1;
	for (size_t i = 0; i < sizeof(from_bad) / sizeof(from_bad[0]); i++) {
		strcpy(rule.from.items[0], from_bad[i]);
		refused("from");
	}
	rule.from.count = 0;
	rule.number.count = 1;
	for (size_t i = 0; i < sizeof(number_bad) / sizeof(number_bad[0]);
	     i++) {
		strcpy(rule.number.items[0], number_bad[i]);
		refused("number");
	}
	rule.number.count = 0;
	strcpy(rule.name, "");
	assert_false(rules_check(&rule, &why));
	strcpy(rule.name, "a\nb");
	assert_false(rules_check(&rule, &why));
	assert_null(strchr(why.text, '\n'));
	strcpy(rule.name, "file");
	rule.when = RULES_FAILED;
	refused("do");
}

/* --- trying again --- */

static void pauses_grow_and_end(void **state)
{
	int64_t before = 0;

	(void)state;
	for (uint32_t n = 1; n <= 200; n++) {
		struct rules_verdict v =
			rules_ended(RULES_AGAIN, n, INT64_MAX, 0, 1000);

		assert_int_equal(v.state, RULES_WAITING);
		assert_true(v.at_ms >= before);
		assert_true(v.at_ms <= 1000 + RULES_MOST_MS);
		before = v.at_ms;
	}
	assert_int_equal(rules_ended(RULES_AGAIN, 1, INT64_MAX, 0, 7).at_ms,
			 7 + RULES_FIRST_MS);
	assert_int_equal(rules_ended(RULES_AGAIN, 3, INT64_MAX, 0, 7).at_ms,
			 7 + 4 * RULES_FIRST_MS);
	assert_int_equal(before, 1000 + RULES_MOST_MS);
	/* Spread by a quarter at most. */
	for (uint32_t r = 0; r < 5000; r += 7) {
		int64_t at = rules_ended(RULES_AGAIN, 1, INT64_MAX, r, 0).at_ms;

		assert_in_range(at, RULES_FIRST_MS, RULES_FIRST_MS * 5 / 4);
	}
}

static void what_is_over_is_over(void **state)
{
	(void)state;
	assert_int_equal(rules_ended(RULES_WELL, 1, INT64_MAX, 0, 0).state,
			 RULES_DONE);
	assert_int_equal(rules_ended(RULES_NEVER, 1, INT64_MAX, 0, 0).state,
			 RULES_GIVEN_UP);
	assert_int_equal(
		rules_ended(RULES_FAULT, RULES_FAULTS_MAX - 1, INT64_MAX, 0, 0)
			.state,
		RULES_WAITING);
	assert_int_equal(
		rules_ended(RULES_FAULT, RULES_FAULTS_MAX, INT64_MAX, 0, 0)
			.state,
		RULES_GIVEN_UP);
	assert_int_equal(
		rules_ended(RULES_AGAIN, 1, RULES_FIRST_MS, 0, 0).state,
		RULES_GIVEN_UP);
	assert_int_equal(
		rules_ended(RULES_AGAIN, 1, RULES_FIRST_MS + 1, 0, 0).state,
		RULES_WAITING);
}

static void words_name_their_numbers(void **state)
{
	(void)state;
	for (int i = 0; i < RULES_WHENS; i++)
		assert_int_equal(
			rules_when_of(rules_when_name((enum rules_when)i)), i);
	for (int i = 0; i < RULES_DEEDS; i++)
		assert_int_equal(
			rules_deed_of(rules_deed_name((enum rules_deed)i)), i);
	for (int i = 0; i < RULES_ATTACHES; i++)
		assert_int_equal(rules_attach_of(rules_attach_name(
					 (enum rules_attach)i)),
				 i);
	for (int i = 0; i < RULES_STATES; i++)
		assert_int_equal(
			rules_state_of(rules_state_name((enum rules_state)i)),
			i);
	assert_int_equal(rules_when_of("never"), RULES_WHENS);
	assert_int_equal(rules_deed_of(""), RULES_DEEDS);
	assert_int_equal(rules_attach_of("PDF"), RULES_ATTACHES);
	assert_int_equal(rules_state_of("x"), RULES_STATES);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pattern_is_a_user_or_a_beginning),
		TEST(of_numbers_only_the_digits_count),
		TEST(both_lists_must_have_one_and_any_of_each_will_do),
		TEST(one_that_is_off_or_for_something_else_meets_nothing),
		TEST(all_that_meet_are_chosen_up_to_the_last),
		TEST(terms_are_the_same_when_the_faxes_are),
		TEST(words_in_braces_are_filled_in),
		TEST(what_is_filled_in_is_one_printable_line),
		TEST(a_text_that_does_not_fit_is_cut_at_a_character),
		TEST(a_file_name_stays_in_its_folder),
		TEST(a_file_name_has_its_ending_and_fits),
		TEST(news_without_content_names_nobody),
		TEST(what_a_rule_says_by_itself_has_no_unknown_words),
		TEST(a_folder_is_checked),
		TEST(a_mail_is_checked),
		TEST(a_printer_is_checked),
		TEST(a_program_is_checked),
		TEST(names_and_patterns_are_checked),
		TEST(pauses_grow_and_end),
		TEST(what_is_over_is_over),
		TEST(words_name_their_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
