/* SPDX-License-Identifier: Apache-2.0 */
/* Against a real mail server: tests/io/mailserver.py. */
#include "io/smtp.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../store/scratch.h"

enum { LONG_ENOUGH_S = 30 };

static pid_t server = -1;
static int to_server = -1; /* it ends when this closes */
static int port;
static struct why why;
static struct smtp_server there;
static char cert[600];

/* --- the server --- */

static int free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	close(fd);
	return ntohs(a.sin_port);
}

static void become_server(const char *words, int in, int out)
{
	char number[8], script[600];
	char copy[64];
	char *argv[12] = { script, script, NULL, number };
	int n = 4;

	snprintf(script, sizeof(script), "%s/mailserver.py",
		 getenv("FAXWIRE_TESTS"));
	snprintf(number, sizeof(number), "%d", port);
	snprintf(copy, sizeof(copy), "%s", words);
	argv[2] = strdup(scratch("mail"));
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		argv[n++] = w;
	dup2(in, 0);
	dup2(out, 1);
	execv(script, argv + 1);
	_exit(127);
}

static void start_server(const char *words)
{
	int in[2], out[2];
	char line[16];

	port = free_port();
	assert_int_equal(pipe(in), 0);
	assert_int_equal(pipe(out), 0);
	server = fork();
	if (server == 0) {
		close(in[1]);
		close(out[0]);
		become_server(words, in[0], out[1]);
	}
	close(in[0]);
	close(out[1]);
	to_server = in[1];
	assert_true(read(out[0], line, sizeof(line)) > 0);
	close(out[0]);
}

static void stop_server(void)
{
	if (server <= 0)
		return;
	close(to_server);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = -1;
}

static void be(const char *mood)
{
	scratch_write("mail/mood", mood, strlen(mood));
}

/* A certificate for 127.0.0.1, and nothing else vouches for it. */
static int set_up(void **state)
{
	char line[1500];

	if (scratch_set_up(state) != 0)
		return -1;
	snprintf(line, sizeof(line),
		 "mkdir %s && cd %s && openssl req -x509 -newkey ec -pkeyopt "
		 "ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem "
		 "-days 2 -subj /CN=mail -addext "
		 "subjectAltName=IP:127.0.0.1 2>/dev/null",
		 scratch("mail"), scratch("mail"));
	if (system(line) != 0)
		return -1;
	snprintf(cert, sizeof(cert), "%s", scratch("mail/cert.pem"));
	why.text[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	stop_server();
	return scratch_tear_down(state);
}

static void take_server(const char *scheme, const char *user, bool plain)
{
	char url[200];

	snprintf(url, sizeof(url), "%s://%s127.0.0.1:%d", scheme, user, port);
	assert_int_equal(smtp_decode(&there, url, plain, &why), OK);
	there.ca = cert;
}

static const char *const two[] = { "ben@office.example",
				   "eve+fax@clinic.example" };

static struct smtp_message message(void)
{
	return (struct smtp_message){
		.from = "fax@office.example",
		.to = two,
		.to_count = 2,
		.subject = "Fax",
		.body = "One\nTwo\n",
		.id = "0123-abc",
	};
}

static enum smtp_end send_it(const struct smtp_message *m)
{
	why.text[0] = '\0';
	return smtp_send(&there, m, LONG_ENOUGH_S, &why);
}

/* What the server has kept as its n-th. */
static char *kept(int n)
{
	static char bytes[200000];
	char name[32];
	size_t len;
	FILE *f;

	snprintf(name, sizeof(name), "mail/mails/%04d", n);
	f = fopen(scratch(name), "r");
	assert_non_null(f);
	len = fread(bytes, 1, sizeof(bytes) - 1, f);
	bytes[len] = '\0';
	fclose(f);
	return bytes;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		print_error("missing: %s; in: %s\n", part, text);
	assert_non_null(strstr(text, part));
}

/* --- mails that go --- */

static void a_mail_goes_by_starttls_and_a_password(void **state)
{
	struct smtp_message m = message();
	const char *mail;

	(void)state;
	start_server("auth");
	take_server("smtp", "ana:p%40ss%3aword@", false);
	assert_int_equal(send_it(&m), SMTP_SENT);
	has(why.text, "Taken as 0000");
	mail = kept(0);
	has(mail, "{\"from\": \"fax@office.example\", \"to\": "
		  "[\"ben@office.example\", \"eve+fax@clinic.example\"], "
		  "\"tls\": true, \"user\": \"ana\"}");
	has(mail, "\r\nFrom: Fax <fax@office.example>\r\n");
	has(mail, "\r\nTo: ben@office.example,\r\n eve+fax@clinic.example\r\n");
	has(mail, "\r\nSubject: Fax\r\n");
	has(mail, "\r\nMessage-ID: <0123-abc@office.example>\r\n");
	has(mail, "\r\nAuto-Submitted: auto-generated\r\n");
	has(mail, "\r\nDate: ");
	has(mail, "\r\n\r\nOne\r\nTwo\r\n");
}

static void a_mail_goes_by_tls_from_the_beginning(void **state)
{
	struct smtp_message m = message();

	(void)state;
	start_server("tls");
	take_server("smtps", "", false);
	assert_int_equal(send_it(&m), SMTP_SENT);
	has(kept(0), "\"tls\": true");
}

static void a_server_without_tls_is_used_when_that_is_said(void **state)
{
	struct smtp_message m = message();

	(void)state;
	start_server("plain");
	take_server("smtp", "", true);
	assert_int_equal(send_it(&m), SMTP_SENT);
	has(kept(0), "\"tls\": false");
	take_server("smtp", "", false);
	assert_int_equal(send_it(&m), SMTP_AGAIN);
	has(why.text, "offers no TLS");
}

static void a_file_goes_with_it(void **state)
{
	static uint8_t octets[100000];
	struct smtp_message m = message();
	/* By another program's base64. */
	static const char end[] = "VFtiaXB3foWMk5qhqK+2vcTL0tng5w==\r\n";
	char path[600];
	const char *mail, *at, *last = "";

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 7 + i / 251);
	scratch_write("fax.pdf", octets, sizeof(octets));
	snprintf(path, sizeof(path), "%s", scratch("fax.pdf"));
	start_server("plain");
	take_server("smtp", "", true);
	m.file = path;
	m.file_name = "fax-2026-11-24-ana.pdf";
	m.file_type = "application/pdf";
	assert_int_equal(send_it(&m), SMTP_SENT);
	mail = kept(0);
	has(mail, "filename=\"fax-2026-11-24-ana.pdf\"\r\n");
	has(mail, "\r\nContent-Type: application/pdf\r\n");
	has(mail, "\r\nContent-Transfer-Encoding: base64\r\n");
	/* RFC 2045 section 6.8: lines of 76; the last is the end of the file,
	 * 22 octets. */
	at = strstr(mail, "base64\r\n\r\n");
	assert_non_null(at);
	for (at += 10; *at != '-'; at += strcspn(at, "\r") + 2) {
		assert_true(strcspn(at, "\r") <= 76);
		last = at;
	}
	assert_memory_equal(last, end, strlen(end));
	m.file = "/nowhere/fax.pdf";
	assert_int_equal(send_it(&m), SMTP_AGAIN);
	has(why.text, "could not be read");
}

static void foreign_text_begins_no_field_and_no_line(void **state)
{
	struct smtp_message m = message();
	const char *mail;

	(void)state;
	start_server("plain");
	take_server("smtp", "", true);
	m.subject = "x\r\nBcc: eve@x.example\r\n\r\nbody";
	m.body = "One\r\n.\r\nQUIT\r\n.hidden\n\303\204rger\n";
	assert_int_equal(send_it(&m), SMTP_SENT);
	mail = kept(0);
	has(mail, "\r\nSubject: x??Bcc: eve@x.example????body\r\n");
	assert_null(strstr(mail, "\nBcc:"));
	has(mail, "\r\nOne\r\n.\r\nQUIT\r\n.hidden\r\n=C3=84rger\r\n");
	m.subject = "\343\203\225\343\202\241\343\202\257\343\202\271";
	assert_int_equal(send_it(&m), SMTP_SENT);
	has(kept(1), "\r\nSubject: =?UTF-8?B?44OV44Kh44Kv44K5?=\r\n");
}

static void a_malformed_address_goes_nowhere(void **state)
{
	static const char *const bad[] = { "ben@office.example>\r\nRCPT TO:<x",
					   "ben" };
	struct smtp_message m = message();

	(void)state;
	start_server("plain");
	take_server("smtp", "", true);
	m.to_count = 1;
	for (int i = 0; i < 2; i++) {
		m.to = bad + i;
		assert_int_equal(send_it(&m), SMTP_REFUSED);
		has(why.text, "malformed");
	}
	m = message();
	m.from = "fax\r\n@x";
	assert_int_equal(send_it(&m), SMTP_REFUSED);
	m = message();
	m.to_count = 0;
	assert_int_equal(send_it(&m), SMTP_REFUSED);
	assert_false(scratch_exists("mail/mails"));
}

/* --- mails that do not go --- */

static void what_the_server_says_decides(void **state)
{
	static const struct {
		const char *mood;
		enum smtp_end end;
		const char *said;
	} moods[] = {
		{ "busy", SMTP_AGAIN, "Not now, please" },
		{ "no", SMTP_REFUSED, "No such user here" },
		{ "full", SMTP_REFUSED, "The mailbox is full" },
		{ "later", SMTP_AGAIN, "Later, please" },
	};
	struct smtp_message m = message();

	(void)state;
	start_server("plain");
	take_server("smtp", "", true);
	for (size_t i = 0; i < sizeof(moods) / sizeof(moods[0]); i++) {
		be(moods[i].mood);
		assert_int_equal(send_it(&m), moods[i].end);
		has(why.text, moods[i].said);
	}
	be("");
	assert_int_equal(send_it(&m), SMTP_SENT);
}

static void a_wrong_password_is_told(void **state)
{
	struct smtp_message m = message();

	(void)state;
	start_server("auth");
	take_server("smtp", "ana:wrong@", false);
	assert_int_equal(send_it(&m), SMTP_REFUSED);
	has(why.text, "does not take this user name and password");
	assert_null(strstr(why.text, "wrong"));
}

static void a_certificate_of_nobody_is_refused(void **state)
{
	struct smtp_message m = message();

	(void)state;
	start_server("auth");
	take_server("smtp", "ana:p%40ss%3aword@", false);
	there.ca = NULL; /* the system's */
	assert_int_equal(send_it(&m), SMTP_AGAIN);
	has(why.text, "certificate");
	assert_false(scratch_exists("mail/mails"));
}

static void a_server_that_is_down_or_silent_is_waited_for(void **state)
{
	struct smtp_message m = message();
	time_t begin = time(NULL);

	(void)state;
	port = free_port();
	take_server("smtp", "", true);
	assert_int_equal(send_it(&m), SMTP_AGAIN);
	has(why.text, "nothing answers there");
	start_server("plain");
	take_server("smtp", "", true);
	be("slow");
	assert_int_equal(smtp_send(&there, &m, 1, &why), SMTP_AGAIN);
	has(why.text, "did not answer in time");
	assert_true(time(NULL) - begin < 20);
}

/* --- names --- */

static void servers_are_read_by_their_urls(void **state)
{
	static const struct {
		const char *text, *name;
	} good[] = {
		{ "smtp://mail.example", "mail.example, port 25" },
		{ "smtp://mail.example:587/", "mail.example, port 587" },
		{ "smtps://u:p@mail.example", "mail.example, port 465" },
		{ "smtp://[2001:db8::1]:25", "[2001:db8::1], port 25" },
	};
	static const char *const bad[] = {
		"",
		"mail.example",
		"http://mail.example",
		"smtp://",
		"smtp://mail.example/hello",
		"smtp://mail.example?x",
		"smtp://mail.example#x",
		"smtp://mail.example:0x",
		"smtp://mail example",
		"file:///etc/passwd",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(smtp_decode(&there, good[i].text, false, &why),
				 OK);
		assert_string_equal(there.name, good[i].name);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(smtp_decode(&there, bad[i], false, &why),
				 ERR_BAD);
		assert_string_equal(there.url, "");
	}
	assert_int_equal(smtp_decode(&there, "smtp://u:secret@h", true, &why),
			 ERR_BAD);
	assert_null(strstr(why.text, "secret"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_mail_goes_by_starttls_and_a_password),
		TEST(a_mail_goes_by_tls_from_the_beginning),
		TEST(a_server_without_tls_is_used_when_that_is_said),
		TEST(a_file_goes_with_it),
		TEST(foreign_text_begins_no_field_and_no_line),
		TEST(a_malformed_address_goes_nowhere),
		TEST(what_the_server_says_decides),
		TEST(a_wrong_password_is_told),
		TEST(a_certificate_of_nobody_is_refused),
		TEST(a_server_that_is_down_or_silent_is_waited_for),
		TEST(servers_are_read_by_their_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
