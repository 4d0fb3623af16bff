/* SPDX-License-Identifier: Apache-2.0 */
#include "io/local.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "turn.h"

static struct loop *l;
static struct local_server *server;
static struct local_client client;
static struct why why;
static char folder[64], path[400];
static unsigned gone, requests;
static bool asked, left;
static int passed[LOCAL_FDS_MAX];
static size_t passed_count;

/* "echo ..." says it back, "end" ends, "quiet" says nothing. */
static void on_request(void *owner, struct local_session *s, const char *line,
		       const int *fds, size_t n)
{
	(void)owner;
	requests++;
	asked = true;
	passed_count = n;
	for (size_t i = 0; i < n; i++)
		passed[i] = fds[i];
	if (strncmp(line, "echo ", 5) == 0)
		local_reply(s, line + 5);
	if (strcmp(line, "end") == 0) {
		local_reply(s, "bye");
		local_end(s);
	}
}

static void on_gone(void *owner, struct local_session *s)
{
	(void)owner;
	(void)s;
	gone++;
	left = true;
}

static const struct local_handlers handlers = { on_request, on_gone };

static int set_up(void **state)
{
	(void)state;
	gone = requests = 0;
	asked = left = false;
	strcpy(folder, "/tmp/faxwire-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", folder);
	l = loop_new();
	return l && local_listen(l, path, &handlers, NULL, &server, &why) == OK
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	(void)state;
	local_free(server);
	turn_for(l, 4);
	loop_free(l);
	return rmdir(folder);
}

static void expect(const char *reply)
{
	const char *line;

	assert_int_equal(local_receive(&client, &line, 5000), OK);
	assert_string_equal(line, reply);
}

static void ask(const char *line, const int *fds, size_t n)
{
	asked = false;
	assert_int_equal(local_send(&client, line, fds, n), OK);
	assert_true(turn_until(l, &asked));
	turn_for(l, 4);
}

static void a_request_has_its_reply(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(local_connect(&client, path), OK);
	ask("echo one", NULL, 0);
	expect("one");
	ask("echo ", NULL, 0);
	expect("");
	local_close(&client);
	assert_true(turn_until(l, &left));
	assert_int_equal(gone, 1);
}

static void two_requests_at_once_have_two_replies(void **state)
{
	(void)state;
	assert_int_equal(local_connect(&client, path), OK);
	assert_int_equal(local_send(&client, "echo a", NULL, 0), OK);
	assert_int_equal(local_send(&client, "echo b", NULL, 0), OK);
	turn_for(l, 20);
	expect("a");
	expect("b");
	local_close(&client);
}

static void descriptors_come_along(void **state)
{
	struct stat ours, theirs;
	int fds[2] = { open("/dev/null", O_RDWR), open("/dev/zero", O_RDWR) };

	(void)state;
	assert_int_equal(local_connect(&client, path), OK);
	ask("echo x", fds, 2);
	assert_int_equal(passed_count, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fstat(fds[i], &ours), 0);
		assert_int_equal(fstat(passed[i], &theirs), 0);
		assert_int_equal(ours.st_rdev, theirs.st_rdev);
		assert_true(fcntl(passed[i], F_GETFD) & FD_CLOEXEC);
		close(passed[i]);
		close(fds[i]);
	}
	ask("echo y", NULL, 0);
	assert_int_equal(passed_count, 0);
	local_close(&client);
}

static void an_end_lets_the_last_word_leave(void **state)
{
	const char *line;

	(void)state;
	assert_int_equal(local_connect(&client, path), OK);
	ask("end", NULL, 0);
	expect("bye");
	assert_int_equal(local_receive(&client, &line, 5000), ERR_CLOSED);
	assert_int_equal(gone, 1);
	local_close(&client);
}

static void who_waits_too_long_is_told(void **state)
{
	const char *line;

	(void)state;
	assert_int_equal(local_connect(&client, path), OK);
	ask("quiet", NULL, 0);
	assert_int_equal(local_receive(&client, &line, 10), ERR_TIMEOUT);
	local_close(&client);
}

static void a_line_without_end_is_cut_off(void **state)
{
	static char much[LOCAL_LINE_MAX + 10];

	(void)state;
	memset(much, 'x', sizeof(much));
	assert_int_equal(local_connect(&client, path), OK);
	assert_true(write(client.fd, much, sizeof(much)) > 0);
	assert_true(turn_until(l, &left));
	assert_int_equal(requests, 0);
	local_close(&client);
}

static void the_longest_line_is_taken(void **state)
{
	static char much[LOCAL_LINE_MAX];

	(void)state;
	memset(much, 'x', sizeof(much));
	much[sizeof(much) - 1] = '\0'; /* and the newline that follows */
	assert_int_equal(local_connect(&client, path), OK);
	ask(much, NULL, 0);
	assert_int_equal(requests, 1);
	local_close(&client);
}

static void where_nothing_listens_is_told(void **state)
{
	(void)state;
	assert_int_equal(local_connect(&client, "/tmp/faxwire-test-none"),
			 ERR_MISSING);
}

static void a_living_program_is_not_replaced_and_a_dead_one_is(void **state)
{
	struct local_server *second;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd;

	(void)state;
	assert_int_equal(local_listen(l, path, &handlers, NULL, &second, &why),
			 ERR_EXISTS);
	local_free(server);
	assert_int_not_equal(access(path, F_OK), 0);
	/* A socket that nobody serves. */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/socket", folder);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	close(fd);
	assert_int_equal(local_listen(l, path, &handlers, NULL, &server, &why),
			 OK);
	assert_int_equal(local_connect(&client, path), OK);
	ask("echo alive", NULL, 0);
	expect("alive");
	local_close(&client);
}

static void a_path_longer_than_a_socket_s_address_works(void **state)
{
	char deep[300];
	struct local_server *far;

	(void)state;
	snprintf(deep, sizeof(deep), "%s/%0150d", folder, 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	snprintf(path, sizeof(path), "%s/socket", deep);
	assert_int_equal(local_listen(l, path, &handlers, NULL, &far, &why),
			 OK);
	assert_int_equal(local_connect(&client, path), OK);
	ask("echo far", NULL, 0);
	expect("far");
	local_close(&client);
	local_free(far);
	assert_int_equal(rmdir(deep), 0);
}

static void sessions_are_bounded(void **state)
{
	static struct local_client many[LOCAL_SESSIONS_MAX + 1];
	const char *line;
	unsigned answered = 0;

	(void)state;
	for (int i = 0; i <= LOCAL_SESSIONS_MAX; i++) {
		assert_int_equal(local_connect(&many[i], path), OK);
		turn_for(l, 2);
	}
	for (int i = 0; i <= LOCAL_SESSIONS_MAX; i++)
		if (local_send(&many[i], "echo x", NULL, 0) == OK) {
			turn_for(l, 2);
			answered += local_receive(&many[i], &line, 50) == OK;
		}
	assert_int_equal(answered, LOCAL_SESSIONS_MAX);
	for (int i = 0; i <= LOCAL_SESSIONS_MAX; i++)
		local_close(&many[i]);
	turn_for(l, 20);
	assert_int_equal(gone, LOCAL_SESSIONS_MAX);
}

static unsigned long spent_ms(void)
{
	struct timespec t;

	assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
	return (unsigned long)t.tv_sec * 1000 +
	       (unsigned long)t.tv_nsec / 1000000;
}

static void it_waits_quietly_when_descriptors_are_out(void **state)
{
	struct rlimit before, tight;
	unsigned long begin;
	int last;

	(void)state;
	assert_int_equal(local_connect(&client, path), OK);
	assert_int_equal(local_send(&client, "echo x", NULL, 0), OK);
	last = dup(0);
	close(last);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	tight = before;
	tight.rlim_cur = (rlim_t)last;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	begin = spent_ms();
	turn_for(l, 400);
	assert_in_range(spent_ms() - begin, 0, 200);
	assert_false(asked);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(turn_until(l, &asked));
	expect("x");
	local_close(&client);
}

static void a_server_that_goes_closes_its_sessions(void **state)
{
	const char *line;

	(void)state;
	assert_int_equal(local_connect(&client, path), OK);
	ask("quiet", NULL, 0);
	local_free(server);
	server = NULL;
	turn_for(l, 10);
	assert_int_equal(gone, 1);
	assert_int_equal(local_receive(&client, &line, 1000), ERR_CLOSED);
	local_close(&client);
	assert_int_equal(local_listen(l, path, &handlers, NULL, &server, &why),
			 OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_has_its_reply),
		TEST(two_requests_at_once_have_two_replies),
		TEST(descriptors_come_along),
		TEST(an_end_lets_the_last_word_leave),
		TEST(who_waits_too_long_is_told),
		TEST(a_line_without_end_is_cut_off),
		TEST(the_longest_line_is_taken),
		TEST(where_nothing_listens_is_told),
		TEST(a_living_program_is_not_replaced_and_a_dead_one_is),
		TEST(a_path_longer_than_a_socket_s_address_works),
		TEST(sessions_are_bounded),
		TEST(it_waits_quietly_when_descriptors_are_out),
		TEST(a_server_that_goes_closes_its_sessions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
