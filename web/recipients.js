// SPDX-License-Identifier: Apache-2.0
// Whom a fax goes to: a combobox over the address book and the terminals that
// are known, and what one types, with chips for those chosen.
import { h, icon, nextId, announce } from './dom.js';
import { t } from './texts.js';
import { state, on, addressOf, terminalState, nameOf } from './live.js';

const ID = /^[a-z0-9][a-z0-9._-]{0,31}$/;

// What was typed as the address that is asked for; null when it is none.
export function readAddress(text) {
	const typed = text.trim();
	const digits = typed.replace(/[\s()/.-]/g, '');

	if (/^\+?\d{2,20}$/.test(digits) && /^[+\d(]/.test(typed))
		return digits;
	const parts = typed.toLowerCase().split('@');

	return typed.length <= 255 && parts.every((p) => ID.test(p)) ? parts.join('@') : null;
}

const STATES = { free: 'good', busy: 'wait', offline: 'off' };

export function stateDot(word) {
	return word ? h('span', { class: `presence ${STATES[word] || 'off'}` }, h('span', { class: 'led', 'aria-hidden': 'true' }), t(`terminal.${word}`)) : null;
}

// The better an entry fits what was typed, the earlier it stands; a group that
// merely has such a member stands last.
function rank(option, want) {
	const label = option.label.toLowerCase();
	const address = option.to.length === 1 ? option.to[0] : '';

	if (label === want || address === want)
		return 0;
	if (label.startsWith(want) || address.startsWith(want))
		return 1;
	return label.includes(want) || address.includes(want) ? 2 : 3;
}

function options(text, chosen) {
	const want = text.trim().toLowerCase();
	const fits = (...words) => words.some((w) => (w || '').toLowerCase().includes(want));
	const taken = new Set(chosen.map((c) => c.value));
	const contacts = state.contacts.filter((c) => !taken.has(c.contact) && fits(c.name, c.note, ...c.to))
		.map((c) => ({
			value: c.contact, label: c.name, detail: c.to.length > 1 ? t('group-of', { n: c.to.length }) : c.to[0],
			state: c.to.length === 1 ? terminalState(c.to[0]) : '', group: c.to.length > 1, contact: true, to: c.to,
		}));
	const booked = new Set(state.contacts.flatMap((c) => c.to.length === 1 ? c.to : []));
	const order = { free: 0, busy: 1, offline: 2 };
	const terminals = [...state.terminals.values()]
		.map((e) => ({ value: addressOf(e), label: e.id, detail: e.relay || '', state: e.state, to: [addressOf(e)] }))
		.filter((e) => !taken.has(e.value) && !booked.has(e.value) && e.label !== state.status?.id && fits(e.label, e.detail))
		.sort((a, b) => order[a.state] - order[b.state] || a.label.localeCompare(b.label));
	const typed = readAddress(text);
	const free = typed && !taken.has(typed) && ![...contacts, ...terminals].some((o) => o.value === typed || (o.to.length === 1 && o.to[0] === typed))
		? [{ value: typed, label: typed, detail: t('to.typed'), state: terminalState(typed), typed: true, to: [typed] }] : [];

	const known = [...contacts, ...terminals];

	if (want)
		known.sort((a, b) => rank(a, want) - rank(b, want));
	return [...known.slice(0, 60), ...free];
}

// {el, chosen(), set(list), focus(), flush()}; `onchange` after each change.
export function recipients({ chosen = [], onchange = () => {}, label = t('to') } = {}) {
	const id = nextId('to');
	let list = [...chosen];
	let shown = [];
	let active = -1;
	let open = false;
	const input = h('input', {
		id, type: 'text', role: 'combobox', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false',
		'aria-expanded': 'false', 'aria-controls': `${id}-list`, 'aria-autocomplete': 'list',
		'aria-describedby': `${id}-hint ${id}-wrong`, placeholder: t('to.placeholder'),
	});
	const box = h('ul', { id: `${id}-list`, role: 'listbox', class: 'options', hidden: true, 'aria-label': t('to.known') });
	const chips = h('ul', { class: 'chips', 'aria-label': t('to.chosen') });
	const wrong = h('p', { class: 'wrong', id: `${id}-wrong`, role: 'alert' });
	const hint = h('p', { class: 'hint', id: `${id}-hint` }, t('to.hint'));

	function drawChips() {
		chips.hidden = !list.length;
		chips.replaceChildren(...list.map((entry) => h('li', { class: entry.group ? 'chip group' : 'chip' },
			entry.group && icon('people'), h('span', { class: 'chip-word' }, entry.label),
			!entry.group && entry.label !== entry.to[0] && h('span', { class: 'chip-detail' }, entry.to[0]),
			h('button', { type: 'button', 'aria-label': t('to.remove', { name: entry.label }), onclick: () => drop(entry) }, icon('close')))));
	}

	function drop(entry) {
		list = list.filter((e) => e !== entry);
		drawChips();
		announce(t('to.removed', { name: entry.label }));
		input.focus();
		onchange(list);
	}

	function add(entry) {
		wrong.textContent = '';
		input.removeAttribute('aria-invalid');
		if (!list.some((e) => e.value === entry.value)) {
			list.push({ value: entry.value, label: entry.label, group: Boolean(entry.group), to: entry.to });
			announce(t('to.added', { name: entry.label, n: list.length }));
		}
		input.value = '';
		drawChips();
		close();
		onchange(list);
	}

	function close() {
		open = false;
		active = -1;
		box.hidden = true;
		input.setAttribute('aria-expanded', 'false');
		input.removeAttribute('aria-activedescendant');
	}

	function mark(index) {
		active = index;
		[...box.children].forEach((el, i) => el.setAttribute('aria-selected', String(i === index)));
		if (index < 0) {
			input.removeAttribute('aria-activedescendant');
			return;
		}
		input.setAttribute('aria-activedescendant', box.children[index].id);
		box.children[index].scrollIntoView({ block: 'nearest' });
	}

	function show() {
		shown = options(input.value, list);
		open = shown.length > 0;
		box.hidden = !open;
		input.setAttribute('aria-expanded', String(open));
		box.replaceChildren(...shown.map((o, i) => h('li', {
			role: 'option', id: `${id}-o${i}`, 'aria-selected': 'false', class: 'option',
			onpointerdown: (e) => e.preventDefault(), onclick: () => {
				add(o);
				input.focus();
			},
		}, icon(o.group ? 'people' : o.contact ? 'book' : o.typed ? 'plus' : 'line'),
		h('span', { class: 'option-word' }, h('b', null, o.label), h('span', { class: 'muted' }, o.detail)), stateDot(o.state))));
		mark(input.value.trim() && open ? 0 : -1);
	}

	// Takes what stands in the field; false when it is no recipient.
	function flush() {
		const text = input.value.trim();

		if (!text)
			return true;
		const found = options(text, []).find((o) => o.label.toLowerCase() === text.toLowerCase() && !o.typed);
		const typed = readAddress(text);

		if (found) {
			add(found);
			return true;
		}
		if (typed) {
			add({ value: typed, label: nameOf(typed) || typed, to: [typed] });
			return true;
		}
		wrong.textContent = t('to.wrong', { text });
		input.setAttribute('aria-invalid', 'true');
		return false;
	}

	const keys = {
		ArrowDown() {
			if (!open)
				show();
			if (shown.length)
				mark((active + 1) % shown.length);
		},
		ArrowUp() {
			if (!open)
				show();
			if (shown.length)
				mark(active <= 0 ? shown.length - 1 : active - 1);
		},
		Enter() {
			if (open && active >= 0)
				add(shown[active]);
			else
				flush();
		},
		Escape(e) {
			if (open)
				e.stopPropagation();
			if (!open)
				input.value = '';
			close();
		},
	};

	input.addEventListener('keydown', (e) => {
		if (e.isComposing)
			return;
		if (keys[e.key]) {
			// Escape with nothing open belongs to the dialog around us.
			if (e.key === 'Escape' && !open && !input.value)
				return;
			e.preventDefault();
			keys[e.key](e);
		} else if ((e.key === ',' || e.key === ';') && input.value.trim()) {
			e.preventDefault();
			flush();
		} else if (e.key === 'Backspace' && !input.value && list.length) {
			drop(list.at(-1));
		}
	});
	input.addEventListener('input', () => {
		wrong.textContent = '';
		input.removeAttribute('aria-invalid');
		show();
	});
	input.addEventListener('click', () => open || show());
	input.addEventListener('blur', () => {
		close();
		if (input.value.trim())
			flush();
	});
	input.addEventListener('paste', (e) => {
		const many = (e.clipboardData?.getData('text') || '').split(/[,;\n]+/).map((w) => w.trim()).filter(Boolean);

		if (many.length < 2)
			return;
		e.preventDefault();
		for (const word of many) {
			const address = readAddress(word);

			if (address)
				add({ value: address, label: nameOf(address) || address, to: [address] });
			else
				wrong.textContent = t('to.wrong', { text: word });
		}
	});
	const off = on('terminal contacts all', () => {
		if (open && active < 0)
			show();
	});

	drawChips();
	return {
		el: h('div', { class: 'field recipients' }, h('label', { for: id }, label), chips,
			h('div', { class: 'combo' }, input, box), hint, wrong),
		chosen: () => list,
		set(next) {
			list = [...next];
			drawChips();
		},
		wrong(text) {
			wrong.textContent = text;
			input.setAttribute('aria-invalid', 'true');
			input.focus();
		},
		focus: () => input.focus(),
		flush, leave: off,
	};
}
