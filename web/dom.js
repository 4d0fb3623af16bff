// SPDX-License-Identifier: Apache-2.0
// Elements, icons, dialogs, toasts, announcements. Foreign text becomes text
// nodes and attributes here, never markup.
import { t } from './texts.js';

const SVG = 'http://www.w3.org/2000/svg';

// h('button', {class: 'btn', onclick: f, 'aria-label': 'x'}, 'text', child)
export function h(name, props, ...children) {
	const el = document.createElement(name);

	for (const [key, value] of Object.entries(props || {})) {
		if (value === null || value === undefined || value === false)
			continue;
		if (key.startsWith('on'))
			el.addEventListener(key.slice(2), value);
		else if (key === 'value' || key === 'checked' || key === 'indeterminate')
			el[key] = value;
		else if (key === 'vars')
			for (const [n, v] of Object.entries(value))
				el.style.setProperty(n, v);
		else
			el.setAttribute(key, value === true ? '' : value);
	}
	el.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
	return el;
}

const ICONS = {
	send: 'M12 15V4M7.500 8.500 12 4l4.500 4.500M4 13v5a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-5',
	sent: 'M4 6h16M4 12h10M4 18h7M15.500 17l2.500 2.500L22 15.500',
	inbox: 'M4 13l3-8h10l3 8v5a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM4 13h5l1.500 2.500h3L15 13h5',
	people: 'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20c.4-3.800 3-6 6.500-6s6.100 2.200 6.500 6M16 4.500a3.300 3.300 0 0 1 0 6.200M17.500 14.300c2.300.7 3.800 2.700 4 5.700',
	setup: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.500v5M9 14.500v5',
	user: 'M12 11.500a3.750 3.750 0 1 0 0-7.500 3.750 3.750 0 0 0 0 7.500zM4.500 20.500c.5-4 3.500-6 7.500-6s7 2 7.500 6',
	plus: 'M12 5v14M5 12h14',
	close: 'M6 6l12 12M18 6 6 18',
	check: 'M5 12.500l4.500 4.500L19 7.500',
	alert: 'M12 4 2.800 20h18.400zM12 10v4.500M12 17.400v.1',
	clock: 'M12 20.500a8.500 8.500 0 1 0 0-17 8.500 8.500 0 0 0 0 17zM12 7.500V12l3 2',
	pause: 'M8.500 6v12M15.500 6v12',
	play: 'M8 5.500v13l10.500-6.500z',
	up: 'M12 19V5M6 11l6-6 6 6',
	down: 'M12 5v14M6 13l6 6 6-6',
	fold: 'M5 9l7 7 7-7',
	left: 'M15 5l-7 7 7 7',
	right: 'M9 5l7 7-7 7',
	rotate: 'M19.500 12a7.500 7.500 0 1 1-2.400-5.500L19.500 9M19.500 4v5h-5',
	zoomin: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500 20.500 20.500M7.500 10.500h6M10.500 7.500v6',
	zoomout: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500 20.500 20.500M7.500 10.500h6',
	search: 'M10.500 17a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13zM15.500 15.500 20.500 20.500',
	print: 'M7 9V4h10v5M7 17H5a2 2 0 0 1-2-2v-4a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v4a2 2 0 0 1-2 2h-2M7 14h10v6H7z',
	download: 'M12 4v11M7.500 10.500 12 15l4.500-4.500M4 16v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2',
	forward: 'M14 6l6 6-6 6M20 12H9a5 5 0 0 0-5 5v2',
	trash: 'M4 7h16M9 7V4h6v3M6.500 7l1 13h9l1-13M10 11v5.500M14 11v5.500',
	undo: 'M9 5 4 10l5 5M4 10h10a6 6 0 0 1 0 12h-2',
	camera: 'M4 8h3.500L9 5.500h6L16.500 8H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 16.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7z',
	mail: 'M3.500 6h17v12h-17zM3.500 7l8.500 6.500L20.500 7',
	folder: 'M3 7a1 1 0 0 1 1-1h5l2 2.500h9a1 1 0 0 1 1 1V18a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z',
	program: 'M4 5h16v14H4zM7.500 9.500l3 2.500-3 2.500M12.500 15h4',
	file: 'M6 3.500h8l4 4V20.500H6zM14 3.500v4h4',
	more: 'M5.500 12v.1M12 12v.1M18.500 12v.1',
	unread: 'M3.500 8v10.500h17V8M3.500 8l8.500 6 4.500-3.200M3.500 8 12 3.500l4 2.200M19 8.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
	restore: 'M4.500 12a7.500 7.500 0 1 0 2.400-5.500L4.500 9M4.500 4v5h5',
	edit: 'M4 20h4L19.500 8.500l-4-4L4 16zM13.500 6.500l4 4',
	line: 'M3 12h4l2.500-6 5 12 2.500-6h4',
	key: 'M8 15.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 11.500h9v3.500M17.500 11.500v2.500',
	book: 'M5 4h13v16H7a2 2 0 0 1-2-2zM5 18a2 2 0 0 1 2-2h11',
	sliders: 'M4 8h10M18 8h2M4 16h2M10 16h10M16 6v4M8 14v4',
};

export function icon(name) {
	const svg = document.createElementNS(SVG, 'svg');
	const path = document.createElementNS(SVG, 'path');

	svg.setAttribute('viewBox', '0 0 24 24');
	svg.setAttribute('class', 'icon');
	svg.setAttribute('aria-hidden', 'true');
	path.setAttribute('d', ICONS[name]);
	svg.append(path);
	return svg;
}

export function button(label, onclick, { kind = '', image, ...props } = {}) {
	return h('button', { type: 'button', class: `btn ${kind}`, onclick, ...props },
		image && icon(image), h('span', null, label));
}

export function iconButton(image, label, onclick, props = {}) {
	const { class: more = '', ...rest } = props;

	return h('button', { type: 'button', class: `icon-btn ${more}`, 'aria-label': label, title: label, onclick, ...rest },
		icon(image));
}

let serial = 0;
export const nextId = (prefix) => `${prefix}-${++serial}`;

// A labelled control: field('Name', input, {hint})
export function field(label, control, { hint, wide } = {}) {
	const id = control.id || (control.id = nextId('f'));
	const help = hint && h('span', { class: 'hint', id: `${id}-h` }, hint);

	if (help)
		control.setAttribute('aria-describedby', help.id);
	return h('div', { class: wide ? 'field wide' : 'field' }, h('label', { for: id }, label), control, help);
}

export function checkbox(label, props = {}, hint) {
	const id = nextId('c');

	return h('div', { class: 'check' }, h('input', { type: 'checkbox', id, ...props, 'aria-describedby': hint ? `${id}-h` : null }),
		h('label', { for: id }, label), hint && h('span', { class: 'hint', id: `${id}-h` }, hint));
}

export function select(options, value, props = {}) {
	const el = h('select', props, options.map(([v, label]) => h('option', { value: v }, label)));

	el.value = value;
	return el;
}

export function badge(kind, text, image) {
	return h('span', { class: `badge ${kind}` }, image && icon(image), text);
}

export function empty(image, title, text, ...more) {
	return h('div', { class: 'empty' }, icon(image), h('h2', null, title), text && h('p', null, text), ...more);
}

export function busy(label) {
	return h('div', { class: 'busy', role: 'status' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), label || t('loading'));
}

// --- what is said to those who do not see the page ---

let clearing;
export function announce(text) {
	const region = document.getElementById('polite');

	region.append(h('p', null, text));
	clearTimeout(clearing);
	clearing = setTimeout(() => region.replaceChildren(), 8000);
}

// --- toasts ---

let lastUndo = null;
export function undoLast() {
	if (!lastUndo)
		return false;
	lastUndo();
	return true;
}

// toast('Moved to the trash.', {action: 'Undo', run, undo: true, bad: true})
export function toast(text, { action, run, undo = false, bad = false } = {}) {
	const away = () => {
		clearTimeout(timer);
		if (lastUndo === act)
			lastUndo = null;
		if (box.contains(document.activeElement))
			document.querySelector('h1')?.focus();
		box.remove();
	};
	const act = () => {
		away();
		run();
	};
	const box = h('div', { class: bad ? 'toast bad' : 'toast' }, h('span', { class: 'grow' }, text),
		action && h('button', { type: 'button', class: 'btn', onclick: act }, action),
		iconButton('close', t('close'), away));
	let timer;
	const wait = () => {
		clearTimeout(timer);
		timer = setTimeout(away, action || bad ? 12000 : 5000);
	};

	box.addEventListener('pointerenter', () => clearTimeout(timer));
	box.addEventListener('pointerleave', wait);
	box.addEventListener('focusin', () => clearTimeout(timer));
	box.addEventListener('focusout', wait);
	if (undo)
		lastUndo = act;
	const home = document.getElementById('toasts');

	while (home.children.length > 2)
		home.firstChild.remove();
	home.append(box);
	announce(text);
	wait();
}

export function complain(error) {
	if (error && error.code !== 'unsigned')
		toast(error.message || String(error), { bad: true });
}

// --- dialogs ---

// Opens a dialog; `build(close)` gives its body. Resolves to what close() is
// given, null when it is left.
export function dialog(title, build, { kind = '' } = {}) {
	return new Promise((resolve) => {
		const id = nextId('d');
		let answer = null;
		const close = (value = null) => {
			answer = value;
			box.close();
		};
		const back = document.activeElement;
		const box = h('dialog', { class: kind, 'aria-labelledby': id },
			h('header', { class: 'dialog-head' }, h('h2', { id }, title), iconButton('close', t('close'), () => close())));

		box.append(h('div', { class: 'dialog-body' }, build(close, box)));
		box.addEventListener('click', (e) => {
			if (e.target === box)
				close();
		});
		box.addEventListener('close', () => {
			box.remove();
			if (!back?.isConnected)
				document.querySelector('main h1')?.focus();
			resolve(answer);
		});
		document.body.append(box);
		box.showModal();
		box.querySelector('[autofocus]')?.focus();
	});
}

export function ask(title, text, yes, { danger = false } = {}) {
	return dialog(title, (close) => [
		h('p', null, text),
		h('div', { class: 'dialog-feet' },
			button(t('cancel'), () => close(false)),
			button(yes, () => close(true), { kind: danger ? 'danger' : 'primary', autofocus: !danger })),
	], { kind: 'small' });
}

// A form in a dialog: `fields` are nodes; `save` may throw an error to show.
export function formDialog(title, fields, yes, save, { kind = '' } = {}) {
	return dialog(title, (close) => {
		const wrong = h('p', { class: 'wrong', role: 'alert' });
		const form = h('form', {
			class: 'stack', onsubmit: async (e) => {
				const go = form.querySelector('[type=submit]');

				e.preventDefault();
				wrong.textContent = '';
				go.disabled = true;
				try {
					close(await save() || true);
				} catch (error) {
					wrong.textContent = error.message;
				}
				go.disabled = false;
			},
		}, fields, wrong, h('div', { class: 'dialog-feet' }, button(t('cancel'), () => close()),
			h('button', { type: 'submit', class: 'btn primary' }, yes)));

		return form;
	}, { kind });
}

// --- lists that change in place ---

// Makes `parent` hold one element for each item, in order; those whose
// signature is what it was stay as they are, and so does the focus.
const signatures = new WeakMap();
export function reconcile(parent, items, keyOf, signatureOf, render) {
	const old = new Map([...parent.children].map((el) => [el.dataset.key, el]));
	const active = document.activeElement;
	const inside = parent.contains(active) && active !== parent;
	const focusKey = inside && active.closest('[data-key]')?.dataset.key;
	const focusMark = inside && active.dataset.mark;
	let at = parent.firstElementChild;

	for (const item of items) {
		const key = String(keyOf(item));
		const signature = signatureOf(item);
		let el = old.get(key);

		old.delete(key);
		if (!el || signatures.get(el) !== signature) {
			const fresh = render(item);

			fresh.dataset.key = key;
			signatures.set(fresh, signature);
			if (el) {
				if (at === el)
					at = el.nextElementSibling;
				el.remove();
			}
			el = fresh;
		}
		if (el === at)
			at = at.nextElementSibling;
		else
			parent.insertBefore(el, at);
	}
	for (const el of old.values())
		el.remove();
	if (inside && !active.isConnected && focusKey) {
		const row = [...parent.children].find((el) => el.dataset.key === focusKey);

		(row?.querySelector(`[data-mark="${CSS.escape(focusMark || '')}"]`) || row?.querySelector('a, button'))?.focus();
	}
}

// What is replaced between the press and the release of a button is never
// clicked: while something is pressed, nothing is drawn anew.
const held = new Set();
let pressed = false;

const release = () => {
	pressed = false;
	held.forEach((run) => requestAnimationFrame(run));
	held.clear();
};

addEventListener('pointerdown', () => { pressed = true; }, true);
for (const event of ['pointerup', 'pointercancel'])
	addEventListener(event, release, true);
addEventListener('blur', release); // of the window

// Draws once, soon after any number of calls.
export function drawer(draw) {
	let asked = false;
	const run = () => {
		asked = false;
		draw();
	};

	return () => {
		if (asked)
			return;
		asked = true;
		if (pressed)
			held.add(run);
		else
			requestAnimationFrame(run);
	};
}

// Calls f once, some time after the last call.
export function later(ms, f) {
	let timer;

	return (...args) => {
		clearTimeout(timer);
		timer = setTimeout(() => f(...args), ms);
	};
}
