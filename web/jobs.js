// SPDX-License-Identifier: Apache-2.0
// A job in words: its state, why it waits, how far it is; and what one does
// with it.
import { h, icon, badge, button, dialog, toast, complain, ask, announce } from './dom.js';
import { t, tOr, said, when, exactly } from './texts.js';
import { path, post, patch, remove } from './api.js';
import { state, on, nameOf, takeJobs, tell } from './live.js';
import { recipients } from './recipients.js';
import { pageImage, viewerDialog } from './viewer.js';

export const over = (job) => ['delivered', 'failed', 'cancelled'].includes(job.state);
export const under = (job) => job.state === 'calling' || job.state === 'sending';

export function whom(job) {
	return nameOf(job.to) || job.to;
}

const BADGES = {
	queued: ['wait', 'clock'], calling: ['live', 'line'], sending: ['live', 'send'],
	delivered: ['good', 'check'], failed: ['bad', 'alert'], cancelled: ['off', 'close'], held: ['wait', 'pause'],
};

export function stateBadge(job) {
	const word = job.state === 'queued' && job.held ? 'held' : job.state;
	const [kind, image] = BADGES[word] || ['off', 'clock'];

	return badge(kind, t(`state.${word}`), image);
}

// Why the last attempt ended as it did.
function why(job) {
	return tOr(`reason.${job.reason}`, said(job.last_result)) || t('reason.unsaid');
}

function waiting(job) {
	if (job.held)
		return t('job.held');
	if (state.status?.paused)
		return t('job.paused');
	if (!job.attempts && job.not_before_ms > Date.now())
		return t('job.later', { time: when(job.not_before_ms) });
	if (!job.attempts)
		return state.status?.online === false ? t('job.no-relay') : t('job.turn');
	const next = job.next_try_ms > Date.now() ? t('job.next', { time: when(job.next_try_ms) }) : t('job.soon');

	return `${why(job)} ${t('job.tried', { n: job.attempts })} ${next}${job.reason === 'offline' ? ` ${t('job.or-sooner')}` : ''}`;
}

export function sentence(job) {
	switch (job.state) {
	case 'queued': return waiting(job);
	case 'calling': return t('job.calling', { to: whom(job) });
	case 'sending': return t('job.sending', { n: job.pages_confirmed, total: job.pages });
	case 'delivered': return t('job.delivered', { n: job.pages, time: when(job.finished_ms) });
	case 'failed': return `${why(job)} ${t('job.failed', { n: job.attempts })}`;
	default: return t('job.cancelled', { time: when(job.finished_ms) });
	}
}

// A small stack of paper that fills as pages are confirmed.
export function feed(job) {
	if (job.pages > 24)
		return h('progress', { max: String(job.pages), value: job.pages_confirmed, 'aria-label': t('job.progress') });
	return h('span', { class: 'feed', 'aria-hidden': 'true' }, Array.from({ length: job.pages }, (_, i) =>
		h('span', { class: i < job.pages_confirmed ? 'leaf done' : i === job.pages_confirmed && job.state === 'sending' ? 'leaf now' : 'leaf' })));
}

// --- what one does ---

const trying = (f) => async (...args) => {
	try {
		return await f(...args);
	} catch (error) {
		complain(error);
		return null;
	}
};

export const cancelJob = trying(async (job) => {
	takeJobs([await post(`jobs/${job.job}/cancel`)]);
	toast(t('job.is-cancelled', { to: whom(job) }), { action: t('send-again'), run: () => sendAgain(job) });
});

export const sendAgain = trying(async (job, to) => {
	const answer = await post(`jobs/${job.job}/again`, to ? { to } : {});

	takeJobs(answer.jobs);
	toast(t('job.is-again', { n: answer.jobs.length }));
	return answer;
});

export const changeJob = trying(async (job, change) => takeJobs([await patch(`jobs/${job.job}`, change)]));

export function sendElsewhere(job) {
	return pickDialog(t('to-another'), t('send'), (to) => sendAgain(job, to));
}

// Asks for recipients and hands them to `go`.
export function pickDialog(title, yes, go, ...more) {
	const picker = recipients();

	return dialog(title, (close) => {
		const form = h('form', {
			class: 'stack', onsubmit: async (e) => {
				e.preventDefault();
				if (!picker.flush())
					return;
				if (!picker.chosen().length) {
					picker.wrong(t('to.none'));
					return;
				}
				if (await go(picker.chosen().map((c) => c.value)))
					close(true);
			},
		}, picker.el, more, h('div', { class: 'dialog-feet' }, button(t('cancel'), () => close()),
			h('button', { type: 'submit', class: 'btn primary' }, icon('send'), h('span', null, yes))));

		requestAnimationFrame(() => picker.focus());
		return form;
	}, { kind: 'tall' }).finally(picker.leave);
}

async function forgetJob(job) {
	if (!await ask(t('job.forget'), t('job.forget.long'), t('remove'), { danger: true }))
		return false;
	try {
		await remove(`jobs/${job.job}`);
		state.jobs.delete(job.job);
		tell('job-gone', { job: job.job });
		return true;
	} catch (error) {
		complain(error);
		return false;
	}
}

export const jobPage = (job, n, width) => `${path('jobs', job.job, 'pages', `${n}.png`)}${width ? `?width=${width}` : ''}`;

function facts(job) {
	const rows = [
		['fact.title', job.title], ['fact.note', job.note], ['fact.user', job.user],
		['fact.created', exactly(job.created_ms)],
		['fact.finished', over(job) && exactly(job.finished_ms)],
		['fact.not-before', !over(job) && job.not_before_ms > job.created_ms && exactly(job.not_before_ms)],
		['fact.pages', `${job.pages_confirmed} / ${job.pages}`],
		['fact.resolution', tOr(`resolution.${job.resolution}`, job.resolution)],
		['fact.attempts', String(job.attempts)],
		['fact.priority', tOr(`priority.${job.priority}`, job.priority)],
		['fact.give-up', !over(job) && exactly(job.give_up_ms)],
		['fact.far-ident', job.far_ident], ['fact.job', job.job],
	];

	return h('dl', { class: 'facts' }, rows.filter(([, value]) => value).map(([key, value]) =>
		h('div', null, h('dt', null, t(key)), h('dd', null, value))));
}

function actions(job, close) {
	const waits = job.state === 'queued';

	return h('div', { class: 'actions' },
		!over(job) && button(t('job.cancel'), () => cancelJob(job), { image: 'close', 'data-mark': 'cancel' }),
		waits && !job.held && button(t('hold'), () => changeJob(job, { held: true }), { image: 'pause', 'data-mark': 'hold' }),
		waits && job.held && button(t('release'), () => changeJob(job, { held: false }), { image: 'play', 'data-mark': 'hold' }),
		waits && job.priority !== 'high' && button(t('sooner'), () => changeJob(job, { priority: 'high' }), { image: 'up', 'data-mark': 'sooner' }),
		waits && job.priority === 'high' && button(t('normally'), () => changeJob(job, { priority: 'normal' }), { image: 'down', 'data-mark': 'sooner' }),
		over(job) && job.has_pages && button(t('send-again'), async () => await sendAgain(job) && close(), { image: 'restore' }),
		job.has_pages && button(t('to-another'), () => {
			close();
			sendElsewhere(job);
		}, { image: 'forward' }),
		h('a', { class: 'btn', href: path('jobs', job.job, 'report.pdf'), target: '_blank', rel: 'noopener' }, icon('file'), h('span', null, t('report'))),
		over(job) && button(t('job.forget'), async () => await forgetJob(job) && close(), { image: 'trash' }));
}

export function jobDialog(id) {
	let off;

	return dialog(t('job.details'), (close, box) => {
		const body = h('div', { class: 'stack' });
		const show = () => {
			const job = state.jobs.get(id);

			if (!job) {
				close();
				return;
			}
			const mark = box.contains(document.activeElement) && document.activeElement.dataset.mark;

			body.replaceChildren(
				h('div', { class: 'job-head' }, h('h3', null, whom(job), job.to !== whom(job) && h('span', { class: 'muted' }, ` ${job.to}`)), stateBadge(job)),
				h('p', null, sentence(job)), over(job) ? '' : feed(job), actions(job, close),
				job.has_pages ? thumbs(job) : h('p', { class: 'hint' }, t('job.no-pages')), facts(job));
			if (mark)
				(body.querySelector(`[data-mark="${mark}"]`) || box.querySelector('.icon-btn')).focus();
		};

		off = on('job all job-gone status', show);
		show();
		return body;
	}, { kind: 'wide' }).finally(() => off());
}

function thumbs(job) {
	const shown = Math.min(job.pages, 12);

	return h('ul', { class: 'strip' }, Array.from({ length: shown }, (_, i) => h('li', null, h('button', {
		type: 'button', class: 'leafage', 'aria-label': t('viewer.show', { n: i + 1 }), 'data-mark': `page-${i}`,
		onclick: () => viewerDialog(job.title || whom(job), { pages: job.pages, first: i + 1, src: (n, w) => jobPage(job, n, w) }),
	}, pageImage(jobPage(job, i + 1, 240), '')))), job.pages > shown && h('li', { class: 'muted' }, `+ ${job.pages - shown}`));
}

// Says aloud what became of jobs, and what their pages do when they are few.
export function sayChanges(before, job, few) {
	if (!before)
		return;
	if (before.state !== job.state && (over(job) || few))
		announce(`${whom(job)}: ${sentence(job)}`);
	else if (few && before.pages_confirmed !== job.pages_confirmed)
		announce(t('job.sending', { n: job.pages_confirmed, total: job.pages }));
}
