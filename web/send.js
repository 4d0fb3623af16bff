// SPDX-License-Identifier: Apache-2.0
// Putting a fax together, sending it, and watching it go.
import { h, icon, iconButton, button, field, checkbox, select, ask, toast, complain, announce, reconcile, drawer, later, badge } from './dom.js';
import { t, when } from './texts.js';
import { remove, path } from './api.js';
import { state, on, may } from './live.js';
import { draft, load, keep, prune, addDocument, allSheets, makeCover, sendDraft, clear, uploads } from './draft.js';
import { board, printed } from './board.js';
import { recipients } from './recipients.js';
import { pageImage } from './viewer.js';
import { over, whom, stateBadge, sentence, feed, cancelJob, jobDialog, sayChanges } from './jobs.js';

// --- what was printed and waits for a recipient ---

function printedSection(onaddress) {
	const list = h('ul', { class: 'printed' });
	const el = h('section', { class: 'card attention', 'aria-labelledby': 'printed-head' }, h('h2', { id: 'printed-head' }, t('printed.title')),
		h('p', { class: 'muted' }, t('printed.long')), list);
	const draw = () => {
		const documents = printed().sort((a, b) => a.created_ms - b.created_ms);

		el.hidden = !documents.length;
		reconcile(list, documents, (d) => d.document, (d) => JSON.stringify(d), (d) => h('li', null,
			h('span', { class: 'thumb' }, pageImage(`${path('documents', d.document, 'pages', '1.png')}?width=160`, '')),
			h('span', { class: 'grow' }, h('b', { id: `printed-${d.document}` }, d.name), h('span', { class: 'muted' }, `${t('pages', { n: d.pages })} · ${when(d.created_ms)}${d.user ? ` · ${d.user}` : ''}`)),
			button(t('printed.address'), () => {
				addDocument(d);
				onaddress();
			}, { kind: 'primary', image: 'send', 'aria-describedby': `printed-${d.document}` }),
			iconButton('trash', t('printed.discard', { name: d.name }), async () => {
				if (!await ask(t('printed.discard', { name: d.name }), t('printed.discard.long'), t('remove'), { danger: true }))
					return;
				try {
					await remove(`documents/${d.document}`);
					state.documents.delete(d.document);
					draw();
				} catch (error) {
					complain(error);
				}
			})));
	};

	draw();
	return { el, off: on('document all draft', draw) };
}

// --- what is on its way ---

function oneJob(job) {
	return h('li', { class: 'going' },
		h('div', { class: 'job-head' }, h('b', null, whom(job)), stateBadge(job)),
		h('p', null, sentence(job)), feed(job),
		h('div', { class: 'actions' }, !over(job) && button(t('cancel-job'), () => cancelJob(job), { 'data-mark': `cancel-${job.job}`, image: 'close' }),
			button(t('details'), () => jobDialog(job.job), { 'data-mark': `open-${job.job}`, image: 'more' })));
}

const FEW = 6;

function someJobs(jobs) {
	return h('li', { class: 'goings' }, h('b', null, t('batch', { n: jobs.length })), h('ul', { class: 'goings' }, jobs.map(oneJob)));
}

function manyJobs(jobs) {
	const n = (word) => jobs.filter((j) => j.state === word).length;
	const done = jobs.filter(over).length;
	const pages = jobs.reduce((sum, j) => sum + j.pages_confirmed, 0);

	return h('li', { class: 'going' },
		h('div', { class: 'job-head' }, h('b', null, t('batch', { n: jobs.length })),
			n('delivered') ? badge('good', t('batch.delivered', { n: n('delivered') }), 'check') : null,
			n('failed') ? badge('bad', t('batch.failed', { n: n('failed') }), 'alert') : null),
		h('p', null, t('batch.going', { done, total: jobs.length, n: pages })),
		h('progress', { max: String(jobs.length), value: done, 'aria-label': t('batch.progress') }),
		h('div', { class: 'actions' }, h('a', { class: 'btn', href: '#sent', 'data-mark': 'open' }, icon('sent'), h('span', null, t('nav.sent')))));
}

function goingSection() {
	const list = h('ul', { class: 'goings' });
	const close = iconButton('close', t('going.close'), () => {
		draft.watch = [];
		keep();
		draw();
		document.querySelector('main h1').focus();
	});
	const el = h('section', { class: 'card', 'aria-labelledby': 'going-head' }, h('div', { class: 'row' }, h('h2', { id: 'going-head', class: 'grow' }, t('going.title')), close), list);
	const known = new Map();
	const draw = () => {
		const batches = draft.watch.map((batch) => ({ batch, jobs: [...state.jobs.values()].filter((j) => j.batch === batch) })).filter((b) => b.jobs.length);

		for (const { jobs } of batches)
			for (const job of jobs) {
				sayChanges(known.get(job.job), job, jobs.length === 1);
				known.set(job.job, job);
			}
		el.hidden = !batches.length;
		reconcile(list, batches, (b) => b.batch, (b) => JSON.stringify([b.jobs, state.status?.paused, state.status?.online]),
			(b) => b.jobs.length === 1 ? oneJob(b.jobs[0]) : b.jobs.length <= FEW ? someJobs(b.jobs) : manyJobs(b.jobs));
	};

	draw();
	return { el, off: on('job job-gone all draft status', drawer(draw)) };
}

// --- the form ---

function coverFields() {
	const c = draft.cover;
	const soon = later(700, () => makeCover().catch(complain));
	const take = (key) => (e) => {
		c[key] = e.target.value;
		c[`${key}Mine`] = true;
		keep();
		soon();
	};
	const input = (key, props) => h('input', { type: 'text', value: c[key], oninput: take(key), ...props });
	const to = input('to');
	const from = input('from');
	const text = h('textarea', { rows: '5', value: c.text, oninput: take('text') });
	const more = h('div', { class: 'stack', id: 'cover-fields' }, field(t('cover.to'), to), field(t('cover.from'), from),
		field(t('cover.subject'), input('subject')), field(t('cover.text'), text));
	const box = checkbox(t('cover.add'), {
		checked: c.on, 'aria-controls': 'cover-fields', onchange: (e) => {
			c.on = e.target.checked;
			follow();
			keep();
			more.hidden = !c.on;
			if (c.on)
				makeCover().catch(complain);
			else
				soon();
			refresh();
		},
	});
	// Until they are typed, both follow what is known.
	const follow = () => {
		if (!c.toMine)
			c.to = to.value = draft.to.length > 3 ? t('cover.many', { n: draft.to.length }) : draft.to.map((r) => r.label).join(t('comma'));
		if (!c.fromMine)
			c.from = from.value = state.status?.id || '';
	};
	let refresh = () => {};

	more.hidden = !c.on;
	return {
		el: h('fieldset', { class: 'plain' }, h('legend', { class: 'unseen' }, t('cover')), box, more),
		recipientsChanged() {
			follow();
			if (c.on)
				soon();
		},
		onchange(f) { refresh = f; },
	};
}

function moreFields() {
	const set = (key) => (e) => {
		draft[key] = e.target.value;
		keep();
	};
	const at = h('input', { type: 'datetime-local', value: draft.at, onchange: set('at'), min: new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 16) });
	const time = field(t('send.at'), at);
	const box = checkbox(t('send.at-time'), {
		checked: draft.later, onchange: (e) => {
			draft.later = e.target.checked;
			time.hidden = !draft.later;
			keep();
			if (draft.later)
				at.focus();
		},
	});

	time.hidden = !draft.later;
	const title = h('input', { type: 'text', maxlength: '120', value: draft.title, oninput: set('title') });

	return {
		title,
		el: h('details', { class: 'more', open: draft.later || Boolean(draft.note) || draft.priority !== 'normal' },
			h('summary', null, t('send.more')),
			h('div', { class: 'stack' },
				box, time,
				field(t('send.title'), title, { hint: t('send.title.hint') }),
				field(t('send.note'), h('textarea', { rows: '2', maxlength: '500', value: draft.note, oninput: set('note') }), { hint: t('send.note.hint') }),
				field(t('priority'), select(['low', 'normal', 'high'].map((p) => [p, t(`priority.${p}`)]), draft.priority, { onchange: set('priority') })))),
	};
}

// What is missing before it can go: a sentence and where to mend it.
function missing(picker, sheets) {
	if (!picker.flush())
		return { focus: picker.focus };
	if (uploads.size && [...uploads.values()].some((u) => !u.wrong))
		return { sentence: t('send.wait-upload') };
	if (!allSheets().length && !draft.cover.on)
		return { sentence: t('send.no-pages'), focus: () => sheets.chooser.focus() };
	if (!picker.chosen().length)
		return { sentence: '', focus: () => picker.wrong(t('to.none')) };
	if (draft.later && !(new Date(draft.at).getTime() > Date.now()))
		return { sentence: t('send.past') };
	return null;
}

function form(sheets) {
	const cover = coverFields();
	const picker = recipients({
		chosen: draft.to, onchange(list) {
			draft.to = list;
			keep();
			cover.recipientsChanged();
			label();
		},
	});
	const more = moreFields();
	const wrong = h('p', { class: 'wrong', role: 'alert' });
	const word = h('span');
	const go = h('button', { type: 'submit', class: 'btn primary big' }, icon('send'), word);
	const label = () => {
		const pages = allSheets().length + (draft.cover.on && !draft.cover.document ? 1 : 0);
		const to = draft.to.reduce((sum, c) => sum + Math.max(1, c.to.length), 0);

		word.textContent = pages && to ? t('send.go', { pages: t('pages', { n: pages }), to: to === 1 ? draft.to[0].label : t('recipients', { n: to }) }) : t('send.go-plain');
	};
	const offline = h('p', { class: 'notice' });
	const tellLine = () => {
		const s = state.status;

		offline.replaceChildren();
		if (s && !s.joined)
			offline.append(t('send.unjoined'), ' ', may('administer') ? h('a', { href: '#setup/connection' }, t('setup.join')) : t('send.ask-admin'));
		else if (s && !s.online)
			offline.append(t('send.offline'));
		else if (s?.paused)
			offline.append(t('queue.is-paused'));
	};

	cover.onchange(label);
	label();
	tellLine();
	const el = h('form', {
		class: 'card compose-form stack', 'aria-labelledby': 'form-head', novalidate: true,
		onsubmit: async (e) => {
			e.preventDefault();
			wrong.textContent = '';
			const fault = missing(picker, sheets);

			if (fault) {
				wrong.textContent = fault.sentence || '';
				fault.focus?.();
				return;
			}
			go.disabled = true;
			el.setAttribute('aria-busy', 'true');
			try {
				const answer = await sendDraft();

				sent(answer);
			} catch (error) {
				wrong.textContent = error.message;
				go.focus();
			}
			go.disabled = false;
			el.removeAttribute('aria-busy');
		},
	}, h('h2', { id: 'form-head' }, t('send.to-whom')), picker.el, cover.el, more.el, offline, wrong, go);
	const offs = [on('draft all document', label), on('draft', () => {
		if (more.title.value !== draft.title)
			more.title.value = draft.title;
		if (draft.cover.on)
			cover.recipientsChanged();
	}), on('status all', tellLine)];

	let sent = () => {};

	return {
		el, picker,
		onsent(f) { sent = f; },
		leave() {
			offs.forEach((off) => off());
			picker.leave();
		},
	};
}

export function show(root) {
	load();
	prune();
	const going = goingSection();
	const compose = h('div', { class: 'compose' });
	let sheets;
	let fields;
	const printedOnes = printedSection(() => {
		toast(t('printed.taken'));
		fields.picker.focus();
	});
	const fresh = button(t('send.clear'), async () => {
		if (!draft.sheets.length || await ask(t('send.clear'), t('send.clear.long'), t('send.clear'), { danger: true })) {
			clear();
			build();
		}
	}, { image: 'close', kind: 'ghost' });
	const showFresh = () => { fresh.hidden = !draft.sheets.length && !draft.to.length && !draft.cover.on; };

	function build() {
		sheets?.leave();
		fields?.leave();
		sheets = board();
		fields = form(sheets);
		fields.onsent((answer) => {
			for (const job of answer.jobs)
				state.jobs.set(job.job, job);
			build();
			announce(t('send.sent', { n: answer.jobs.length }));
			root.querySelector('h1').focus();
			scrollTo({ top: 0, behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
		});
		compose.replaceChildren(sheets.el, fields.el);
		showFresh();
	}

	root.append(h('header', { class: 'view-head' }, h('h1', { tabindex: '-1' }, t('send.head')), fresh), printedOnes.el, going.el, compose);
	build();
	const offs = [on('draft', showFresh), on('all document', prune)];

	return {
		leave() {
			offs.forEach((off) => off());
			printedOnes.off();
			going.off();
			sheets.leave();
			fields.leave();
		},
	};
}
