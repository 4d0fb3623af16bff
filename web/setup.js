// SPDX-License-Identifier: Apache-2.0
// Set-up: one section at a time.
import { h, icon, busy, empty, button } from './dom.js';
import { t } from './texts.js';
import { connection } from './connection.js';
import { rules } from './rules.js';
import { settings } from './settings.js';
import { users, tokens, audit } from './access.js';

const SECTIONS = [
	['connection', 'line', connection], ['received', 'inbox', rules], ['users', 'people', users],
	['tokens', 'key', tokens], ['settings', 'sliders', settings], ['audit', 'book', audit],
];

export function show(root, words) {
	const heading = h('h1', { tabindex: '-1' }, t('nav.setup'));
	const body = h('div', { class: 'section' });
	const links = SECTIONS.map(([name, image]) => h('a', { href: `#setup/${name}`, 'data-section': name }, icon(image), h('span', null, t(`setup.${name}`))));
	let off = () => {};
	let now = '';

	async function go(name, quiet) {
		const [section, , build] = SECTIONS.find(([s]) => s === name) || SECTIONS[0];

		if (section === now)
			return;
		now = section;
		off();
		off = () => {};
		for (const link of links)
			if (link.dataset.section === section)
				link.setAttribute('aria-current', 'page');
			else
				link.removeAttribute('aria-current');
		const head = h('h2', { tabindex: '-1' }, t(`setup.${section}`));
		const place = h('div', { class: 'stack' }, busy());

		body.replaceChildren(head, place);
		if (!quiet)
			head.focus({ preventScroll: true });
		try {
			const built = await build(place);

			if (now === section)
				off = built || off;
			else
				built?.();
		} catch (error) {
			place.replaceChildren(empty('alert', t('view-failed'), error.message, button(t('try-again'), () => {
				now = '';
				go(section);
			}, { kind: 'primary' })));
		}
	}

	root.append(h('header', { class: 'view-head' }, heading), h('div', { class: 'setup' },
		h('nav', { class: 'sections', 'aria-label': t('setup.sections') }, h('ul', null, links.map((l) => h('li', null, l)))), body));
	go(words[0], true);
	return { go: ([name]) => go(name), leave: () => off() };
}
