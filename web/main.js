// SPDX-License-Identifier: Apache-2.0
// Begins: language, session, then one view at a time by the address's hash.
import { h, announce, toast, undoLast, busy, empty, button } from './dom.js';
import { t, chooseLanguage } from './texts.js';
import { whenUnsigned } from './api.js';
import { state, on, start, forget, may, nameOf } from './live.js';
import { catchFiles } from './drop.js';
import { allowed, frame, markView, signIn, takeTicket, knownSession, endSession } from './shell.js';

const app = document.getElementById('app');
let main = null;
let view = null;	// {name, leave?, go?}
let stamp = 0;

const modules = {
	send: () => import('./send.js'),
	sent: () => import('./sent.js'),
	inbox: () => import('./inbox.js'),
	people: () => import('./people.js'),
	setup: () => import('./setup.js'),
};

export function title() {
	const unread = may('read') && state.status?.unread;

	document.title = `${unread ? `(${unread}) ` : ''}${view ? `${t(`nav.${view.name}`)} – ` : ''}Faxwire`;
}

async function show() {
	const [asked, ...rest] = location.hash.replace(/^#/, '').split('/');
	const views = allowed();
	const name = (views.find((v) => v.name === asked) || views[0])?.name;
	const mine = ++stamp;

	if (!main)
		return;
	if (!name) {
		main.replaceChildren(h('h1', { tabindex: '-1' }, 'Faxwire'), empty('user', t('no-roles'), t('no-roles.long')));
		return;
	}
	const words = rest.map(decodeURIComponent);

	if (view?.name === name && view.go) {
		view.go(words);
		return;
	}
	view?.leave?.();
	const first = !view;

	view = { name };
	markView(name);
	title();
	if (!main.firstChild)
		main.replaceChildren(busy());
	try {
		const module = await modules[name]();

		if (mine !== stamp)
			return;
		main.replaceChildren();
		main.className = `view-${name}`;
		view = { name, ...module.show(main, words) };
	} catch (error) {
		console.error(error);
		main.replaceChildren(h('h1', { tabindex: '-1' }, t(`nav.${name}`)), empty('alert', t('view-failed'), error.message,
			button(t('reload'), () => location.reload(), { kind: 'primary' })));
	}
	scrollTo(0, 0);
	if (!first) {
		main.querySelector('h1')?.focus({ preventScroll: true });
		announce(t(`nav.${name}`));
	}
}

function newFax(fax) {
	if (!may('read') || !fax.unread || Date.now() - fax.received_ms > 60000 || newFax.seen.has(fax.fax))
		return;
	newFax.seen.add(fax.fax);
	const text = t('new-fax', { from: nameOf(fax.from) || fax.from || fax.far_ident || t('unknown-sender'), n: fax.pages });

	toast(text, {
		action: t('open'), run: () => { location.hash = `#inbox/${encodeURIComponent(fax.fax)}`; },
	});
	if (document.hidden && 'Notification' in window && Notification.permission === 'granted')
		new Notification('Faxwire', { body: text, icon: '/icon.svg', tag: fax.fax });
}
newFax.seen = new Set();

function leave() {
	view?.leave?.();
	view = null;
	main = null;
	forget();
	dispatchEvent(new Event('faxwire-sign-out'));
	document.querySelectorAll('dialog').forEach((d) => d.close());
}

function enter(session) {
	state.session = session;
	main = frame(app, signOut);
	start();
	show();
}

async function door(sentence) {
	leave();
	enter(await signIn(app, sentence));
}

async function signOut() {
	await endSession();
	sessionStorage.clear();
	door();
}

async function begin() {
	await chooseLanguage();
	whenUnsigned(() => state.session && door(t('sign-in.again')));
	let sentence = '';

	try {
		const session = await takeTicket();

		if (session)
			return enter(session);
	} catch (error) {
		sentence = error.status === 401 ? t('sign-in.ticket') : error.message;
	}
	try {
		enter(await knownSession());
	} catch (error) {
		door(error.status === 401 ? sentence : sentence || error.message);
	}
}

addEventListener('hashchange', async () => {
	if (/^#ticket=/.test(location.hash) && !state.session)
		return begin();
	return show();
});
addEventListener('faxwire-language', () => {
	const session = state.session;

	if (!session)
		return door();
	document.querySelectorAll('dialog').forEach((d) => d.close());
	view?.leave?.();
	view = null;
	main = frame(app, signOut);
	return show();
});
addEventListener('keydown', (e) => {
	const typing = e.target.closest?.('input, textarea, select, [contenteditable]');

	if (!typing && (e.ctrlKey || e.metaKey) && e.key === 'z' && undoLast())
		e.preventDefault();
});
catchFiles(async (files) => {
	if (!may('send'))
		return;
	const { load, addFiles } = await import('./draft.js');

	load();
	if (view?.name !== 'send')
		location.hash = '#send';
	addFiles(files);
}, () => view?.name === 'send');
on('status all', title);
on('fax', newFax);

begin();
