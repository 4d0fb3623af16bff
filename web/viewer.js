// SPDX-License-Identifier: Apache-2.0
// Pages to read: one below the other, loaded as they come into sight, with
// zoom, rotation and keys. And pages to print.
import { h, iconButton, announce, dialog, busy, button } from './dom.js';
import { t } from './texts.js';

const ZOOMS = [0.4, 0.6, 0.8, 1, 1.4, 2, 3];

// What the far end gets has pixels that are not square; `paper` puts the
// picture back to its size on paper. Natural width unless a thumbnail's do.
export function pageImage(src, alt, props = {}) {
	const img = h('img', { src, alt, loading: 'lazy', decoding: 'async', draggable: 'false', ...props });

	img.addEventListener('error', () => img.classList.add('broken'));
	return img;
}

// One of many: asked for while it is in sight, and taken back when it leaves
// before it has come, so that what is opened next need not wait for those that
// were only passed.
const inSight = new IntersectionObserver((entries) => {
	for (const { target, isIntersecting } of entries) {
		if (isIntersecting && !target.hasAttribute('src'))
			target.src = target.dataset.src;
		else if (!isIntersecting && target.hasAttribute('src') && !target.complete)
			target.removeAttribute('src');
	}
}, { rootMargin: '300px' });

export function thumbnail(src) {
	const img = pageImage(null, '', { loading: null, 'data-src': src });

	inSight.observe(img);
	return img;
}

// `src(n, width)` is page n's address. {el, tools, key(event), count}
export function pageViewer({ pages, src, first = 1, label }) {
	let current = first;
	let zoom = 3;
	let turned = 0;
	const where = h('input', { type: 'text', inputmode: 'numeric', class: 'page-number', 'aria-label': t('viewer.page'), value: String(first) });
	const scroller = h('div', { class: 'scroller', tabindex: '0', role: 'region', 'aria-label': label });
	const width = () => zoom > 3 ? undefined : devicePixelRatio > 1.2 || scroller.clientWidth > 1000 ? 1728 : 1000;
	const sheets = Array.from({ length: pages }, (_, i) => {
		const img = pageImage(src(i + 1, 1000), t('viewer.page-of', { n: i + 1, total: pages }));
		const paper = h('div', { class: 'paper' }, img);

		img.addEventListener('load', () => {
			paper.style.setProperty('--w', img.naturalWidth);
			paper.style.setProperty('--h', img.naturalHeight);
		});
		return { img, paper, figure: h('figure', { class: 'sheet-big', 'data-n': String(i + 1) }, paper) };
	});

	function note(n) {
		current = n;
		where.value = String(n);
		back.disabled = n <= 1;
		on.disabled = n >= pages;
	}

	function go(n, silently) {
		const to = Math.min(Math.max(n, 1), pages);
		const figure = sheets[to - 1].figure;

		note(to);
		figure.scrollIntoView({ block: 'start', inline: 'nearest' });
		if (!silently && pages > 1)
			announce(t('viewer.page-of', { n: to, total: pages }));
	}

	function size(step) {
		zoom = Math.min(Math.max(zoom + step, 0), ZOOMS.length - 1);
		scroller.style.setProperty('--zoom', ZOOMS[zoom]);
		smaller.disabled = zoom === 0;
		larger.disabled = zoom === ZOOMS.length - 1;
		sharpen();
		requestAnimationFrame(() => go(current, true));
		if (step)
			announce(t('viewer.zoom', { percent: Math.round(ZOOMS[zoom] * 100) }));
	}

	function sharpen() {
		const w = width();

		sheets.forEach(({ img }, i) => {
			const wanted = src(i + 1, w);

			if (img.getAttribute('src') !== wanted)
				img.setAttribute('src', wanted);
		});
	}

	function rotate() {
		turned = (turned + 90) % 360;
		for (const { paper } of sheets)
			paper.className = `paper turned-${turned}`;
		announce(t('viewer.turned', { degrees: turned }));
		requestAnimationFrame(() => go(current, true));
	}

	const back = iconButton('left', t('viewer.previous'), () => go(current - 1), { disabled: first <= 1 });
	const on = iconButton('right', t('viewer.next'), () => go(current + 1), { disabled: first >= pages });
	const smaller = iconButton('zoomout', t('viewer.smaller'), () => size(-1));
	const larger = iconButton('zoomin', t('viewer.larger'), () => size(1));
	const seen = new IntersectionObserver((entries) => {
		for (const e of entries)
			if (e.isIntersecting)
				note(Number(e.target.dataset.n));
	}, { rootMargin: '-45% 0px -50% 0px' });

	sheets.forEach(({ figure }) => {
		scroller.append(figure);
		seen.observe(figure);
	});
	where.addEventListener('change', () => go(Number.parseInt(where.value, 10) || current));
	where.addEventListener('focus', () => where.select());

	const keys = {
		ArrowRight: () => go(current + 1), ArrowLeft: () => go(current - 1),
		PageDown: () => go(current + 1), PageUp: () => go(current - 1),
		Home: () => go(1), End: () => go(pages),
		'+': () => size(1), '=': () => size(1), '-': () => size(-1), 0: () => size(3 - zoom), r: rotate,
	};

	requestAnimationFrame(() => {
		sharpen();
		if (first > 1)
			go(first, true);
	});
	return {
		el: scroller,
		tools: h('div', { class: 'tools', role: 'group', 'aria-label': t('viewer.tools') },
			back, h('span', { class: 'page-of' }, where, h('span', null, t('viewer.of', { total: pages }))), on,
			smaller, larger, iconButton('rotate', t('viewer.rotate'), rotate)),
		key(e) {
			if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest?.('input, textarea, select') || !keys[e.key])
				return false;
			e.preventDefault();
			keys[e.key]();
			return true;
		},
		leave: () => seen.disconnect(),
	};
}

export function viewerDialog(title, options) {
	const view = pageViewer({ label: title, ...options });

	return dialog(title, (close, box) => {
		box.addEventListener('keydown', view.key);
		requestAnimationFrame(() => view.el.focus());
		return [view.tools, view.el];
	}, { kind: 'big' }).finally(view.leave);
}

// Loads the pages, opens the browser's print dialog, and forgets them.
export async function printPages(srcs) {
	const home = document.getElementById('paper');
	const say = h('p', { role: 'status' });
	let stopped = false;
	const waiting = dialog(t('print.preparing'), (close) => [say, busy(t('print.wait')),
		h('div', { class: 'dialog-feet' }, button(t('cancel'), () => close()))], { kind: 'small' }).then(() => { stopped = true; });
	const images = [];

	try {
		for (const [i, src] of srcs.entries()) {
			const img = h('img', { src, alt: '' });

			say.textContent = t('viewer.page-of', { n: i + 1, total: srcs.length });
			await img.decode();
			if (stopped)
				return false;
			images.push(h('div', { class: 'print-page' }, img));
		}
	} finally {
		document.querySelector('dialog.small[open]')?.close();
	}
	await waiting;
	home.replaceChildren(...images);
	print();
	home.replaceChildren();
	return true;
}
