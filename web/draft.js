// SPDX-License-Identifier: Apache-2.0
// The fax that is being put together: its sheets, whom it goes to, its cover.
// It outlives a reload (in this tab), and every change of sheets can be undone.
import { get, post, patch, remove, upload, path } from './api.js';
import { state, tell } from './live.js';
import { t } from './texts.js';

const KEY = 'faxwire-draft';
const blank = () => ({
	sheets: [], resolution: 'fine', to: [], title: '', note: '', priority: 'normal', later: false, at: '', giveUp: '',
	cover: { on: false, to: '', from: '', subject: '', text: '', document: '', made: '', pages: 0 },
	watch: [],
});

export let draft = blank();
export const uploads = new Map();	// id -> {name, part, wrong, abort}
let undos = [];
let owner = '';
let serial = 0;

export function load() {
	const user = state.session.user;

	if (owner === user)
		return;
	owner = user;
	undos = [];
	uploads.clear();
	draft = blank();
	try {
		const kept = JSON.parse(sessionStorage.getItem(KEY));

		if (kept?.user === user)
			Object.assign(draft, kept.draft);
	} catch { /* what was kept is no draft of ours */ }
	serial = Math.max(0, ...draft.sheets.map((s) => s.id));
}

export function keep() {
	try {
		sessionStorage.setItem(KEY, JSON.stringify({ user: owner, draft }));
	} catch { /* full or forbidden: then a reload loses the draft */ }
}

function changed() {
	keep();
	tell('draft');
}

// Documents that are gone (sent from another browser, expired) leave the
// draft. A list that was asked for before an upload ended does not have that
// yet, so each one that is missing is asked for.
export async function prune() {
	if (!state.ready)
		return;
	const used = new Set([...draft.sheets.map((s) => s.document), draft.cover.document].filter(Boolean));
	const gone = new Set();

	for (const id of used)
		if (!state.documents.has(id))
			await get(`documents/${id}`).then((d) => state.documents.set(id, d), (error) => error.status === 404 && gone.add(id));
	if (!gone.size)
		return;
	draft.sheets = draft.sheets.filter((s) => !gone.has(s.document));
	if (gone.has(draft.cover.document))
		Object.assign(draft.cover, { document: '', made: '' });
	undos = [];
	changed();
}

export const sheetPage = (sheet, width) => {
	const resolution = state.documents.get(sheet.document)?.resolution || draft.resolution;

	return `${path('documents', sheet.document, 'pages', `${sheet.page}.png`)}?${width ? `width=${width}&` : ''}as=${resolution}`;
};

// The cover, when there is one, and then the sheets.
export function allSheets() {
	const cover = draft.cover.on && draft.cover.document
		? Array.from({ length: draft.cover.pages }, (_, i) => ({ id: `cover-${i}`, document: draft.cover.document, page: i + 1, cover: true })) : [];

	return [...cover, ...draft.sheets];
}

export function addRecipient(entry) {
	if (!draft.to.some((c) => c.value === entry.value))
		draft.to.push(entry);
	keep();
}

// --- sheets ---

export function setSheets(sheets) {
	undos.push(draft.sheets);
	draft.sheets = sheets;
	changed();
}

export const canUndo = () => undos.length > 0;

export function undo() {
	if (!undos.length)
		return;
	draft.sheets = undos.pop();
	changed();
}

export function addDocument(document) {
	state.documents.set(document.document, document);
	if (!draft.title)
		draft.title = document.name.replace(/\.[a-z0-9]{2,4}$/i, '');
	setSheets([...draft.sheets, ...Array.from({ length: document.pages }, (_, i) => ({
		id: ++serial, document: document.document, page: i + 1,
	}))]);
}

export function move(id, to) {
	const sheets = [...draft.sheets];
	const from = sheets.findIndex((s) => s.id === id);

	if (from < 0 || to < 0 || to >= sheets.length || from === to)
		return false;
	sheets.splice(to, 0, ...sheets.splice(from, 1));
	setSheets(sheets);
	return true;
}

export const dropSheet = (id) => setSheets(draft.sheets.filter((s) => s.id !== id));

// --- documents ---

let queue = Promise.resolve();

// Uploads one after the other, so that pages come in the order of the files.
export function addFiles(files) {
	for (const file of files) {
		const entry = { id: `u${++serial}`, name: file.name || t('pasted'), part: 0, wrong: '' };

		uploads.set(entry.id, entry);
		queue = queue.then(() => send(entry, file));
	}
	tell('uploads');
}

async function send(entry, file) {
	if (!uploads.has(entry.id))
		return;
	const resolution = draft.resolution;
	const way = upload(`documents?name=${encodeURIComponent(entry.name)}&resolution=${resolution}`, file, (part) => {
		entry.part = part;
		tell('uploads');
	});

	entry.abort = way.abort;
	try {
		const document = await way.done;

		uploads.delete(entry.id);
		addDocument(document);
	} catch (error) {
		if (error.code === 'aborted')
			uploads.delete(entry.id);
		else
			entry.wrong = error.message;
	}
	tell('uploads');
}

export function dropUpload(entry) {
	entry.abort?.();
	uploads.delete(entry.id);
	tell('uploads');
}

// Makes all documents anew from what was uploaded.
export async function chooseResolution(resolution) {
	const ids = new Set(allSheets().map((s) => s.document));

	draft.resolution = resolution;
	keep();
	for (const id of ids) {
		const document = await patch(`documents/${id}`, { resolution });

		state.documents.set(id, document);
		// Another resolution may make another number of pages.
		if (draft.sheets.some((s) => s.document === id && s.page > document.pages))
			draft.sheets = draft.sheets.filter((s) => s.document !== id || s.page <= document.pages);
	}
	changed();
}

// --- the cover ---

const coverKey = () => JSON.stringify([draft.cover.to, draft.cover.from, draft.cover.subject, draft.cover.text, draft.sheets.length, draft.resolution]);

let making = Promise.resolve();

// Makes the cover page as it is now asked for; at once when nothing changed.
export function makeCover() {
	making = making.catch(() => {}).then(async () => {
		const c = draft.cover;
		const wanted = coverKey();

		if (!c.on || (c.document && c.made === wanted))
			return;
		const old = c.document;
		const document = await post('covers', {
			to: c.to, from: c.from, subject: c.subject, text: c.text, pages: draft.sheets.length + 1, resolution: draft.resolution,
		});

		state.documents.set(document.document, document);
		Object.assign(c, { document: document.document, pages: document.pages, made: wanted });
		if (old)
			remove(`documents/${old}`).catch(() => {});
		changed();
	});
	return making;
}

// --- sending ---

export async function sendDraft() {
	if (draft.cover.on)
		await makeCover();
	const body = {
		to: draft.to.map((c) => c.value),
		pages: allSheets().map(({ document, page }) => ({ document, page })),
		title: draft.title || t('untitled'), priority: draft.priority,
	};

	if (draft.note)
		body.note = draft.note;
	if (draft.later && draft.at)
		body.not_before_ms = new Date(draft.at).getTime();
	const answer = await post('jobs', body);
	const { resolution, watch } = draft;

	draft = blank();
	Object.assign(draft, { resolution, watch: [answer.batch, ...watch].slice(0, 8) });
	undos = [];
	changed();
	// The terminal has taken the documents away: the jobs have pages of their own.
	for (const { document } of body.pages)
		state.documents.delete(document);
	return answer;
}

export function clear() {
	const ids = new Set([...draft.sheets.map((s) => s.document), draft.cover.document].filter(Boolean));
	const { watch, resolution } = draft;

	draft = Object.assign(blank(), { watch, resolution });
	undos = [];
	changed();
	for (const id of ids)
		if (state.documents.get(id)?.source !== 'print')
			remove(`documents/${id}`).catch(() => {});
}
