// SPDX-License-Identifier: Apache-2.0
// The address book with its groups, and the terminals that can be reached.
import { h, icon, iconButton, button, field, formDialog, ask, empty, busy, reconcile, drawer, complain, toast, announce } from './dom.js';
import { t } from './texts.js';
import { post, put, remove, path } from './api.js';
import { state, on, refreshContacts, terminalState, addressOf, nameOf } from './live.js';
import { recipients, stateDot } from './recipients.js';

function edit(contact, address) {
	const name = h('input', { type: 'text', required: true, maxlength: '120', value: contact?.name || '', autofocus: true });
	const note = h('input', { type: 'text', maxlength: '500', value: contact?.note || '' });
	const picker = recipients({
		label: t('people.addresses'),
		chosen: (contact?.to || (address ? [address] : [])).map((a) => ({ value: a, label: nameOf(a) && a !== contact?.to[0] ? nameOf(a) : a, to: [a] })),
	});

	return formDialog(t(contact ? 'people.edit' : 'people.add'), [field(t('people.name'), name), picker.el, field(t('send.note'), note)], t('save'), async () => {
		if (!picker.flush())
			throw new Error(t('to.wrong-one'));
		// A contact that was picked stands for its addresses.
		const to = [...new Set(picker.chosen().flatMap((c) => c.to))];

		if (!to.length)
			throw new Error(t('to.none'));
		const body = { name: name.value.trim(), to, note: note.value.trim() };

		await (contact ? put(path('contacts', contact.contact), body) : post('contacts', body));
		await refreshContacts();
		announce(t('saved'));
	}, { kind: 'tall' }).finally(picker.leave);
}

async function drop(contact) {
	if (!await ask(t('people.remove', { name: contact.name }), t('people.remove.long'), t('remove'), { danger: true }))
		return;
	try {
		await remove(path('contacts', contact.contact));
		await refreshContacts();
		toast(t('people.removed', { name: contact.name }), {
			action: t('undo'), undo: true, run: async () => {
				try {
					await post('contacts', { name: contact.name, to: contact.to, note: contact.note });
					await refreshContacts();
				} catch (error) {
					complain(error);
				}
			},
		});
	} catch (error) {
		complain(error);
	}
}

async function faxTo(entry) {
	const module = await import('./draft.js');

	module.load();
	module.addRecipient(entry);
	location.hash = '#send';
}

function contactRow(c) {
	const group = c.to.length > 1;

	return h('li', { class: 'person' }, icon(group ? 'people' : 'user'),
		h('span', { class: 'grow' }, h('b', null, c.name),
			h('span', { class: 'muted' }, group ? `${t('group-of', { n: c.to.length })}: ${c.to.slice(0, 6).map((a) => nameOf(a) || a).join(t('comma'))}${c.to.length > 6 ? '…' : ''}` : c.to[0], c.note && ` · ${c.note}`)),
		!group && stateDot(terminalState(c.to[0])),
		h('span', { class: 'row-do' },
			iconButton('send', t('people.fax', { name: c.name }), () => faxTo({ value: c.contact, label: c.name, group, to: c.to }), { 'data-mark': 'fax' }),
			iconButton('edit', t('people.edit-one', { name: c.name }), () => edit(c), { 'data-mark': 'edit' }),
			iconButton('trash', t('people.remove', { name: c.name }), () => drop(c), { 'data-mark': 'remove' })));
}

function terminalRow(e) {
	const address = addressOf(e);
	const name = nameOf(address);

	return h('li', { class: 'person' }, icon('line'),
		h('span', { class: 'grow' }, h('b', null, e.id), h('span', { class: 'muted' }, [name, e.relay].filter(Boolean).join(' · '))), stateDot(e.state),
		h('span', { class: 'row-do' },
			iconButton('send', t('people.fax', { name: e.id }), () => faxTo({ value: address, label: name || address, to: [address] }), { 'data-mark': 'fax' }),
			!name && iconButton('plus', t('people.keep', { name: e.id }), () => edit(null, address), { 'data-mark': 'keep' })));
}

export function show(root) {
	const book = h('ul', { class: 'people card' });
	const bookState = h('div');
	const lines = h('ul', { class: 'people card' });
	const linesState = h('div');
	let want = '';

	function draw() {
		const fits = (...words) => words.some((w) => (w || '').toLowerCase().includes(want));
		const contacts = state.contacts.filter((c) => fits(c.name, c.note, ...c.to)).sort((a, b) => a.name.localeCompare(b.name));
		const order = { free: 0, busy: 1, offline: 2 };
		const terminals = [...state.terminals.values()].filter((e) => e.id !== state.status?.id && fits(e.id, e.relay, nameOf(e.id)))
			.sort((a, b) => order[a.state] - order[b.state] || a.id.localeCompare(b.id));

		reconcile(book, contacts.slice(0, 500), (c) => c.contact, (c) => JSON.stringify(c) + c.to.map(nameOf).join() + terminalState(c.to[0]), contactRow);
		reconcile(lines, terminals.slice(0, 500), (e) => `${e.id}@${e.relay}`, (e) => JSON.stringify(e) + nameOf(addressOf(e)), terminalRow);
		book.hidden = !contacts.length;
		lines.hidden = !terminals.length;
		bookState.replaceChildren(contacts.length ? '' : !state.ready ? busy() : want ? h('p', { class: 'muted pad' }, t('people.nothing')) : empty('book', t('people.empty'), t('people.empty.long')));
		linesState.replaceChildren(terminals.length ? '' : h('p', { class: 'muted pad' }, want ? t('people.nothing') : t('people.no-terminals')));
	}
	const soon = drawer(draw);

	root.append(
		h('header', { class: 'view-head' }, h('h1', { tabindex: '-1' }, t('nav.people')), button(t('people.add'), () => edit(), { image: 'plus', kind: 'primary' })),
		h('div', { class: 'filters', role: 'search' }, h('input', {
			type: 'search', placeholder: t('people.search'), 'aria-label': t('people.search'), oninput: (e) => {
				want = e.target.value.trim().toLowerCase();
				draw();
			},
		})),
		h('section', { 'aria-labelledby': 'book' }, h('h2', { id: 'book', class: 'section-head' }, t('people.book')), book, bookState),
		h('section', { 'aria-labelledby': 'lines' }, h('h2', { id: 'lines', class: 'section-head' }, t('people.terminals')), lines, linesState));
	draw();
	const off = on('all contacts terminal status', soon);

	return { leave: off };
}
