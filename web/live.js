// SPDX-License-Identifier: Apache-2.0
// What the page knows, kept in step with the terminal by its event stream.
// Views listen with on(topic, f); after `all` everything was fetched anew.
import { get } from './api.js';

export const state = {
	session: null,	// {user, roles}
	status: null,
	link: 'connecting', // connecting, live, lost
	ready: false,	// everything was fetched once
	jobs: new Map(),
	documents: new Map(),
	terminals: new Map(),
	contacts: [],
};

const listeners = new Map();

// Returns what takes the listener off again.
export function on(topics, f) {
	const all = topics.split(' ');

	for (const topic of all) {
		if (!listeners.has(topic))
			listeners.set(topic, new Set());
		listeners.get(topic).add(f);
	}
	return () => all.forEach((topic) => listeners.get(topic).delete(f));
}

export function tell(topic, value) {
	for (const f of [...listeners.get(topic) || []])
		f(value, topic);
}

export const may = (role) => Boolean(state.session?.roles.includes(role));

const terminalKey = (e) => `${e.id}@${e.relay || ''}`;

export function takeJobs(jobs) {
	for (const job of jobs)
		state.jobs.set(job.job, job);
	for (const job of jobs)
		tell('job', job);
}

function takeTerminal(entry) {
	// A terminal that moved to another relay is listed once.
	for (const [key, other] of state.terminals)
		if (other.id === entry.id && (other.state === 'offline' || entry.state === 'offline'))
			state.terminals.delete(key);
	state.terminals.set(terminalKey(entry), entry);
}

let fetching = null;
let again = false;
async function fetchAll() {
	const want = (role, where) => may(role) ? get(where) : Promise.resolve(null);
	const [status, jobs, documents, contacts] = await Promise.all([
		get('status'), want('send', 'jobs'), want('send', 'documents'), want('send', 'contacts'),
	]);

	state.status = status;
	if (jobs)
		state.jobs = new Map(jobs.jobs.map((j) => [j.job, j]));
	if (documents)
		state.documents = new Map(documents.documents.map((d) => [d.document, d]));
	if (contacts)
		state.contacts = contacts.contacts;
	state.ready = true;
	tell('all');
	if (may('send'))
		fetchTerminals();
}

// The relay is asked for this list; the page does not wait for it.
function fetchTerminals() {
	get('terminals').then(({ terminals }) => {
		state.terminals = new Map(terminals.map((e) => [terminalKey(e), e]));
		tell('terminal');
	}, () => {});
}

// One fetch at a time; a second wish while one is under way follows it.
export function refresh() {
	if (fetching) {
		again = true;
		return fetching;
	}
	fetching = fetchAll().finally(() => {
		fetching = null;
		if (again) {
			again = false;
			refresh().catch(() => {});
		}
	});
	return fetching;
}

export async function refreshContacts() {
	state.contacts = (await get('contacts')).contacts;
	tell('contacts');
}

const takers = {
	hello: () => refresh().then(() => setLink('live'), () => setLink('lost')),
	status(value) {
		state.status = value;
		tell('status', value);
	},
	job: (value) => takeJobs([value]),
	'job-gone'(value) {
		state.jobs.delete(value.job);
		tell('job-gone', value);
	},
	fax: (value) => tell('fax', value),
	'fax-gone': (value) => tell('fax-gone', value),
	terminal(value) {
		takeTerminal(value);
		tell('terminal', value);
	},
	terminals: () => may('send') && fetchTerminals(),
	'signed-out': () => lost(true),
	document(value) {
		state.documents.set(value.document, value);
		tell('document', value);
	},
	'document-gone'(value) {
		state.documents.delete(value.document);
		tell('document', value);
	},
	contacts: () => may('send') && refreshContacts().catch(() => {}),
};

let source = null;
let retry = null;
let waits = 0;

function setLink(link) {
	if (state.link === link)
		return;
	state.link = link;
	tell('link', link);
}

// The browser reconnects by itself while the server answers at all; when it
// gives up (CLOSED) we ask whether we are still signed in, and begin anew.
async function lost(over) {
	if (over !== true)
		setLink('lost');
	if (!source || (over !== true && source.readyState !== EventSource.CLOSED))
		return;
	stop();
	waits = Math.min(waits + 1, 5);
	retry = setTimeout(async () => {
		try {
			await get('session');
		} catch (error) {
			if (error.status === 401)
				return;
		}
		start();
	}, Math.min(500 * 2 ** waits, 10000));
}

export function start() {
	stop();
	source = new EventSource('/api/v1/events');
	source.onopen = () => { waits = 0; };
	source.onerror = lost;
	for (const [name, take] of Object.entries(takers))
		source.addEventListener(name, (e) => {
			try {
				take(JSON.parse(e.data || '{}'));
			} catch (error) {
				console.error(name, error);
			}
		});
}

export function stop() {
	clearTimeout(retry);
	source?.close();
	source = null;
}

export function forget() {
	stop();
	Object.assign(state, {
		session: null, status: null, link: 'connecting', ready: false, jobs: new Map(), documents: new Map(),
		terminals: new Map(), contacts: [],
	});
}

addEventListener('online', () => state.session && state.link === 'lost' && start());
document.addEventListener('visibilitychange', () => {
	if (!document.hidden && state.session && state.link === 'lost')
		start();
});

// --- names of those one writes to ---

// Whom an address belongs to, by the address book; '' when it is in none.
export function nameOf(address) {
	return state.contacts.find((c) => c.to.length === 1 && c.to[0] === address)?.name || '';
}

export function terminalState(address) {
	const [id, relay] = address.split('@');
	const all = [...state.terminals.values()].filter((e) => e.id === id && (!relay || e.relay === relay));

	return (all.find((e) => e.state !== 'offline') || all[0])?.state || '';
}

// Two terminals of one ID are told apart by their relays.
export function addressOf(entry) {
	const same = [...state.terminals.values()].filter((e) => e.id === entry.id && e.state !== 'offline');

	return same.length > 1 && entry.relay ? `${entry.id}@${entry.relay}` : entry.id;
}
