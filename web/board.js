// SPDX-License-Identifier: Apache-2.0
// The sheets of a draft, as the far end will get them: seen, moved, removed.
import { h, icon, iconButton, button, announce, reconcile, select, complain } from './dom.js';
import { t } from './texts.js';
import { state, on } from './live.js';
import { draft, uploads, allSheets, sheetPage, move, dropSheet, undo, canUndo, addFiles, dropUpload, chooseResolution } from './draft.js';
import { thumbnail, viewerDialog } from './viewer.js';

export const RESOLUTIONS = ['standard', 'fine', '300', '400'];
const DRAG = 'application/x-faxwire-sheet';

const place = (sheet) => draft.sheets.findIndex((s) => s.id === sheet.id);

function zoom(sheet) {
	const sheets = allSheets();

	viewerDialog(t('send.preview'), {
		pages: sheets.length, first: sheets.findIndex((s) => s.id === sheet.id) + 1, src: (n, w) => sheetPage(sheets[n - 1], w),
	});
}

export function board() {
	const list = h('ol', { class: 'sheets', 'aria-label': t('send.pages') });

	function focusOn(id, mark) {
		const row = [...list.children].find((el) => el.dataset.key === String(id));

		(row?.querySelector(`[data-mark="${mark}"]:not(:disabled)`) || row?.querySelector('.leafage'))?.focus();
	}

	function shift(sheet, to, mark) {
		if (!move(sheet.id, to))
			return;
		draw();
		focusOn(sheet.id, mark);
		announce(t('send.moved', { n: to + 1, total: draft.sheets.length }));
	}

	function take(sheet) {
		const at = place(sheet);

		dropSheet(sheet.id);
		draw();
		announce(t('send.removed', { n: draft.sheets.length }));
		const next = draft.sheets[Math.min(at, draft.sheets.length - 1)];

		if (next)
			focusOn(next.id, 'open');
		else
			chooser.focus();
	}

	function keys(e, sheet) {
		const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[e.key];

		if (e.altKey && by) {
			e.preventDefault();
			shift(sheet, place(sheet) + by, 'open');
		} else if (e.key === 'Delete' && !sheet.cover) {
			e.preventDefault();
			take(sheet);
		}
	}

	function item({ sheet, n, last }) {
		const index = place(sheet);
		const el = h('li', { class: sheet.cover ? 'sheet cover' : 'sheet', draggable: sheet.cover ? null : 'true' },
			h('button', {
				type: 'button', class: 'leafage', 'data-mark': 'open', 'aria-label': t(sheet.cover ? 'send.show-cover' : 'viewer.show', { n }),
				'aria-keyshortcuts': sheet.cover ? null : 'Alt+ArrowLeft Alt+ArrowRight Delete',
				onclick: () => zoom(sheet), onkeydown: (e) => keys(e, sheet),
			}, thumbnail(sheetPage(sheet, 360))),
			h('div', { class: 'sheet-do' },
				!sheet.cover && iconButton('left', t('send.earlier', { n }), () => shift(sheet, place(sheet) - 1, 'earlier'), { 'data-mark': 'earlier', disabled: index === 0 }),
				h('span', { class: 'sheet-n' }, sheet.cover ? t('send.cover') : String(n)),
				!sheet.cover && iconButton('right', t('send.later', { n }), () => shift(sheet, place(sheet) + 1, 'later'), { 'data-mark': 'later', disabled: last }),
				!sheet.cover && iconButton('trash', t('send.remove', { n }), () => take(sheet), { 'data-mark': 'remove' })));

		if (!sheet.cover)
			draggable(el, sheet);
		return el;
	}

	function draggable(el, sheet) {
		el.addEventListener('dragstart', (e) => {
			e.dataTransfer.setData(DRAG, String(sheet.id));
			e.dataTransfer.effectAllowed = 'move';
			el.classList.add('dragged');
		});
		el.addEventListener('dragend', () => {
			el.classList.remove('dragged');
			list.querySelectorAll('.before, .after').forEach((x) => x.classList.remove('before', 'after'));
		});
		el.addEventListener('dragover', (e) => {
			if (!e.dataTransfer.types.includes(DRAG))
				return;
			const box = el.getBoundingClientRect();

			e.preventDefault();
			list.querySelectorAll('.before, .after').forEach((x) => x.classList.remove('before', 'after'));
			el.classList.add(e.clientX < box.left + box.width / 2 ? 'before' : 'after');
		});
		el.addEventListener('drop', (e) => {
			const id = Number(e.dataTransfer.getData(DRAG));

			if (!id)
				return;
			e.preventDefault();
			e.stopPropagation();
			const from = draft.sheets.findIndex((s) => s.id === id);
			const to = place(sheet) + (el.classList.contains('after') ? 1 : 0);

			el.classList.remove('before', 'after');
			shift(draft.sheets[from], to > from ? to - 1 : to, 'open');
		});
	}

	const input = h('input', {
		type: 'file', multiple: true, class: 'unseen', tabindex: '-1', 'aria-hidden': 'true', id: 'files',
		onchange: () => {
			addFiles(input.files);
			input.value = '';
		},
	});
	const chooser = button(t('send.choose'), () => input.click(), { image: 'plus', kind: 'primary' });
	const undoing = button(t('undo'), () => {
		undo();
		announce(t('undone'));
	}, { image: 'undo' });
	const resolution = select(RESOLUTIONS.map((r) => [r, t(`resolution.${r}`)]), draft.resolution, {
		id: 'resolution', onchange: async () => {
			el.setAttribute('aria-busy', 'true');
			try {
				await chooseResolution(resolution.value);
			} catch (error) {
				complain(error);
			}
			el.removeAttribute('aria-busy');
		},
	});
	const going = h('ul', { class: 'uploads', 'aria-label': t('send.uploads') });
	const touch = matchMedia('(pointer: coarse)').matches;
	const drop = h('label', { class: 'drop', for: 'files' }, icon('file'), h('span', { class: 'drop-big' }, t(touch ? 'send.tap' : 'send.drop')),
		h('span', { class: 'muted' }, t(touch ? 'send.tap.long' : 'send.drop.long')));
	const tools = h('div', { class: 'board-tools' }, chooser, undoing, h('span', { class: 'grow' }),
		h('span', { class: 'row' }, h('label', { for: 'resolution', class: 'muted' }, t('resolution')), resolution));
	const el = h('section', { class: 'board', 'aria-labelledby': 'board-head' },
		h('h2', { id: 'board-head' }, t('send.documents')), tools, input, drop, going, list);

	function drawUploads() {
		reconcile(going, [...uploads.values()], (u) => u.id, (u) => JSON.stringify([u.part, u.wrong]), (u) => h('li', { class: u.wrong ? 'upload wrong' : 'upload' },
			icon(u.wrong ? 'alert' : 'file'), h('span', { class: 'grow' }, !u.wrong.includes(u.name) && h('b', null, u.name), ' ',
				h('span', { role: u.wrong ? 'alert' : null }, u.wrong || (u.part < 1 ? t('send.upload', { percent: Math.round(u.part * 100) }) : t('send.converting')))),
			!u.wrong && h('progress', u.part < 1 ? { max: '1', value: u.part, 'aria-label': u.name } : { 'aria-label': u.name }),
			iconButton('close', t(u.wrong ? 'close' : 'cancel'), () => dropUpload(u), { 'data-mark': 'close' })));
		going.hidden = !uploads.size;
		drop.hidden = draft.sheets.length > 0 || uploads.size > 0;
	}

	function draw() {
		const all = allSheets();

		drawUploads();
		undoing.hidden = !canUndo();
		chooser.classList.toggle('primary', !all.length);
		resolution.value = draft.resolution;
		list.hidden = !all.length;
		reconcile(list, all.map((sheet, i) => ({ sheet, n: i + 1, last: i === all.length - 1 })), ({ sheet }) => sheet.id,
			({ sheet, n, last }) => `${n}${last}${sheetPage(sheet)}`, item);
	}
	const off = on('draft all document', draw);
	const offUploads = on('uploads', drawUploads);

	draw();
	return {
		el, chooser,
		leave() {
			off();
			offUploads();
		},
	};
}

export const printed = () => [...state.documents.values()].filter((d) => d.source === 'print' &&
	!draft.sheets.some((s) => s.document === d.document) && d.document !== draft.cover.document);
