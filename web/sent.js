// SPDX-License-Identifier: Apache-2.0
// What is queued, under way and sent; a broadcast is one row that opens.
import { h, icon, iconButton, button, empty, busy, select, reconcile, drawer, complain, badge } from './dom.js';
import { t, when, exactly } from './texts.js';
import { put, path } from './api.js';
import { state, on, nameOf, tell } from './live.js';
import { over, under, whom, stateBadge, sentence, feed, cancelJob, sendAgain, changeJob, jobDialog } from './jobs.js';

const STEP = 80;
const FILTERS = {
	all: () => true, waiting: (j) => !over(j), delivered: (j) => j.state === 'delivered',
	failed: (j) => j.state === 'failed', cancelled: (j) => j.state === 'cancelled',
};
const opened = new Set();
const wish = { state: 'all', text: '' };

function fits(job) {
	const want = wish.text.trim().toLowerCase();

	return FILTERS[wish.state](job) && (!want || [job.to, nameOf(job.to), job.title, job.note, job.user, job.job]
		.some((w) => (w || '').toLowerCase().includes(want)));
}

// Rows in order: a job, or a broadcast's head followed by its jobs when open.
function rows() {
	const batches = new Map();
	const jobs = [...state.jobs.values()].sort((a, b) => b.created_ms - a.created_ms || (a.job < b.job ? -1 : 1));

	for (const job of jobs) {
		const key = job.batch || job.job;

		if (!batches.has(key))
			batches.set(key, []);
		batches.get(key).push(job);
	}
	const out = [];

	for (const [batch, all] of batches) {
		const shown = all.filter(fits);

		if (!shown.length)
			continue;
		if (all.length === 1) {
			out.push({ key: all[0].job, job: all[0] });
			continue;
		}
		out.push({ key: `batch-${batch}`, batch, all });
		if (opened.has(batch))
			out.push(...shown.map((job) => ({ key: job.job, job, inner: true })));
	}
	return out;
}

function quick(job) {
	if (!over(job))
		return [
			job.state === 'queued' && iconButton(job.held ? 'play' : 'pause', t(job.held ? 'release-to' : 'hold-to', { to: whom(job) }),
				() => changeJob(job, { held: !job.held }), { 'data-mark': 'hold' }),
			iconButton('close', t('job.cancel-to', { to: whom(job) }), () => cancelJob(job), { 'data-mark': 'cancel' }),
		];
	return [
		h('a', { class: 'icon-btn', href: path('jobs', job.job, 'report.pdf'), target: '_blank', rel: 'noopener', 'aria-label': t('report-to', { to: whom(job) }), title: t('report'), 'data-mark': 'report' }, icon('file')),
		job.has_pages && iconButton('restore', t('send-again-to', { to: whom(job) }), () => sendAgain(job), { 'data-mark': 'again' }),
	];
}

function jobRow({ job, inner }) {
	return h('li', { class: `job-row${inner ? ' inner' : ''}` },
		h('button', { type: 'button', class: 'job-open', 'data-mark': 'open', 'aria-haspopup': 'dialog', onclick: () => jobDialog(job.job) },
			h('span', { class: 'job-who' }, h('b', null, whom(job)), job.to !== whom(job) && h('span', { class: 'muted' }, job.to)),
			h('span', { class: 'job-what' }, job.title || t('untitled'), ' · ', t('pages', { n: job.pages }), job.priority === 'high' && ` · ${t('priority.high')}`),
			h('span', { class: 'job-why' }, sentence(job)),
			under(job) && feed(job)),
		h('span', { class: 'job-side' }, stateBadge(job), h('time', { class: 'muted', title: exactly(job.created_ms) }, when(job.created_ms))),
		h('span', { class: 'job-do' }, quick(job)));
}

const count = (all, f) => all.filter(f).length;

function batchRow({ batch, all }) {
	const open = opened.has(batch);
	const good = count(all, FILTERS.delivered);
	const bad = count(all, FILTERS.failed);
	const gone = count(all, FILTERS.cancelled);
	const left = all.length - good - bad - gone;
	const name = t('batch', { n: all.length });

	return h('li', { class: 'job-row batch' },
		h('button', {
			type: 'button', class: 'job-open', 'data-mark': 'open', 'aria-expanded': String(open), onclick: () => {
				if (open)
					opened.delete(batch);
				else
					opened.add(batch);
				tell('job', all[0]);
			},
		}, h('span', { class: 'job-who' }, icon(open ? 'fold' : 'right'), h('b', null, name)),
		h('span', { class: 'job-what' }, all[0].title || t('untitled'), ' · ', t('pages', { n: all[0].pages })),
		h('progress', { max: String(all.length), value: all.length - left, 'aria-label': t('batch.progress') })),
		h('span', { class: 'job-side' }, h('span', { class: 'totals' },
			good > 0 && badge('good', t('batch.delivered', { n: good }), 'check'), left > 0 && badge('wait', t('batch.waiting', { n: left }), 'clock'),
			bad > 0 && badge('bad', t('batch.failed', { n: bad }), 'alert'), gone > 0 && badge('off', t('batch.cancelled', { n: gone }), 'close')),
		h('time', { class: 'muted', title: exactly(all[0].created_ms) }, when(all[0].created_ms))),
		h('span', { class: 'job-do' },
			left > 0 && iconButton('close', t('batch.cancel'), () => all.filter((j) => !over(j)).forEach(cancelJob), { 'data-mark': 'cancel' }),
			bad > 0 && all[0].has_pages && iconButton('restore', t('batch.again'), () => {
				const failed = all.filter(FILTERS.failed);

				sendAgain(failed[0], failed.map((j) => j.to));
			}, { 'data-mark': 'again' })));
}

function signature(row) {
	const s = state.status;
	const extra = `${s?.paused}${s?.online}`;

	if (row.batch)
		return `${row.all.map((j) => j.state + j.pages_confirmed).join()}${opened.has(row.batch)}`;
	return JSON.stringify(row.job) + whom(row.job) + (over(row.job) ? '' : extra);
}

function pauseButton() {
	const el = h('div', { class: 'pause' });
	const show = () => {
		const paused = Boolean(state.status?.paused);

		el.replaceChildren(button(t(paused ? 'queue.go-on' : 'queue.pause'), async () => {
			try {
				const answer = await put('queue', { paused: !paused });

				state.status = { ...state.status, paused: answer.paused };
				tell('status', state.status);
				el.querySelector('button').focus();
			} catch (error) {
				complain(error);
			}
		}, { image: paused ? 'play' : 'pause', kind: paused ? 'primary' : '' }));
	};

	show();
	return { el, off: on('status all', show) };
}

export function show(root) {
	const list = h('ul', { class: 'jobs card', 'aria-label': t('nav.sent') });
	const place = h('div');
	const sentinel = h('div', { class: 'sentinel' });
	const pause = pauseButton();
	const notice = h('p', { class: 'notice', role: 'status' });
	let limit = STEP;

	const draw = () => {
		const all = rows();

		notice.textContent = state.status?.paused ? t('queue.is-paused') : '';
		reconcile(list, all.slice(0, limit), (r) => r.key, signature, (r) => r.batch ? batchRow(r) : jobRow(r));
		list.hidden = !all.length;
		sentinel.hidden = all.length <= limit;
		if (!state.status)
			place.replaceChildren(busy());
		else if (all.length)
			place.replaceChildren();
		else if (state.jobs.size)
			place.replaceChildren(empty('search', t('sent.nothing-found'), t('sent.nothing-found.long')));
		else
			place.replaceChildren(empty('sent', t('sent.empty'), t('sent.empty.long'), h('a', { class: 'btn primary', href: '#send' }, icon('send'), h('span', null, t('nav.send')))));
	};
	const soon = drawer(draw);
	const more = new IntersectionObserver((entries) => {
		if (entries.some((e) => e.isIntersecting) && !sentinel.hidden) {
			limit += STEP;
			soon();
		}
	}, { rootMargin: '600px' });
	const again = (key) => (e) => {
		wish[key] = e.target.value;
		limit = STEP;
		draw();
	};

	root.append(
		h('header', { class: 'view-head' }, h('h1', { tabindex: '-1' }, t('nav.sent')), pause.el),
		h('div', { class: 'filters', role: 'search' },
			h('input', { type: 'search', placeholder: t('sent.search'), 'aria-label': t('sent.search'), value: wish.text, oninput: again('text') }),
			select(Object.keys(FILTERS).map((f) => [f, t(`filter.${f}`)]), wish.state, { 'aria-label': t('sent.filter'), onchange: again('state') })),
		notice, list, place, sentinel);
	more.observe(sentinel);
	draw();
	// What was said of times gets old by itself.
	const minute = setInterval(soon, 60000);
	const off = on('job job-gone all status contacts', soon);

	return {
		leave() {
			off();
			pause.off();
			more.disconnect();
			clearInterval(minute);
		},
	};
}
