// SPDX-License-Identifier: Apache-2.0
// The frame around the views: navigation with counts, the line's state, the
// user's menu, and the sign-in page.
import { h, icon, button, dialog, field, formDialog, toast, select, complain } from './dom.js';
import { t, said, LANGUAGES, language, chooseLanguage } from './texts.js';
import { get, post, put, remove } from './api.js';
import { state, on as listen, may } from './live.js';

// What the frame listens to; drawn anew, it lets go of the former.
let offs = [];
const on = (topics, f) => offs.push(listen(topics, f));

// Which views there are, for whom, and what each one's nav shows beside it.
export const VIEWS = [
	{ name: 'send', role: 'send', icon: 'send', count: () => [...state.documents.values()].filter((d) => d.source === 'print').length, counted: 'nav.waiting-documents' },
	{ name: 'sent', role: 'send', icon: 'sent', count: (s) => s.jobs, counted: 'nav.jobs', calm: true },
	{ name: 'inbox', role: 'read', icon: 'inbox', count: (s) => s.unread, counted: 'nav.unread' },
	{ name: 'people', role: 'send', icon: 'people' },
	{ name: 'setup', role: 'administer', icon: 'setup' },
];

export const allowed = () => VIEWS.filter((v) => may(v.role));

// The terminal's line in one word and one sentence.
export function lineState() {
	const s = state.status;

	if (state.link === 'lost')
		return { kind: 'bad', word: t('line.lost'), sentence: t('line.lost.long') };
	if (!s)
		return { kind: 'wait', word: t('line.asking'), sentence: '' };
	if (!s.joined)
		return { kind: 'bad', word: t('line.unjoined'), sentence: t('line.unjoined.long') };
	if (!s.online)
		return { kind: 'wait', word: t('line.offline'), sentence: said(s.trouble) || t('line.offline.long') };
	if (s.paused)
		return { kind: 'wait', word: t('line.paused'), sentence: t('line.paused.long') };
	if (s.calls)
		return { kind: 'good', word: t('line.calls', { n: s.calls }), sentence: '' };
	return { kind: 'good', word: t('line.ready'), sentence: t('line.ready.long', { relay: s.relay }) };
}

function lamp() {
	const el = h('a', { class: 'lamp', href: may('administer') ? '#setup/connection' : null, id: 'lamp' });
	const show = () => {
		const { kind, word, sentence } = lineState();

		el.className = `lamp ${kind}`;
		el.title = sentence;
		el.replaceChildren(h('span', { class: 'led', 'aria-hidden': 'true' }), h('span', null,
			state.status?.id && h('b', null, state.status.id), ' ', h('span', { class: 'lamp-word' }, word)));
	};

	on('status all link', show);
	show();
	return el;
}

function navigation() {
	const items = allowed().map((view) => {
		const count = h('span', { class: `count${view.calm ? ' calm' : ''}`, hidden: true });
		const link = h('a', { href: `#${view.name}`, 'data-view': view.name }, icon(view.icon),
			h('span', { class: 'nav-word' }, t(`nav.${view.name}`)), count);

		return { view, link, count };
	});
	const show = () => {
		for (const { view, count } of items) {
			const n = state.status && view.count?.(state.status) || 0;

			count.hidden = !n;
			count.replaceChildren(...n ? [h('span', { 'aria-hidden': 'true' }, n > 999 ? '999+' : String(n)),
				h('span', { class: 'unseen' }, t(view.counted, { n }))] : []);
		}
	};

	on('status all document', show);
	show();
	return h('nav', { 'aria-label': t('nav.label'), class: 'nav' },
		h('ul', null, items.map(({ link }) => h('li', null, link))));
}

function changePassword() {
	const old = h('input', { type: 'password', autocomplete: 'current-password', required: true, autofocus: true });
	const fresh = h('input', { type: 'password', autocomplete: 'new-password', required: true, minlength: 8 });

	return formDialog(t('password.change'), [field(t('password.old'), old),
		field(t('password.new'), fresh, { hint: t('password.hint') })], t('save'), async () => {
		await put('session/password', { old: old.value, new: fresh.value });
		toast(t('password.changed'));
	}, { kind: 'small' });
}

export function languageSelect() {
	return select(LANGUAGES, language, {
		'aria-label': t('language'), class: 'language',
		onchange: async (e) => {
			await chooseLanguage(e.target.value);
			dispatchEvent(new Event('faxwire-language'));
		},
	});
}

function notices() {
	if (!('Notification' in window) || !may('read') || Notification.permission === 'denied')
		return null;
	if (Notification.permission === 'granted')
		return h('p', { class: 'hint' }, t('notices.on'));
	return button(t('notices.ask'), () => Notification.requestPermission(), { image: 'inbox' });
}

function userMenu(signOut) {
	return dialog(state.session.user, (close) => [
		h('p', { class: 'muted' }, t('user.may', { roles: state.session.roles.map((r) => t(`role.${r}`)).join(t('comma')) || t('role.none') })),
		h('div', { class: 'stack' },
			field(t('language'), languageSelect()),
			button(t('password.change'), () => {
				close();
				changePassword();
			}, { image: 'key' }),
			notices(),
			button(t('sign-out'), () => {
				close();
				signOut();
			}, { kind: 'primary' })),
		h('p', { class: 'hint' }, t('version', { version: state.status?.version || '' })),
	], { kind: 'small' });
}

function connectionBar() {
	const bar = h('div', { class: 'bar', role: 'status' });
	let timer;
	const show = () => {
		clearTimeout(timer);
		if (state.link !== 'lost') {
			bar.replaceChildren();
			return;
		}
		// A short gap is nobody's business.
		timer = setTimeout(() => bar.replaceChildren(h('span', { class: 'spinner', 'aria-hidden': 'true' }),
			h('span', null, t('reconnecting'))), 1500);
	};

	on('link', show);
	return bar;
}

// Draws the frame; returns where the view goes.
export function frame(app, signOut) {
	document.getElementById('toasts').setAttribute('aria-label', t('messages'));
	offs.forEach((off) => off());
	offs = [];
	const main = h('main', { id: 'main', tabindex: '-1' });
	const user = h('button', {
		type: 'button', class: 'user', 'aria-haspopup': 'dialog', onclick: () => userMenu(signOut),
	}, icon('user'), h('span', { class: 'nav-word' }, state.session.user));

	app.replaceChildren(
		h('a', {
			class: 'skip', href: '#main', onclick: (e) => {
				e.preventDefault();
				main.querySelector('h1')?.focus();
			},
		}, t('skip')),
		h('div', { class: 'shell' },
			h('header', { class: 'side' },
				h('div', { class: 'brand' }, h('img', { src: '/icon.svg', alt: '', width: 28, height: 28 }), h('span', null, 'Faxwire')),
				navigation(),
				h('div', { class: 'side-feet' }, lamp(), user)),
			h('div', { class: 'content' }, connectionBar(), main)));
	return main;
}

export function markView(name) {
	for (const link of document.querySelectorAll('.nav a'))
		if (link.dataset.view === name)
			link.setAttribute('aria-current', 'page');
		else
			link.removeAttribute('aria-current');
}

// --- signing in ---

// Draws the form; resolves to the session.
export function signIn(app, sentence) {
	return new Promise((resolve) => {
		const user = h('input', { name: 'user', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true });
		const password = h('input', { name: 'password', type: 'password', autocomplete: 'current-password', required: true });
		const wrong = h('p', { class: 'wrong', role: 'alert' }, sentence);
		const go = h('button', { type: 'submit', class: 'btn primary big' }, t('sign-in'));
		const form = h('form', {
			class: 'card sign-in stack', 'aria-labelledby': 'sign-in',
			onsubmit: async (e) => {
				e.preventDefault();
				wrong.textContent = '';
				go.disabled = true;
				try {
					resolve(await post('session', { user: user.value.trim(), password: password.value }, { quiet: true }));
				} catch (error) {
					wrong.textContent = error.status === 401 ? t('sign-in.wrong') : error.message;
					go.disabled = false;
					password.select();
				}
			},
		}, h('img', { src: '/icon.svg', alt: '', width: 52, height: 52 }),
		h('h1', { id: 'sign-in', tabindex: '-1' }, t('sign-in.title')),
		field(t('sign-in.user'), user), field(t('sign-in.password'), password), wrong, go,
		h('p', { class: 'hint' }, t('sign-in.hint')));

		app.replaceChildren(h('main', { class: 'door' }, form, languageSelect()));
		document.title = `${t('sign-in')} – Faxwire`;
		user.focus();
	});
}

// A ticket from `faxwire page` signs in once and leaves the address bar.
export async function takeTicket() {
	const found = /^#ticket=(.+)$/.exec(location.hash);

	if (!found)
		return null;
	history.replaceState(null, '', location.pathname);
	return post('session', { ticket: decodeURIComponent(found[1]) }, { quiet: true });
}

export const knownSession = () => get('session', { quiet: true });
export const endSession = () => remove('session').catch(complain);
