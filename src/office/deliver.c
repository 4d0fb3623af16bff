/* SPDX-License-Identifier: Apache-2.0 */
#include "office/deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "io/random.h"
#include "office/errand.h"
#include "office/happening.h"
#include "store/deliveries.h"

enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	/* A rule that is switched off is looked at again so often. */
	OFF_MS = 60 * 60 * 1000,
	/* A record could not be written, or memory is out. */
	TROUBLE_MS = 10 * 1000,
};

struct parcel;

/* One entry of a parcel's record, while it is carried. */
struct run {
	struct parcel *parcel;
	struct errand *errand; /* owned; NULL: it is not */
};

/* Something in whose folder deliveries wait. */
struct parcel {
	struct list link;
	struct deliver *deliver; /* borrowed */
	char folder[ATOMIC_PATH_MAX];
	enum rules_when when;
	struct deliveries record;
	struct run *runs; /* owned; one an entry */
};

struct deliver {
	struct deliver_parts parts;
	struct ruleset rules;
	struct why trouble; /* with the file of rules; empty: none */
	struct list parcels;
	size_t running;
	struct timer due;
	uint64_t started_ms;
	struct errand *test; /* owned */
	const char *test_state;
	struct why test_sentence;
};

static uint64_t epoch_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void look_soon(struct deliver *d)
{
	timer_set(d->parts.loop, &d->due, loop_now(d->parts.loop));
}

/* --- parcels --- */

static void drop_parcel(struct parcel *p)
{
	for (size_t i = 0; i < p->record.count; i++) {
		if (!p->runs[i].errand)
			continue;
		errand_cancel(p->runs[i].errand);
		p->deliver->running--;
	}
	free(p->runs);
	deliveries_fini(&p->record);
	list_remove(&p->link);
	free(p);
}

static bool is_waiting(const struct deliveries_entry *e)
{
	return rules_state_of(e->state) == RULES_WAITING;
}

static bool has_waiting(const struct deliveries *record)
{
	for (size_t i = 0; i < record->count; i++)
		if (is_waiting(&record->all[i]))
			return true;
	return false;
}

static struct parcel *find_parcel(struct deliver *d, const char *folder)
{
	for (struct list *l = d->parcels.next; l != &d->parcels; l = l->next) {
		struct parcel *p = list_entry(l, struct parcel, link);

		if (strcmp(p->folder, folder) == 0)
			return p;
	}
	return NULL;
}

/* Takes the record. What there is no memory for waits on disk. */
static void add_parcel(struct deliver *d, const char *folder,
		       enum rules_when when, struct deliveries *record)
{
	struct parcel *p = calloc(1, sizeof(*p));
	struct run *runs = calloc(record->count, sizeof(*runs));

	if (!p || !runs || !text_copy(p->folder, sizeof(p->folder), folder)) {
		log_line(LOG_ERROR, "event=delivery-postponed");
		free(p);
		free(runs);
		deliveries_fini(record);
		return;
	}
	p->deliver = d;
	p->when = when;
	p->record = *record;
	p->runs = runs;
	for (size_t i = 0; i < record->count; i++)
		runs[i].parcel = p;
	list_append(&d->parcels, &p->link);
	look_soon(d);
}

/* False: it could not be written. */
static bool save(const struct parcel *p)
{
	struct why why = { "" };

	if (deliveries_write(p->folder, &p->record, &why) == OK)
		return true;
	if (access(p->folder, F_OK) == 0) /* else it was deleted meanwhile */
		log_sentence(LOG_ERROR, why.text, "event=delivery-not-noted");
	return false;
}

/* The end of dealing with an entry: the parcel may be gone after it. */
static void tell(struct parcel *p)
{
	struct deliver *d = p->deliver;
	char folder[ATOMIC_PATH_MAX];

	memcpy(folder, p->folder, sizeof(folder));
	if (!has_waiting(&p->record))
		drop_parcel(p);
	d->parts.changed(d->parts.owner, folder);
}

/* --- one delivery --- */

static void set_sentence(struct deliveries_entry *e, const char *sentence)
{
	text_printable(sentence, strlen(sentence), e->sentence,
		       sizeof(e->sentence));
}

static uint32_t some_random(void)
{
	uint32_t r;

	random_bytes(&r, sizeof(r));
	return r;
}

static void note_end(struct deliveries_entry *e, enum rules_outcome outcome,
		     const char *sentence)
{
	struct rules_verdict v =
		rules_ended(outcome, e->attempts, (int64_t)e->give_up_ms,
			    some_random(), (int64_t)epoch_ms());
	enum log_level level = v.state == RULES_GIVEN_UP ? LOG_ERROR : LOG_INFO;
	char rule[2 * RULES_NAME_MAX];

	snprintf(e->state, sizeof(e->state), "%s", rules_state_name(v.state));
	e->next_try_ms = (uint64_t)v.at_ms;
	set_sentence(e, sentence);
	log_sentence(level, e->sentence,
		     "rule=%s event=delivery state=%s attempts=%u",
		     log_value(e->rule, rule, sizeof(rule)), e->state,
		     e->attempts);
}

static void on_carried(void *owner, enum rules_outcome outcome,
		       const char *sentence)
{
	struct run *run = owner;
	struct parcel *p = run->parcel;

	run->errand = NULL;
	p->deliver->running--;
	note_end(&p->record.all[run - p->runs], outcome, sentence);
	/* One that is not noted as done is done again after a crash. */
	(void)save(p);
	look_soon(p->deliver);
	tell(p);
}

/* The job whose folder it is; NULL: a fax's, or it is forgotten. */
static const struct spool_job *job_of(const struct parcel *p)
{
	const char *name = strrchr(p->folder, '/');
	const struct outbox_job *job = NULL;

	if (p->when == RULES_FAILED && name)
		job = outbox_find(p->deliver->parts.outbox, name + 1);
	return job ? &job->record : NULL;
}

/* What it is about, read anew: a person may have deleted it. */
static bool read_happening(const struct parcel *p, struct happening *h)
{
	const struct spool_job *job;
	struct inbox_fax fax;

	if (p->when == RULES_RECEIVED) {
		if (!inbox_read_record(p->folder, &fax))
			return false;
		happening_of_fax(h, &fax);
		return true;
	}
	job = job_of(p);
	if (job)
		happening_of_job(h, job);
	return job != NULL;
}

static struct errand_spec spec_of(const struct parcel *p,
				  const struct rules_rule *rule,
				  const struct happening *h)
{
	const struct deliver *d = p->deliver;

	return (struct errand_spec){ .loop = d->parts.loop,
				     .config = d->parts.config,
				     .self = d->parts.self,
				     .rule = rule,
				     .event = &h->event,
				     .folder = p->folder,
				     .at_ms = h->at_ms,
				     .job = job_of(p),
				     .id = d->parts.id(d->parts.owner),
				     .complete = h->complete };
}

/* The attempt is noted before it is made. */
static void carry(struct parcel *p, size_t i, const struct rules_rule *rule,
		  const struct happening *h)
{
	struct deliveries_entry *e = &p->record.all[i];
	struct errand_spec spec = spec_of(p, rule, h);

	spec.again = e->attempts++ > 0;
	if (save(p))
		p->runs[i].errand = errand_new(&spec, on_carried, &p->runs[i]);
	if (p->runs[i].errand) {
		p->deliver->running++;
		return;
	}
	e->attempts--;
	e->next_try_ms = epoch_ms() + TROUBLE_MS;
}

static void wait_for_rule(struct parcel *p, struct deliveries_entry *e)
{
	e->next_try_ms = epoch_ms() + OFF_MS;
	set_sentence(e, "The rule is switched off.");
	if (e->next_try_ms > e->give_up_ms)
		note_end(e, RULES_NEVER, "The rule was switched off.");
	(void)save(p);
	tell(p);
}

/* Deals with an entry that is due, so that it is not due any more. */
static void deal(struct parcel *p, size_t i)
{
	struct deliveries_entry *e = &p->record.all[i];
	const struct rules_rule *rule =
		ruleset_find(&p->deliver->rules, e->rule);
	struct happening h;

	if (access(p->folder, F_OK) != 0) {
		drop_parcel(p); /* with its fax */
	} else if (!read_happening(p, &h)) {
		e->next_try_ms = epoch_ms() + TROUBLE_MS;
	} else if (!rule || rule->when != p->when) {
		note_end(e, RULES_NEVER, "The rule was removed.");
		(void)save(p);
		tell(p);
	} else if (!rule->enabled) {
		wait_for_rule(p, e);
	} else {
		carry(p, i, rule, &h);
	}
}

/* --- which, and when --- */

struct choice {
	struct parcel *parcel; /* NULL: none is due */
	size_t index;
	uint64_t next_ms; /* when one will be; UINT64_MAX: never */
};

/* What was tried least comes first: one that fails again and again must not
 * stand in the way of a new fax. */
static bool comes_before(const struct deliveries_entry *a,
			 const struct deliveries_entry *b)
{
	if (a->attempts != b->attempts)
		return a->attempts < b->attempts;
	return a->next_try_ms < b->next_try_ms;
}

static void consider(struct choice *c, struct parcel *p, size_t i, uint64_t now)
{
	const struct deliveries_entry *e = &p->record.all[i];

	if (!is_waiting(e) || p->runs[i].errand)
		return;
	/* Later than any pause: the clock was set back. */
	if (e->next_try_ms > now && e->next_try_ms < now + 2ull * OFF_MS) {
		if (e->next_try_ms < c->next_ms)
			c->next_ms = e->next_try_ms;
		return;
	}
	if (c->parcel && !comes_before(e, &c->parcel->record.all[c->index]))
		return;
	c->parcel = p;
	c->index = i;
}

static struct choice choose(struct deliver *d, uint64_t now)
{
	struct choice c = { .next_ms = UINT64_MAX };

	for (struct list *l = d->parcels.next; l != &d->parcels; l = l->next) {
		struct parcel *p = list_entry(l, struct parcel, link);

		for (size_t i = 0; i < p->record.count; i++)
			consider(&c, p, i, now);
	}
	return c;
}

static void on_due(struct timer *t)
{
	struct deliver *d = t->owner;
	uint64_t now = epoch_ms();
	struct choice c;

	if (*d->trouble.text) /* the rules are not known */
		return;
	for (;;) {
		c = choose(d, now);
		if (!c.parcel || d->running >= DELIVER_AT_ONCE)
			break;
		deal(c.parcel, c.index);
	}
	/* The others are looked at when one of those under way ends. */
	if (!c.parcel && c.next_ms != UINT64_MAX)
		timer_set(d->parts.loop, t,
			  loop_now(d->parts.loop) + (int64_t)(c.next_ms - now));
}

/* --- what is new --- */

static bool make_record(struct deliver *d, const struct happening *h,
			const size_t *chosen, size_t count,
			struct deliveries *out)
{
	const uint64_t now = epoch_ms();
	const bool whole = h->complete || h->event.when == RULES_FAILED;

	out->count = count;
	out->all = calloc(count ? count : 1, sizeof(*out->all));
	for (size_t i = 0; out->all && i < count; i++) {
		struct deliveries_entry *e = &out->all[i];

		(void)text_copy(e->rule, sizeof(e->rule),
				d->rules.all[chosen[i]]->name);
		snprintf(e->state, sizeof(e->state), "%s",
			 rules_state_name(RULES_WAITING));
		e->next_try_ms = now + (whole ? 0 : RULES_PARTIAL_MS);
		e->give_up_ms = e->next_try_ms +
				(uint64_t)d->parts.config->deliver_d * DAY_MS;
		if (!whole)
			set_sentence(e, "The call broke off: its sender has "
					"30 minutes to send it whole.");
	}
	return out->all != NULL;
}

/* A rule that was made later than it happened is not for it. One that is to be
 * made yet was made before the clock was set back. */
static bool is_too_new(const struct rules_rule *rule, const struct happening *h)
{
	return rule->since_ms > h->at_ms && rule->since_ms <= epoch_ms();
}

/* A record is made even when no rule is for it: rules that change later are
 * not for what came before. */
static void decide(struct deliver *d, const char *folder,
		   const struct happening *h)
{
	const struct rules_rule *rules[RULES_MAX];
	size_t from[RULES_MAX], chosen[RULES_MAX], count = 0, n;
	struct deliveries record;
	struct why why = { "" };

	for (size_t i = 0; i < d->rules.count; i++) {
		if (is_too_new(d->rules.all[i], h))
			continue;
		from[count] = i;
		rules[count++] = d->rules.all[i];
	}
	if (count == 0)
		return;
	n = rules_choose(rules, count, &h->event, chosen);
	for (size_t i = 0; i < n; i++)
		chosen[i] = from[chosen[i]];
	if (!make_record(d, h, chosen, n, &record)) {
		log_line(LOG_ERROR, "event=delivery-postponed");
		return;
	}
	/* It is written again before the first attempt. */
	if (deliveries_write(folder, &record, &why) != OK)
		log_sentence(LOG_ERROR, why.text, "event=delivery-not-noted");
	if (n > 0)
		add_parcel(d, folder, h->event.when, &record);
	else
		deliveries_fini(&record);
}

/* Takes up what the record says, or decides. */
static void take_up(struct deliver *d, const char *folder,
		    const struct happening *h)
{
	struct deliveries record;
	struct why why = { "" };
	enum err e;

	if (*d->trouble.text || find_parcel(d, folder))
		return;
	e = deliveries_read(folder, &record, &why);
	if (e == ERR_MISSING)
		decide(d, folder, h);
	else if (e != OK)
		log_sentence(LOG_ERROR, why.text, "event=deliveries-damaged");
	else if (has_waiting(&record))
		add_parcel(d, folder, h->event.when, &record);
	else
		deliveries_fini(&record);
}

void deliver_received(struct deliver *d, const char *folder)
{
	struct happening h;
	struct inbox_fax fax;

	if (!inbox_read_record(folder, &fax))
		return;
	happening_of_fax(&h, &fax);
	take_up(d, folder, &h);
}

void deliver_failed(struct deliver *d, const struct outbox_job *j)
{
	char folder[ATOMIC_PATH_MAX];
	struct happening h;

	if (j->state != JOBS_FAILED ||
	    deliver_job_folder(d->parts.config, j->record.id, folder) != OK)
		return;
	happening_of_job(&h, &j->record);
	take_up(d, folder, &h);
}

/* --- at the start --- */

static void on_old_fax(void *owner, const struct inbox_entry *e)
{
	struct deliver *d = owner;
	struct happening h;

	happening_of_fax(&h, &e->fax);
	take_up(d, e->folder, &h);
}

static void on_old_job(void *owner, const struct outbox_job *j)
{
	deliver_failed(owner, j);
}

static void take_up_all(struct deliver *d)
{
	inbox_each(d->parts.inbox, on_old_fax, d);
	outbox_each(d->parts.outbox, on_old_job, d);
}

struct deliver *deliver_new(const struct deliver_parts *parts)
{
	struct deliver *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->parts = *parts;
	d->due = (struct timer){ .due = on_due, .owner = d };
	d->test_state = "none";
	d->started_ms = epoch_ms();
	list_init(&d->parcels);
	if (ruleset_read(parts->config->home, &d->rules, &d->trouble) != OK) {
		if (!*d->trouble.text)
			why_set(&d->trouble, "The rules could not be read.");
		log_sentence(LOG_ERROR, d->trouble.text, "event=no-rules");
		return d;
	}
	take_up_all(d);
	return d;
}

void deliver_free(struct deliver *d)
{
	if (!d)
		return;
	errand_cancel(d->test);
	while (!list_empty(&d->parcels))
		drop_parcel(list_entry(d->parcels.next, struct parcel, link));
	timer_clear(d->parts.loop, &d->due);
	ruleset_fini(&d->rules);
	free(d);
}

/* --- looking --- */

json_t *deliver_state(const char *folder)
{
	struct deliveries record;
	json_t *out = json_array();

	if (deliveries_read(folder, &record, NULL) != OK)
		return out;
	for (size_t i = 0; i < record.count; i++) {
		const struct deliveries_entry *e = &record.all[i];

		json_array_append_new(
			out,
			json_pack("{s:s, s:s, s:s, s:I, s:I}", "rule", e->rule,
				  "state", e->state, "sentence", e->sentence,
				  "attempts", (json_int_t)e->attempts,
				  "next_try_ms", (json_int_t)e->next_try_ms));
	}
	deliveries_fini(&record);
	return out;
}

bool deliver_waits(const char *folder)
{
	struct deliveries record;
	bool waits;

	if (deliveries_read(folder, &record, NULL) != OK)
		return false;
	waits = has_waiting(&record);
	deliveries_fini(&record);
	return waits;
}

enum err deliver_job_folder(const struct config *c,
			    const uint8_t id[SPOOL_ID_SIZE],
			    char out[ATOMIC_PATH_MAX])
{
	char hex[2 * SPOOL_ID_SIZE + 1];

	text_to_hex(id, SPOOL_ID_SIZE, hex);
	return atomic_path(out, NULL, "%s/jobs/%s", c->home, hex);
}

/* --- rules --- */

json_t *deliver_rules(const struct deliver *d, struct why *why)
{
	why_set(why, "%s", d->trouble.text);
	return ruleset_encode(&d->rules);
}

/* As store/inbox names them. */
static bool broke_off(const struct parcel *p)
{
	static const char ending[] = ".partial";
	size_t len = strlen(p->folder), n = sizeof(ending) - 1;

	return len > n && strcmp(p->folder + len - n, ending) == 0;
}

/* What waits is tried anew: what was wrong may be right now. A fax that broke
 * off keeps its time. */
static void try_all(struct deliver *d)
{
	for (struct list *l = d->parcels.next; l != &d->parcels; l = l->next) {
		struct parcel *p = list_entry(l, struct parcel, link);

		for (size_t i = 0; i < p->record.count; i++) {
			struct deliveries_entry *e = &p->record.all[i];

			if (is_waiting(e) && (e->attempts > 0 || !broke_off(p)))
				e->next_try_ms = 0;
		}
	}
	look_soon(d);
}

static bool programs_allowed(const struct deliver *d, const struct ruleset *s,
			     struct why *why)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->all[i]->deed != RULES_PROGRAM || !s->all[i]->enabled ||
		    d->parts.config->allow_programs)
			continue;
		why_set(why,
			"The rule \"%s\": do: programs are not allowed here; "
			"allow-programs in the terminal's configuration allows "
			"them.",
			s->all[i]->name);
		return false;
	}
	return true;
}

enum err deliver_replace_rules(struct deliver *d, const json_t *array,
			       struct why *why)
{
	bool was_in_trouble = *d->trouble.text;
	/* What came while no rules were known has waited for these. */
	uint64_t since = was_in_trouble ? d->started_ms : epoch_ms();
	struct ruleset next;
	enum err e = ruleset_decode(array, since, &next, why);

	if (e != OK)
		return e;
	ruleset_continue(&next, &d->rules, since);
	e = programs_allowed(d, &next, why) ? OK : ERR_DENIED;
	if (e == OK)
		e = ruleset_write(d->parts.config->home, &next, why);
	if (e != OK) {
		ruleset_fini(&next);
		return e;
	}
	ruleset_fini(&d->rules);
	d->rules = next;
	d->trouble.text[0] = '\0';
	if (was_in_trouble)
		take_up_all(d);
	try_all(d);
	return OK;
}

/* --- trying one out --- */

static void on_tested(void *owner, enum rules_outcome outcome,
		      const char *sentence)
{
	struct deliver *d = owner;

	d->test = NULL;
	d->test_state = rules_state_name(
		outcome == RULES_WELL ? RULES_DONE : RULES_GIVEN_UP);
	why_set(&d->test_sentence, "%s", sentence);
}

/* The newest that is whole; or the newest job that failed. */
struct newest {
	char folder[ATOMIC_PATH_MAX];
	const struct config *config;
	uint64_t at_ms;
};

static void consider_fax(void *owner, const struct inbox_entry *e)
{
	struct newest *n = owner;

	if (e->fax.complete && e->fax.received_ms >= n->at_ms &&
	    text_copy(n->folder, sizeof(n->folder), e->folder))
		n->at_ms = e->fax.received_ms;
}

static void consider_job(void *owner, const struct outbox_job *j)
{
	struct newest *n = owner;

	if (j->state == JOBS_FAILED && j->record.finished_ms >= n->at_ms &&
	    deliver_job_folder(n->config, j->record.id, n->folder) == OK)
		n->at_ms = j->record.finished_ms;
}

/* The folder of what a test is made with; false: there is none. */
static bool find_subject(struct deliver *d, enum rules_when when,
			 const char *fax, char out[ATOMIC_PATH_MAX])
{
	struct newest n = { .config = d->parts.config };
	struct inbox_entry e;

	out[0] = '\0';
	if (when == RULES_FAILED)
		outbox_each(d->parts.outbox, consider_job, &n);
	else if (!fax || !*fax)
		inbox_each(d->parts.inbox, consider_fax, &n);
	else if (inbox_find(d->parts.inbox, fax, &e) ||
		 inbox_get(d->parts.inbox, fax, &e))
		consider_fax(&n, &e);
	return text_copy(out, ATOMIC_PATH_MAX, n.folder) && *out;
}

static enum err find_test(struct deliver *d, const char *name, const char *fax,
			  struct parcel *p, struct why *why)
{
	const struct rules_rule *rule = ruleset_find(&d->rules, name);

	if (!rule) {
		why_set(why, "There is no rule of this name: faxwire rules "
			     "lists them.");
		return ERR_MISSING;
	}
	if (d->test) {
		why_set(why, "Another test is under way: wait until it is "
			     "over.");
		return ERR_EXISTS;
	}
	p->deliver = d;
	p->when = rule->when;
	if (find_subject(d, rule->when, fax, p->folder))
		return OK;
	why_set(why, rule->when == RULES_FAILED
			     ? "No job has failed that it could be tried with."
			     : "There is no such whole fax in the inbox to "
			       "try it with.");
	return ERR_MISSING;
}

enum err deliver_test(struct deliver *d, const char *name, const char *fax,
		      struct why *why)
{
	struct parcel p = { .deliver = d };
	enum err e = find_test(d, name, fax, &p, why);
	struct errand_spec spec;
	struct happening h;

	if (e != OK)
		return e;
	if (!read_happening(&p, &h))
		return ERR_MISSING;
	spec = spec_of(&p, ruleset_find(&d->rules, name), &h);
	d->test = errand_new(&spec, on_tested, d);
	if (!d->test)
		return ERR_MEMORY;
	d->test_state = "running";
	d->test_sentence.text[0] = '\0';
	return OK;
}

json_t *deliver_tested(const struct deliver *d)
{
	return json_pack("{s:s, s:s}", "state", d->test_state, "sentence",
			 d->test_sentence.text);
}
