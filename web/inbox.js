// SPDX-License-Identifier: Apache-2.0
// What has come: a list beside the fax that is being read.
import { h, icon, iconButton, button, badge, empty, busy, field, reconcile, drawer, toast, complain, announce, checkbox, later, select } from './dom.js';
import { t, tOr, said, when, clock, exactly, day } from './texts.js';
import { get, post, patch, remove, path, query } from './api.js';
import { state, on, may, nameOf, takeJobs } from './live.js';
import { pageViewer, thumbnail, printPages } from './viewer.js';
import { pickDialog } from './jobs.js';

const PART = 60;
// Where the list gives way to the fax, its heading is the page's.
const narrow = () => matchMedia('(max-width: 899px)').matches;
const faxPage = (fax, n, width) => `${path('faxes', fax.fax, 'pages', `${n}.png`)}${width ? `?width=${width}` : ''}`;

export function sender(fax) {
	return nameOf(fax.from) || fax.from || fax.far_ident || t('unknown-sender');
}

// --- the list's contents: pages of the terminal's list, and what comes ---

const wish = { from: '', since: '', until: '', unread: false, trash: false };
let faxes = [];
let total = 0;
let whole = false;
let loading = false;
let wrong = '';

const filtered = () => Boolean(wish.from || wish.since || wish.until || wish.unread || wish.trash);

// A day of the calendar, in the user's zone, as ms.
function dayMs(text, days) {
	if (!text)
		return '';
	const [y, m, d] = text.split('-').map(Number);

	return new Date(y, m - 1, d + days).getTime();
}

const asked = (limit, before) => get(`faxes${query({
	from: wish.from.trim(), since_ms: dayMs(wish.since, 0), until_ms: dayMs(wish.until, 1), unread: wish.unread, trash: wish.trash, limit, before,
})}`);

let round = 0;
async function fetchFaxes(anew, draw) {
	if (loading && !anew)
		return;
	const mine = ++round;

	loading = true;
	wrong = '';
	draw();
	try {
		const answer = await asked(anew ? Math.max(PART, Math.min(faxes.length, 500)) : PART, anew ? '' : faxes.at(-1)?.fax);

		if (mine !== round)
			return;
		const known = new Set(anew ? [] : faxes.map((f) => f.fax));

		faxes = [...anew ? [] : faxes, ...answer.faxes.filter((f) => !known.has(f.fax))];
		total = answer.total;
		whole = !answer.faxes.length || faxes.length >= total;
	} catch (error) {
		if (mine !== round)
			return;
		wrong = error.message;
	}
	loading = false;
	draw();
}

function take(fax) {
	const at = faxes.findIndex((f) => f.fax === fax.fax);

	if (at >= 0) {
		faxes[at] = fax;
		return;
	}
	if (filtered())
		return;
	const place = faxes.findIndex((f) => f.received_ms <= fax.received_ms);

	if (place < 0 && !whole)
		return;
	faxes.splice(place < 0 ? faxes.length : place, 0, fax);
	total++;
}

function drop(name) {
	const before = faxes.length;

	faxes = faxes.filter((f) => f.fax !== name);
	total -= before - faxes.length;
}

// --- one fax's words ---

function deliveries(fax) {
	const all = fax.deliveries || [];
	const kinds = { waiting: ['wait', 'clock'], done: ['good', 'check'], failed: ['bad', 'alert'] };

	return all.length ? h('ul', { class: 'deliveries', 'aria-label': t('inbox.deliveries') }, all.map((d) => {
		const [kind, image] = kinds[d.state] || kinds.waiting;

		return h('li', null, badge(kind, d.rule, image), h('span', { class: 'muted' }, said(d.sentence) || t(`delivery.${d.state}`),
			d.state === 'waiting' && d.next_try_ms ? ` ${t('job.next', { time: when(d.next_try_ms) })}` : ''));
	})) : null;
}

function row(fax, current) {
	const failing = (fax.deliveries || []).some((d) => d.state === 'failed');

	return h('li', { class: `fax-row${fax.unread ? ' unread' : ''}` },
		h('a', { href: `#inbox/${encodeURIComponent(fax.fax)}`, 'data-mark': 'open', 'aria-current': current ? 'true' : null },
			h('span', { class: 'thumb' }, fax.pages ? thumbnail(faxPage(fax, 1, 160)) : icon('file')),
			h('span', { class: 'fax-words' },
				h('span', { class: 'fax-from' }, fax.unread && h('span', { class: 'dot' }, h('span', { class: 'unseen' }, `${t('inbox.unread-mark')} `)), h('b', null, sender(fax))),
				h('span', { class: 'muted' }, t('pages', { n: fax.pages }), fax.title && ` · ${fax.title}`),
				!fax.complete && badge('bad', t('inbox.incomplete'), 'alert'), failing && badge('bad', t('inbox.rule-failed'), 'alert')),
			h('time', { class: 'muted' }, clock(fax.received_ms))));
}

// --- what one does with a fax ---

async function forward(fax) {
	const note = h('input', { type: 'text', maxlength: '500' });
	const level = select(['low', 'normal', 'high'].map((p) => [p, t(`priority.${p}`)]), 'normal');

	await pickDialog(t('inbox.forward-title', { from: sender(fax) }), t('inbox.forward'), async (to) => {
		try {
			const answer = await post('jobs', {
				to, fax: fax.fax, title: fax.title || t('inbox.forwarded', { from: sender(fax) }), note: note.value || undefined, priority: level.value,
			});

			takeJobs(answer.jobs);
			toast(t('job.is-queued', { n: answer.jobs.length }), { action: t('nav.sent'), run: () => { location.hash = '#sent'; } });
			return true;
		} catch (error) {
			complain(error);
			return false;
		}
	}, field(t('send.note'), note, { hint: t('send.note.hint') }), field(t('priority'), level));
}

async function printFax(fax) {
	try {
		const done = await printPages(Array.from({ length: fax.pages }, (_, i) => faxPage(fax, i + 1)));

		if (done)
			await post(path('faxes', fax.fax, 'printed'));
	} catch (error) {
		complain(error.status === undefined ? new Error(t('print.failed')) : error);
	}
}

// --- the reader ---

function reader(fax, does) {
	const view = fax.pages ? pageViewer({ pages: fax.pages, src: (n, w) => faxPage(fax, n, w), label: t('inbox.pages-of', { from: sender(fax) }) }) : null;
	const file = (name, label, image) => h('a', { class: 'btn', href: path('faxes', fax.fax, name), download: `${fax.fax}.${name.split('.')[1]}` }, icon(image), h('span', null, label));
	const head = h('div', { class: 'reader-head' });

	function draw(now) {
		fax = now;
		head.replaceChildren(
			h('div', { class: 'row' }, h('a', { class: 'icon-btn only-phone', href: '#inbox', 'aria-label': t('inbox.back') }, icon('left')),
				h('h2', { tabindex: '-1', class: 'grow', 'aria-level': narrow() ? '1' : '2' }, sender(fax))),
			h('p', { class: 'muted reader-facts' }, [exactly(fax.received_ms), t('pages', { n: fax.pages }), nameOf(fax.from) && fax.from, fax.far_ident && fax.far_ident !== fax.from && t('inbox.by-ident', { ident: fax.far_ident }),
				fax.relay && t('inbox.by-relay', { relay: fax.relay }), tOr(`resolution.${fax.resolution}`, fax.resolution), fax.title].filter(Boolean).join(' · ')),
			fax.complete ? '' : h('p', { class: 'notice bad' }, icon('alert'), t('inbox.incomplete.long'), fax.result ? ` ${said(fax.result)}` : ''),
			deliveries(fax) || '');
	}

	draw(fax);
	const actions = h('div', { class: 'actions' },
		fax.pages > 0 && button(t('print'), () => printFax(fax), { image: 'print' }), fax.pdf !== false && file('fax.pdf', 'PDF', 'download'), file('fax.tif', 'TIFF', 'download'),
		may('send') && button(t('inbox.forward'), () => forward(fax), { image: 'forward' }),
		wish.trash ? button(t('restore'), () => does.restore(fax), { image: 'restore', kind: 'primary' }) : h('span', { class: 'row' },
			iconButton('unread', t('inbox.mark-unread'), () => does.unread(fax)), iconButton('trash', t('delete'), () => does.remove(fax))));

	return {
		el: h('article', { class: 'reader', 'aria-label': t('inbox.fax-of', { from: sender(fax) }) }, head, actions, view?.tools, view?.el || empty('file', t('inbox.no-pages'))),
		fax: fax.fax, draw, head: () => head.querySelector('h2'), key: view ? view.key : () => false, leave: () => view?.leave(),
	};
}

// --- the view ---

function filters(again) {
	const soon = later(300, again);
	const bind = (key, slow) => (e) => {
		wish[key] = e.target.type === 'checkbox' ? e.target.checked : e.target.value;
		(slow ? soon : again)();
	};

	return h('div', { class: 'filters', role: 'search' },
		h('input', { type: 'search', value: wish.from, placeholder: t('inbox.search'), 'aria-label': t('inbox.search'), oninput: bind('from', true) }),
		h('details', { class: 'more', open: Boolean(wish.since || wish.until || wish.unread) }, h('summary', null, t('inbox.filters')),
			h('div', { class: 'filter-more' },
				field(t('inbox.since'), h('input', { type: 'date', value: wish.since, onchange: bind('since') })),
				field(t('inbox.until'), h('input', { type: 'date', value: wish.until, onchange: bind('until') })),
				checkbox(t('inbox.only-unread'), { checked: wish.unread, onchange: bind('unread') }))));
}

export function show(root, words) {
	const list = h('ul', { class: 'faxes', 'aria-label': t('inbox.list') });
	const status = h('div', { class: 'list-state' });
	const sentinel = h('div', { class: 'sentinel' });
	const pane = h('div', { class: 'pane' });
	const side = h('section', { class: 'list-pane', 'aria-label': t('inbox.list') });
	let open = null;	// the reader
	let wanted = words[0] || '';
	let marking;
	let shownDay = '';

	function say() {
		if (wrong)
			status.replaceChildren(empty('alert', t('inbox.failed'), wrong, button(t('try-again'), () => load(true), { kind: 'primary' })));
		else if (loading)
			status.replaceChildren(faxes.length ? '' : busy());
		else if (!faxes.length)
			status.replaceChildren(wish.trash ? empty('trash', t('inbox.trash-empty'), t('inbox.trash-empty.long')) : filtered()
				? empty('search', t('inbox.nothing-found'), t('inbox.nothing-found.long')) : empty('inbox', t('inbox.empty'), t('inbox.empty.long')));
		else
			status.replaceChildren();
	}

	function draw() {
		const items = [];

		shownDay = '';
		for (const fax of faxes) {
			const name = day(fax.received_ms);

			if (name !== shownDay)
				items.push({ key: `day ${name}`, day: name });
			shownDay = name;
			items.push({ key: fax.fax, fax });
		}
		reconcile(list, items, (i) => i.key, (i) => i.day || JSON.stringify(i.fax) + (i.fax.fax === wanted) + sender(i.fax),
			(i) => i.day ? h('li', { class: 'day' }, h('h2', null, i.day)) : row(i.fax, i.fax.fax === wanted));
		list.hidden = !faxes.length;
		side.setAttribute('aria-busy', String(loading));
		sentinel.hidden = whole || loading;
		say();
	}
	const soon = drawer(draw);
	const load = (anew) => fetchFaxes(anew, soon);

	function close() {
		clearTimeout(marking);
		open?.leave();
		open = null;
	}

	function setRead(fax, unread) {
		return patch(path('faxes', fax.fax), { unread }).then((now) => {
			take(now);
			open?.fax === now.fax && open.draw(now);
			soon();
		}, complain);
	}

	const does = {
		async unread(fax) {
			clearTimeout(marking);
			await setRead(fax, true);
			location.hash = '#inbox';
		},
		async remove(fax) {
			const at = faxes.findIndex((f) => f.fax === fax.fax);
			const next = faxes[at + 1] || faxes[at - 1];

			try {
				await remove(path('faxes', fax.fax));
			} catch (error) {
				complain(error);
				return;
			}
			drop(fax.fax);
			soon();
			toast(t('inbox.deleted', { from: sender(fax) }), { action: t('undo'), undo: true, run: () => does.restore(fax, true) });
			location.hash = next && !narrow() ? `#inbox/${encodeURIComponent(next.fax)}` : '#inbox';
		},
		async restore(fax, stay) {
			try {
				const now = await post(path('faxes', fax.fax, 'restore'));

				if (wish.trash)
					drop(fax.fax);
				else
					take(now);
				soon();
				announce(t('inbox.restored'));
				location.hash = stay && !wish.trash ? `#inbox/${encodeURIComponent(fax.fax)}` : '#inbox';
			} catch (error) {
				complain(error);
			}
		},
	};

	async function go(name, quiet) {
		wanted = name;
		root.classList.toggle('reading', Boolean(name));
		soon();
		if (open?.fax === name && name)
			return;
		close();
		if (!name) {
			pane.replaceChildren(empty('inbox', t('inbox.choose'), t('inbox.choose.long')));
			if (!quiet)
				root.querySelector('h1').focus({ preventScroll: true });
			return;
		}
		let fax = faxes.find((f) => f.fax === name);

		try {
			fax ||= await get(path('faxes', name));
		} catch (error) {
			if (wanted === name)
				pane.replaceChildren(h('a', { class: 'btn', href: '#inbox' }, t('inbox.back')), empty('alert', t('inbox.gone'), error.message));
			return;
		}
		if (wanted !== name)
			return;
		open = reader(fax, does);
		pane.replaceChildren(open.el);
		if (!quiet)
			open.head().focus({ preventScroll: true });
		if (fax.unread && !wish.trash)
			marking = setTimeout(() => setRead(fax, false), 700);
	}

	function step(by) {
		const at = faxes.findIndex((f) => f.fax === wanted);
		const next = faxes[at < 0 ? 0 : at + by];

		if (next)
			location.hash = `#inbox/${encodeURIComponent(next.fax)}`;
	}

	function keys(e) {
		if (document.querySelector('dialog[open]') || e.target.closest?.('input, textarea, select') || e.ctrlKey || e.metaKey || e.altKey)
			return;
		if (open?.key(e))
			return;
		const by = { j: () => step(1), k: () => step(-1), Delete: () => open && !wish.trash && does.remove(faxes.find((f) => f.fax === wanted) || { fax: wanted }) }[e.key];

		if (by) {
			e.preventDefault();
			by();
		}
	}

	const trash = button(t('inbox.trash'), () => {
		wish.trash = !wish.trash;
		trash.setAttribute('aria-pressed', String(wish.trash));
		heading.textContent = t(wish.trash ? 'inbox.trash' : 'nav.inbox');
		faxes = [];
		location.hash = '#inbox';
		load(true);
	}, { image: 'trash', kind: 'ghost', 'aria-pressed': String(wish.trash) });
	const heading = h('h1', { tabindex: '-1', class: 'grow' }, t(wish.trash ? 'inbox.trash' : 'nav.inbox'));
	const more = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && !whole && load(false), { rootMargin: '800px' });

	side.append(h('header', { class: 'view-head' }, heading, trash), filters(() => {
		faxes = [];
		load(true);
	}), list, status, sentinel);
	root.append(side, pane);
	more.observe(sentinel);
	document.addEventListener('keydown', keys);
	const offs = [
		on('fax', (fax) => {
			if (filtered() && !faxes.some((f) => f.fax === fax.fax))
				refetch();
			take(fax);
			if (open?.fax === fax.fax)
				open.draw(fax);
			soon();
		}),
		on('fax-gone', ({ fax }) => {
			if (!wish.trash)
				drop(fax);
			soon();
		}),
		on('all', () => load(true)), on('contacts', soon),
	];
	const refetch = later(400, () => load(true));

	load(true);
	go(wanted, true);
	return {
		go: ([name]) => go(name || ''),
		leave() {
			close();
			round++;
			loading = false;
			document.removeEventListener('keydown', keys);
			more.disconnect();
			offs.forEach((off) => off());
			root.classList.remove('reading');
		},
	};
}

// What was kept for one user is nothing for the next.
addEventListener('faxwire-sign-out', () => {
	faxes = [];
	total = 0;
	whole = false;
	Object.assign(wish, { from: '', since: '', until: '', unread: false, trash: false });
});
