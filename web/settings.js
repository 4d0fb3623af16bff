// SPDX-License-Identifier: Apache-2.0
// The terminal's settings as a form, by their kinds.
import { h, field, select, checkbox, toast } from './dom.js';
import { t, tOr } from './texts.js';
import { get, put } from './api.js';

const sentence = (help) => help ? help.charAt(0).toUpperCase() + help.slice(1) + (/[.!?]$/.test(help) ? '' : '.') : '';

// A control and how it is read.
function control(s) {
	const label = tOr(`setting.${s.key}`, s.key);
	const hint = tOr(`setting.${s.key}.help`, sentence(s.help));

	if (s.kind === 'flag') {
		const el = checkbox(label, { checked: s.value === true || s.value === 'yes' || s.value === 'true' }, hint);
		const box = el.querySelector('input');

		return { el, control: box, read: () => box.checked };
	}
	const options = (s.choices || []).map((c) => [c, tOr(`choice.${c}`, c)]);
	const input = s.kind === 'choice' ? select(options, s.value) : s.kind === 'number'
		? h('input', { type: 'number', min: s.min, max: s.max, step: '1', value: String(s.value ?? ''), required: true })
		: h('input', { type: 'text', value: s.value ?? '', maxlength: s.max || null, placeholder: s.initial || null });
	const range = s.kind === 'number' && s.max ? t('setting.range', { min: s.min, max: s.max, initial: s.initial }) : '';

	return {
		el: field(label, input, { hint: [hint, range].filter(Boolean).join(' ') }), control: input,
		read: () => s.kind === 'number' ? Number(input.value) : input.value,
	};
}

export async function settings(place) {
	const { settings: all } = await get('settings');
	const controls = all.map((s) => ({ s, ...control(s) }));
	const before = new Map(controls.map((c) => [c.s.key, c.read()]));
	const wrong = h('p', { class: 'wrong', role: 'alert' });
	const go = h('button', { type: 'submit', class: 'btn primary' }, t('save'));

	place.replaceChildren(h('form', {
		class: 'card stack', onsubmit: async (e) => {
			e.preventDefault();
			wrong.textContent = '';
			const changed = Object.fromEntries(controls.filter((c) => c.read() !== before.get(c.s.key)).map((c) => [c.s.key, c.read()]));

			if (!Object.keys(changed).length) {
				toast(t('setting.nothing'));
				return;
			}
			go.disabled = true;
			try {
				await put('settings', changed);
				for (const [key, value] of Object.entries(changed))
					before.set(key, value);
				toast(t('saved'));
			} catch (error) {
				wrong.textContent = error.message;
				controls.find((c) => error.message.startsWith(c.s.key))?.control.focus();
			}
			go.disabled = false;
		},
	}, all.length ? controls.map((c) => c.el) : h('p', null, t('setting.none')), wrong, h('div', { class: 'actions' }, go)));
}
