// SPDX-License-Identifier: Apache-2.0
// The terminal's settings as a form, by their kinds; those that belong
// together stand together.
import { h, field, select, checkbox, toast } from './dom.js';
import { t, tOr } from './texts.js';
import { get, put } from './api.js';

const GROUPS = [
	['sending', ['name', 'give-up', 'busy-tries', 'offline-hours', 'fault-tries', 'printing']],
	['receiving', ['refuse', 'allow', 'deliver-days']],
	['keeping', ['keep-documents', 'keep-jobs', 'keep-audit']],
];

const sentence = (help) => help ? help.charAt(0).toUpperCase() + help.slice(1) + (/[.!?]$/.test(help) ? '' : '.') : '';
const words = (text) => text.split(/[\s,]+/).filter(Boolean);

function input(s) {
	const common = { maxlength: s.kind === 'number' ? null : s.max || null, disabled: s.fixed };

	switch (s.kind) {
	case 'choice':
		return select((s.choices || []).map((c) => [c, tOr(`choice.${c}`, c)]), s.value, { disabled: s.fixed });
	case 'number':
		return h('input', { type: 'number', min: s.min, max: s.max, step: '1', value: String(s.value ?? ''), required: true, disabled: s.fixed });
	case 'secret':
		return h('input', { type: 'password', autocomplete: 'new-password', value: '', placeholder: s.set ? t('setting.is-set') : null, ...common });
	case 'list':
		return h('textarea', { rows: '3', value: (s.value || []).join('\n'), spellcheck: 'false', disabled: s.fixed });
	default:
		return h('input', { type: 'text', value: s.value ?? '', placeholder: s.initial || null, ...common });
	}
}

// A control and how it is read; what is read compares as text.
function control(s) {
	const label = tOr(`setting.${s.key}`, s.key);
	const hint = s.fixed ? t('setting.fixed') : tOr(`setting.${s.key}.help`, sentence(s.help));

	if (s.kind === 'flag') {
		const el = checkbox(label, { checked: s.value === true, disabled: s.fixed }, hint);
		const box = el.querySelector('input');

		return { s, el, control: box, read: () => box.checked };
	}
	const el = input(s);
	const range = s.kind === 'number' && s.max ? t('setting.range', { min: s.min, max: s.max, initial: s.initial }) : '';
	const read = { number: () => Number(el.value), list: () => words(el.value) }[s.kind] || (() => el.value);

	return { s, el: field(label, el, { hint: [hint, range].filter(Boolean).join(' ') }), control: el, read };
}

function grouped(controls) {
	const left = new Map(controls.map((c) => [c.s.key, c]));
	const groups = GROUPS.map(([name, keys]) => [name, keys.filter((k) => left.has(k)).map((k) => {
		const c = left.get(k);

		left.delete(k);
		return c;
	})]);

	return [...groups, ['others', [...left.values()]]].filter(([, all]) => all.length)
		.map(([name, all]) => h('fieldset', { class: 'card stack' }, h('legend', { class: 'unseen' }, t(`settings.${name}`)),
			h('h3', { 'aria-hidden': 'true' }, t(`settings.${name}`)), all.map((c) => c.el)));
}

export async function settings(place) {
	const { settings: all } = await get('settings');
	const controls = all.map(control);
	const now = (c) => JSON.stringify(c.read());
	const before = new Map(controls.map((c) => [c.s.key, now(c)]));
	const wrong = h('p', { class: 'wrong', role: 'alert' });
	const go = h('button', { type: 'submit', class: 'btn primary' }, t('save'));

	place.replaceChildren(h('form', {
		class: 'stack', onsubmit: async (e) => {
			e.preventDefault();
			wrong.textContent = '';
			const changed = controls.filter((c) => now(c) !== before.get(c.s.key));

			if (!changed.length) {
				toast(t('setting.nothing'));
				return;
			}
			go.disabled = true;
			try {
				await put('settings', Object.fromEntries(changed.map((c) => [c.s.key, c.read()])));
				for (const c of changed)
					before.set(c.s.key, now(c));
				toast(t('saved'));
			} catch (error) {
				wrong.textContent = error.message;
				controls.find((c) => error.said?.startsWith(c.s.key))?.control.focus();
			}
			go.disabled = false;
		},
	}, all.length ? grouped(controls) : h('p', null, t('setting.none')), wrong, all.length > 0 && h('div', { class: 'actions' }, go)));
}
