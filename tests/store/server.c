/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>

enum { START_TRIES = 1000 };

#define BIN "/usr/lib/postgresql/15/bin/"

static char folder[64], data[80];
static pid_t server;
static unsigned schemas;

/* In a child: gives up root, and its output. */
static void be_someone_else(void)
{
	const struct passwd *user = getpwnam("postgres");
	int log = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (!user)
		user = getpwnam("nobody");
	dup2(log, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (getuid() == 0 && user &&
	    (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
		_exit(1);
	/* After setuid, which undoes it. */
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	if (chdir("/") != 0)
		_exit(1);
}

static bool make_data(void)
{
	const struct passwd *user = getpwnam("postgres");
	pid_t child;
	int status;

	strcpy(folder, "/tmp/faxwire-server-XXXXXX");
	if (!mkdtemp(folder))
		return false;
	if (!user)
		user = getpwnam("nobody");
	if (getuid() == 0 && user &&
	    chown(folder, user->pw_uid, user->pw_gid) != 0)
		return false;
	snprintf(data, sizeof(data), "%s/data", folder);
	child = fork();
	if (child == 0) {
		be_someone_else();
		execl(BIN "initdb", "initdb", "-D", data, "-A", "trust", "-U",
		      "faxwire", "-N", "-E", "UTF8", "--locale=C", NULL);
		_exit(1);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

static void no_notice(void *owner, const char *message)
{
	(void)owner;
	(void)message;
}

static void wait_until_up(void)
{
	char where[120];

	snprintf(where, sizeof(where), "host=%s user=faxwire dbname=postgres",
		 folder);
	for (int i = 0; i < START_TRIES; i++) {
		if (PQping(where) == PQPING_OK)
			return;
		usleep(20000);
	}
	fail_msg("the server does not come up");
}

void server_come_back(void)
{
	server = fork();
	assert_true(server >= 0);
	if (server == 0) {
		be_someone_else();
		execl(BIN "postgres", "postgres", "-D", data, "-k", folder,
		      "-c", "listen_addresses=", "-c", "fsync=on", "-c",
		      "shared_buffers=8MB", "-c", "max_connections=20", "-c",
		      "autovacuum=off", NULL);
		_exit(1);
	}
	wait_until_up();
}

bool server_start(void)
{
	if (server > 0)
		return true;
	if (access(BIN "initdb", X_OK) != 0)
		return false;
	assert_true(make_data());
	server_come_back();
	return true;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static void end(int number)
{
	int status;

	kill(server, number);
	waitpid(server, &status, 0);
	server = 0;
}

void server_end(void)
{
	if (server > 0)
		end(SIGQUIT); /* nothing of it is wanted any more */
	if (*folder)
		nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	*folder = '\0';
}

void server_crash(void)
{
	end(SIGQUIT);
}

/* Who serves a connection is a process of its own. */
static void signal_all(int number)
{
	char path[64], word[64] = "";
	FILE *children;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)server,
		 (int)server);
	children = fopen(path, "r");
	assert_non_null(children);
	while (fscanf(children, "%63s", word) == 1)
		kill((pid_t)atoi(word), number);
	fclose(children);
	kill(server, number);
}

void server_freeze(void)
{
	signal_all(SIGSTOP);
}

void server_thaw(void)
{
	signal_all(SIGCONT);
}

static PGconn *connect_to(const char *url)
{
	PGconn *conn = PQconnectdb(url);

	PQsetNoticeProcessor(conn, no_notice, NULL);
	assert_int_equal(PQstatus(conn), CONNECTION_OK);
	return conn;
}

void server_run(const char *url, const char *sql)
{
	PGconn *conn = connect_to(url);
	PGresult *r = PQexec(conn, sql);
	ExecStatusType status = PQresultStatus(r);

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s", PQresultErrorMessage(r));
	PQclear(r);
	PQfinish(conn);
}

const char *server_value(const char *url, const char *sql)
{
	static char value[2000];
	PGconn *conn = connect_to(url);
	PGresult *r = PQexec(conn, sql);

	assert_int_equal(PQresultStatus(r), PGRES_TUPLES_OK);
	value[0] = '\0';
	for (int i = 0; i < PQntuples(r); i++)
		snprintf(value + strlen(value), sizeof(value) - strlen(value),
			 i ? "\n%s" : "%s", PQgetvalue(r, i, 0));
	PQclear(r);
	PQfinish(conn);
	return value;
}

const char *server_fresh(void)
{
	static char url[200];
	char sql[40];

	snprintf(sql, sizeof(sql), "CREATE SCHEMA t%u", ++schemas);
	snprintf(url, sizeof(url),
		 "postgresql:///postgres?host=%s&user=faxwire"
		 "&options=-csearch_path%%3Dt%u",
		 folder, schemas);
	server_run(url, sql);
	return url;
}
