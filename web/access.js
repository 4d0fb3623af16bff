// SPDX-License-Identifier: Apache-2.0
// Who may use the terminal: users and their roles, tokens of programs; and
// the log of what was done.
import { h, icon, iconButton, button, field, checkbox, formDialog, dialog, ask, empty, badge, toast, complain, announce } from './dom.js';
import { has, t, tOr, when, exactly } from './texts.js';
import { get, post, patch, remove, path, query } from './api.js';
import { state } from './live.js';

const ROLES = ['send', 'read', 'administer'];

function roleBoxes(roles) {
	const boxes = ROLES.map((r) => ({ r, el: checkbox(t(`role.${r}`), { checked: roles.includes(r) }, t(`role.${r}.long`)) }));

	return {
		el: h('fieldset', { class: 'roles' }, h('legend', null, t('roles')), boxes.map((b) => b.el)),
		read: () => boxes.filter((b) => b.el.querySelector('input').checked).map((b) => b.r),
	};
}

const roleBadges = (roles) => h('span', { class: 'totals' }, ROLES.filter((r) => roles.includes(r)).map((r) => badge('off', t(`role.${r}`))));

function password(label, hint) {
	return field(label, h('input', { type: 'password', autocomplete: 'new-password', minlength: '8' }), { hint });
}

export async function users(place) {
	let all = [];
	const list = h('ul', { class: 'people card' });

	async function load() {
		all = (await get('users')).users;
		draw();
	}

	function edit(user) {
		const name = h('input', { type: 'text', required: true, autocapitalize: 'none', spellcheck: 'false', maxlength: '32', value: user?.user || '', disabled: Boolean(user), autofocus: !user });
		const word = password(t(user ? 'users.new-password' : 'sign-in.password'), user ? t('users.keep-password') : t('password.hint'));
		const secret = word.querySelector('input');
		const roles = roleBoxes(user?.roles || ['send', 'read']);

		secret.required = !user;
		return formDialog(t(user ? 'users.edit' : 'users.add'), [field(t('sign-in.user'), name), word, roles.el], t('save'), async () => {
			if (user)
				await patch(path('users', user.user), { roles: roles.read(), ...secret.value ? { password: secret.value } : {} });
			else
				await post('users', { user: name.value.trim(), password: secret.value, roles: roles.read() });
			await load();
			toast(t('saved'));
		});
	}

	async function drop(user) {
		if (!await ask(t('users.remove', { name: user.user }), t('users.remove.long'), t('remove'), { danger: true }))
			return;
		try {
			await remove(path('users', user.user));
			await load();
			announce(t('removed'));
		} catch (error) {
			complain(error);
		}
	}

	function draw() {
		list.replaceChildren(...all.map((u) => h('li', { class: 'person' }, icon('user'),
			h('span', { class: 'grow' }, h('b', null, u.user, u.user === state.session.user ? ` (${t('users.you')})` : ''), h('span', { class: 'muted' }, t('since', { time: when(u.created_ms) }))),
			roleBadges(u.roles), h('span', { class: 'row-do' }, iconButton('edit', t('users.edit-one', { name: u.user }), () => edit(u)),
				u.user !== state.session.user && iconButton('trash', t('users.remove', { name: u.user }), () => drop(u))))));
		list.hidden = !all.length;
	}

	await load();
	place.replaceChildren(list, h('div', { class: 'actions' }, button(t('users.add'), () => edit(), { image: 'plus', kind: 'primary' })));
}

function showSecret(secret) {
	const box = h('input', { type: 'text', readonly: true, value: secret, class: 'mono', autofocus: true });

	return dialog(t('tokens.made'), (close) => [
		h('p', null, t('tokens.made.long')), field(t('tokens.secret'), box),
		h('div', { class: 'dialog-feet' }, button(t('copy'), async () => {
			box.select();
			try {
				await navigator.clipboard.writeText(secret);
			} catch {
				document.execCommand('copy');
			}
			toast(t('copied'));
		}), button(t('done'), () => close(), { kind: 'primary' })),
	]);
}

export async function tokens(place) {
	const list = h('ul', { class: 'people card' });
	const none = h('div');

	async function add() {
		const name = h('input', { type: 'text', required: true, maxlength: '60', autofocus: true });
		const roles = roleBoxes(['send']);
		let secret = '';

		await formDialog(t('tokens.add'), [field(t('tokens.name'), name, { hint: t('tokens.name.hint') }), roles.el], t('tokens.make'), async () => {
			secret = (await post('tokens', { name: name.value.trim(), roles: roles.read() })).secret;
		});
		if (!secret)
			return;
		await showSecret(secret);
		await load().catch(complain);
	}

	async function drop(token) {
		if (!await ask(t('tokens.remove', { name: token.name }), t('tokens.remove.long'), t('remove'), { danger: true }))
			return;
		try {
			await remove(path('tokens', token.token));
			await load();
			announce(t('removed'));
		} catch (error) {
			complain(error);
		}
	}

	async function load() {
		const { tokens: all } = await get('tokens');

		list.hidden = !all.length;
		none.replaceChildren(all.length ? '' : empty('key', t('tokens.none'), t('tokens.none.long')));
		list.replaceChildren(...all.map((k) => h('li', { class: 'person' }, icon('key'),
			h('span', { class: 'grow' }, h('b', null, k.name), h('span', { class: 'muted' }, t('since', { time: when(k.created_ms) }), ' · ', k.used_ms ? t('tokens.used', { time: when(k.used_ms) }) : t('tokens.unused'))),
			roleBadges(k.roles), h('span', { class: 'row-do' }, iconButton('trash', t('tokens.remove', { name: k.name }), () => drop(k))))));
	}

	await load();
	place.replaceChildren(h('p', { class: 'muted' }, t('tokens.intro')), list, none,
		h('div', { class: 'actions' }, button(t('tokens.add'), add, { image: 'plus', kind: 'primary' })));
}

// "print:ana" printed, "token:backup" is a program.
function actor(user) {
	const [kind, name] = /^(print|token):(.*)$/.exec(user)?.slice(1) || [user];

	return has(`audit.by-${kind}`) ? t(`audit.by-${kind}`, { name }) : user;
}

// On a phone the rows are cards: the roles say that it is a table all the same.
export async function audit(place) {
	const body = h('tbody', { role: 'rowgroup' });
	const cell = (props, ...what) => h('td', { role: 'cell', ...props }, ...what);
	const table = h('table', { class: 'audit', role: 'table' }, h('caption', { class: 'unseen' }, t('setup.audit')),
		h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ['at', 'user', 'action', 'what', 'detail'].map((c) => h('th', { scope: 'col', role: 'columnheader' }, t(`audit.${c}`))))), body);
	const more = button(t('audit.older'), () => load().catch(complain));
	let last = 0;

	async function load() {
		const { entries } = await get(`audit${query({ before: last || '', limit: 100 })}`);

		body.append(...entries.map((e) => h('tr', { role: 'row' },
			cell(null, h('time', { title: exactly(e.at_ms) }, when(e.at_ms))), cell(null, actor(e.user)), cell(null, tOr(`audit.did-${e.action}`, e.action)),
			cell({ class: 'mono' }, e.what), cell(null, e.detail))));
		last = entries.at(-1)?.number || last;
		more.hidden = entries.length < 100;
	}

	await load();
	place.replaceChildren(h('p', { class: 'muted' }, t('audit.intro')), body.children.length
		? h('div', { class: 'table card', tabindex: '0', role: 'region', 'aria-label': t('setup.audit') }, table) : empty('book', t('audit.none')), h('div', { class: 'actions' }, more));
}
