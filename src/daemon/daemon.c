/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "io/loop.h"
#include "io/service.h"
#include "office/books.h"
#include "daemon/command.h"
#include "office/deliver.h"
#include "office/errand.h"
#include "web/news.h"
#include "daemon/staff.h"
#include "office/tidy.h"
#include "web/web.h"
#include "store/membership.h"
#include "store/workroom.h"

enum {
	/* Logout, ends and the last confirmations may take so long to leave,
	 * and what was received so long to be stored. */
	LEAVE_MS = 1000,
};

struct office {
	struct config *config;
	struct loop *loop;
	struct inbox *inbox;
	struct outbox *outbox;
	struct drafts *drafts;
	struct books books;
	struct tidy tidy;
	struct staff *staff;
	struct deliver *deliver;
	struct command *command;
	struct follow *follow;
	struct web *web; /* NULL: there is no page */
	struct membership membership;
	bool joined;
	struct exchange *exchange; /* NULL while not joined */
	struct exchange *leaving;  /* of an earlier membership */
	struct timer leave;
	bool stopping;
};

/* --- what the parts tell each other --- */

static void on_job_changed(void *owner, const struct outbox_job *j)
{
	struct office *f = owner;

	if (f->command)
		command_job_changed(f->command, j);
	if (f->deliver)
		deliver_failed(f->deliver, j);
	if (f->web)
		news_job(web_news(f->web), j);
}

static void on_job_gone(void *owner, const struct outbox_job *j)
{
	struct office *f = owner;

	if (f->web)
		news_job_gone(web_news(f->web), j);
}

static void on_status(struct office *f)
{
	if (f->web)
		news_status(web_news(f->web));
}

static void on_paused(void *owner, bool paused)
{
	(void)paused;
	on_status(owner);
}

static const struct outbox_handlers outbox_handlers = {
	.changed = on_job_changed,
	.gone = on_job_gone,
	.paused = on_paused,
};

static void on_listing(void *owner, const struct message_listing *l)
{
	struct office *f = owner;

	if (!follow_listing(f->follow, l))
		command_listing(f->command, l);
}

static void on_presence(void *owner, const struct message_presence *p)
{
	struct office *f = owner;

	follow_presence(f->follow, p);
}

static void on_unfollowed(void *owner)
{
	struct office *f = owner;

	follow_lost(f->follow);
}

static void on_changed(void *owner)
{
	struct office *f = owner;
	bool online = f->exchange &&
		      online_counts(exchange_online(f->exchange)).up > 0;

	follow_online(f->follow, online);
	if (online && f->outbox)
		outbox_online(f->outbox);
	on_status(f);
}

/* A fax, or a job, has changed in its folder. */
static void on_delivered(void *owner, const char *folder)
{
	struct office *f = owner;
	const char *slash = strrchr(folder, '/');
	struct inbox_entry e;

	if (f->web && slash && inbox_get(f->inbox, slash + 1, &e))
		news_fax(web_news(f->web), view_fax(&e));
}

static void on_fax_gone(void *owner, const char *name)
{
	struct office *f = owner;

	if (!f->web)
		return;
	news_fax_gone(web_news(f->web), name);
	news_status(web_news(f->web));
}

static void on_received(void *owner, const char *folder)
{
	struct office *f = owner;

	deliver_received(f->deliver, folder);
	on_delivered(f, folder);
}

static const struct exchange_handlers exchange_handlers = {
	.listing = on_listing,
	.presence = on_presence,
	.unfollowed = on_unfollowed,
	.changed = on_changed,
	.received = on_received,
};

/* --- membership --- */

static void join(struct office *f)
{
	struct why why = { "" };
	enum err e = membership_read(f->config->home, &f->membership, &why);

	f->joined = e == OK;
	if (e == OK)
		e = exchange_new(&f->exchange, f->loop, f->config,
				 &f->membership, f->inbox, &exchange_handlers,
				 f, &why);
	if (e != OK) {
		log_sentence(LOG_WARN, why.text, "event=not-joined");
		return;
	}
	log_line(LOG_INFO, "id=%s relay=%s port=%u event=joined",
		 f->membership.id, f->membership.host, f->membership.port);
	if (*f->config->way_out.url)
		log_sentence(LOG_INFO, f->config->way_out.name,
			     "id=%s event=proxy", f->membership.id);
	outbox_connect(f->outbox, f->exchange);
}

/* The old membership's connections go at once: a new one is a new start. */
static void leave_relay(struct office *f)
{
	outbox_connect(f->outbox, NULL);
	if (f->exchange)
		exchange_close(f->exchange);
	f->leaving = f->exchange;
	f->exchange = NULL;
}

static void on_left(struct timer *t)
{
	struct office *f = t->owner;

	exchange_free(f->leaving);
	f->leaving = NULL;
	if (f->stopping)
		loop_stop(f->loop);
	else
		join(f);
}

static void rejoin(void *owner)
{
	struct office *f = owner;

	if (f->stopping || f->leaving)
		return;
	leave_relay(f);
	timer_set(f->loop, &f->leave,
		  loop_now(f->loop) + (f->leaving ? LEAVE_MS : 0));
}

static struct exchange *get_exchange(void *owner)
{
	struct office *f = owner;

	return f->exchange;
}

static const struct membership *get_membership(void *owner)
{
	struct office *f = owner;

	return f->joined ? &f->membership : NULL;
}

static bool is_joined(void *owner)
{
	const struct office *f = owner;

	return f->joined;
}

static enum err ask_to_follow(void *owner, uint32_t *request)
{
	struct office *f = owner;

	return f->exchange ? online_list(exchange_online(f->exchange), true,
					 request)
			   : ERR_CLOSED;
}

/* --- beginning and end --- */

static void on_signal(void *owner, int number)
{
	struct office *f = owner;

	if (number == SIGHUP)
		return;
	if (f->stopping) { /* asked twice: at once */
		loop_stop(f->loop);
		return;
	}
	f->stopping = true;
	service_notify("STOPPING=1");
	log_line(LOG_INFO, "event=stopping");
	if (!f->leaving)
		leave_relay(f);
	timer_set(f->loop, &f->leave,
		  loop_now(f->loop) + (f->leaving ? LEAVE_MS : 0));
}

static const char *page_address(void *owner)
{
	struct office *f = owner;

	return f->web ? web_address(f->web) : NULL;
}

static void on_contacts_changed(void *owner)
{
	struct office *f = owner;

	if (f->web)
		news_contacts(web_news(f->web));
}

static void on_reconfigured(void *owner)
{
	struct office *f = owner;

	if (f->exchange)
		online_spares(exchange_online(f->exchange),
			      (uint32_t)f->config->spares);
	on_status(f);
}

static enum err open_staff(struct office *f)
{
	f->staff = staff_new(
		&(struct staff_parts){ .loop = f->loop,
				       .people = f->books.people,
				       .access = f->books.access,
				       .audit = f->books.audit,
				       .contacts = f->books.contacts,
				       .work = f->books.work,
				       .page = page_address,
				       .contacts_changed = on_contacts_changed,
				       .owner = f });
	return f->staff ? OK : ERR_MEMORY;
}

static const char *get_id(void *owner)
{
	const struct office *f = owner;

	return f->joined ? f->membership.id : "";
}

static enum err open_deliver(struct office *f)
{
	const struct deliver_parts parts = { .loop = f->loop,
					     .config = f->config,
					     .self = ERRAND_SELF,
					     .inbox = f->inbox,
					     .outbox = f->outbox,
					     .id = get_id,
					     .changed = on_delivered,
					     .owner = f };

	f->deliver = deliver_new(&parts);
	return f->deliver ? OK : ERR_MEMORY;
}

/* Where nobody said where, the page may be missing: the fax goes on. */
static enum err open_page(struct office *f, struct why *why)
{
	const bool asked = *f->config->page;
	const struct web_parts parts = {
		.loop = f->loop,
		.config = f->config,
		.inbox = f->inbox,
		.outbox = f->outbox,
		.drafts = f->drafts,
		.people = f->books.people,
		.access = f->books.access,
		.audit = f->books.audit,
		.contacts = f->books.contacts,
		.work = f->books.work,
		.follow = f->follow,
		.deliver = f->deliver,
		.membership = get_membership,
		.exchange = get_exchange,
		.rejoin = rejoin,
		.reconfigured = on_reconfigured,
		.owner = f,
	};
	struct why wrong = { "" };
	enum err e;

	if (strcmp(f->config->page, "none") == 0)
		return OK;
	e = web_new(&f->web, &parts, asked ? why : &wrong);
	if (e == OK) {
		log_line(LOG_INFO, "event=page at=%s", web_address(f->web));
		return OK;
	}
	if (asked || e == ERR_MEMORY)
		return e;
	log_sentence(LOG_WARN, wrong.text, "event=no-page");
	return OK;
}

/* What is kept, in HOME. */
static enum err open_store(struct office *f, struct why *why)
{
	const char *home = f->config->home;
	const struct outbox_parts outbox = { .loop = f->loop,
					     .config = f->config,
					     .follow = f->follow,
					     .handlers = &outbox_handlers,
					     .owner = f };
	enum err e = workroom_open(home, why);

	if (e == OK)
		e = inbox_open(&f->inbox, home, (uint64_t)time(NULL) * 1000,
			       why);

	if (e == OK)
		e = outbox_new(&f->outbox, &outbox, why);
	if (e == OK)
		e = drafts_open(&f->drafts, home, why);
	if (e == OK)
		e = books_open(&f->books, f->loop, f->config, why);
	return e;
}

static enum err open_all(struct office *f, struct why *why)
{
	struct command_parts parts;
	enum err e;

	f->loop = loop_new();
	if (!f->loop)
		return ERR_MEMORY;
	f->follow = follow_new(f->loop, ask_to_follow, f);
	if (!f->follow)
		return ERR_MEMORY;
	e = loop_signals(f->loop, on_signal, f);
	parts = (struct command_parts){ .loop = f->loop,
					.config = f->config,
					.follow = f->follow,
					.exchange = get_exchange,
					.membership = get_membership,
					.joined = is_joined,
					.fax_changed = on_delivered,
					.fax_gone = on_fax_gone,
					.reconfigured = on_reconfigured,
					.rejoin = rejoin,
					.owner = f };
	/* The socket first: it tells whether another terminal runs here. */
	if (e == OK)
		e = command_open(&f->command, &parts, why);
	if (e == OK)
		e = open_store(f, why);
	if (e == OK)
		e = open_deliver(f);
	if (e == OK)
		e = open_staff(f);
	if (e == OK)
		command_ready(f->command,
			      &(struct command_rooms){ .inbox = f->inbox,
						       .outbox = f->outbox,
						       .deliver = f->deliver,
						       .audit = f->books.audit,
						       .staff = f->staff });
	return e == OK ? open_page(f, why) : e;
}

enum err daemon_run(struct config *config, struct why *why)
{
	struct office f = { .config = config };
	char *home;
	enum err e = atomic_folder(config->home, why);

	if (e != OK)
		return e;
	home = realpath(config->home, NULL);
	if (!home)
		return ERR_MEMORY;
	config->home = home;
	f.leave = (struct timer){ .due = on_left, .owner = &f };
	e = open_all(&f, why);
	if (e == OK) {
		join(&f);
		f.tidy = (struct tidy){ .loop = f.loop,
					.config = config,
					.inbox = f.inbox,
					.drafts = f.drafts,
					.audit = f.books.audit };
		tidy_start(&f.tidy);
		log_line(LOG_INFO, "event=ready home=%s", home);
		service_notify("READY=1");
		loop_run(f.loop);
		log_line(LOG_INFO, "event=stopped");
	}
	tidy_stop(&f.tidy);
	exchange_free(f.leaving);
	exchange_free(f.exchange);
	f.exchange = NULL;
	command_close(f.command);
	web_free(f.web);
	f.web = NULL;
	books_close(&f.books);
	staff_free(f.staff);
	deliver_free(f.deliver);
	f.deliver = NULL;
	outbox_free(f.outbox);
	follow_free(f.follow);
	drafts_close(f.drafts);
	inbox_close(f.inbox);
	loop_free(f.loop);
	free(home);
	return e;
}
