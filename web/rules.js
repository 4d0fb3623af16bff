// SPDX-License-Identifier: Apache-2.0
// Where received faxes go: rules in order, a form for each kind.
import { h, icon, iconButton, button, badge, field, select, checkbox, formDialog, ask, empty, toast, complain, reconcile, announce } from './dom.js';
import { t, said } from './texts.js';
import { get, post, put } from './api.js';

// The fields that a kind has of its own: [key, kind, required, choices]
const KINDS = {
	mail: { icon: 'mail', fields: [['to', 'list', true], ['attach', 'choice', false, ['pdf', 'tiff', 'nothing']], ['subject', 'text'], ['body', 'long']] },
	print: { icon: 'print', fields: [['printer', 'text', true], ['server', 'text']] },
	folder: { icon: 'folder', fields: [['folder', 'text', true], ['file', 'text'], ['mode', 'text']] },
	program: { icon: 'program', fields: [['command', 'lines', true], ['seconds', 'number']] },
};

const words = (text) => text.split(/[,\n]/).map((w) => w.trim()).filter(Boolean);

// A rule as a sentence: "Faxes from ana, lab-*: mail to office@example.org"
function describe(rule) {
	const whose = [...rule.from?.length ? [t('rule.from-them', { who: rule.from.join(t('comma')) })] : [],
		...rule.number?.length ? [t('rule.number-them', { who: rule.number.join(t('comma')) })] : []].join(t('comma')) || t('rule.everybody');
	const target = { mail: [].concat(rule.to || []).join(t('comma')), print: rule.printer, folder: rule.folder, program: rule.command?.[0] }[rule.do] || '';

	return `${t(rule.when === 'failed' ? 'rule.when-failed' : 'rule.when-received', { whose })} ${t(`rule.does-${rule.do}`, { target })}`;
}

function own(rule, kind) {
	return KINDS[kind].fields.map(([key, type, required, choices]) => {
		const label = t(`rule.${kind}.${key}`);
		const value = rule[key];
		const hint = t(`rule.${kind}.${key}.hint`);
		const shown = hint.endsWith('.hint') ? undefined : hint;

		if (type === 'choice') {
			const input = select(choices.map((c) => [c, t(`rule.attach-${c}`)]), value || choices[0]);

			return { key, el: field(label, input, { hint: shown }), read: () => input.value };
		}
		const input = type === 'number' ? h('input', { type: 'number', min: '1', max: '3600', value: String(value ?? '') })
			: type === 'lines' || type === 'long' ? h('textarea', { rows: '4', value: [].concat(value || []).join('\n'), required })
				: h('input', { type: 'text', value: [].concat(value || []).join(', '), required });
		const read = {
			number: () => input.value && Number(input.value), list: () => words(input.value), text: () => input.value.trim(), long: () => input.value,
			lines: () => input.value.split('\n').map((w) => w.trim()).filter(Boolean),
		}[type];

		return { key, el: field(label, input, { hint: shown }), read };
	});
}

function editor(rule) {
	const name = h('input', { type: 'text', required: true, maxlength: '60', value: rule.name || '', autofocus: true });
	const on = select([['received', t('rule.received')], ['failed', t('rule.failed')]], rule.when || 'received');
	const from = h('input', { type: 'text', value: (rule.from || []).join(', ') });
	const number = h('input', { type: 'text', value: (rule.number || []).join(', ') });
	const last = checkbox(t('rule.last'), { checked: rule.last === true }, t('rule.last.hint'));
	const enabled = checkbox(t('rule.enabled'), { checked: rule.enabled !== false });
	const ticked = (el) => el.querySelector('input').checked;
	const place = h('div', { class: 'stack' });
	let fields = [];
	const kind = select(Object.keys(KINDS).map((k) => [k, t(`rule.do-${k}`)]), rule.do || 'mail', { onchange: () => show() });
	const show = () => {
		fields = own(rule, kind.value);
		place.replaceChildren(...fields.map((f) => f.el));
	};

	show();
	return {
		nodes: [field(t('rule.name'), name), field(t('rule.when'), on), field(t('rule.from'), from, { hint: t('rule.from.hint') }),
			field(t('rule.number'), number, { hint: t('rule.number.hint') }),
			field(t('rule.do'), kind), place, last, enabled],
		read() {
			const kept = { ...rule };

			// Fields of another kind do not stay behind.
			for (const { fields: f } of Object.values(KINDS))
				for (const [key] of f)
					delete kept[key];
			const next = { ...kept, name: name.value.trim(), when: on.value, from: words(from.value), number: words(number.value), do: kind.value, last: ticked(last), enabled: ticked(enabled) };

			for (const f of fields) {
				const value = f.read();

				if (value !== '' && !(Array.isArray(value) && !value.length))
					next[f.key] = value;
			}
			return next;
		},
	};
}

export async function rules(place) {
	const first = await get('rules');
	let all = first.rules;
	const list = h('ol', { class: 'rules card' });
	const none = h('div');

	async function save(next) {
		all = (await put('rules', { rules: next }))?.rules || next;
		draw();
	}
	const trying = async (next, said) => {
		try {
			await save(next);
			announce(said);
		} catch (error) {
			complain(error);
		}
	};

	function edit(rule, at) {
		const form = editor(rule);

		return formDialog(t(at === undefined ? 'rule.add' : 'rule.edit'), form.nodes, t('save'), async () => {
			const next = form.read();

			await save(at === undefined ? [...all, next] : all.map((r, i) => i === at ? next : r));
			toast(t('saved'));
		});
	}

	function move(at, by) {
		const next = [...all];

		next.splice(at + by, 0, ...next.splice(at, 1));
		trying(next, t('rule.moved', { n: at + by + 1, total: all.length }));
	}

	// A real fax, the newest, goes where the rule says.
	async function tryOut(name) {
		try {
			let now = await post('rules/test', { rule: name });

			for (let i = 0; i < 60 && now.state === 'running'; i++) {
				await new Promise((done) => setTimeout(done, 500));
				now = await get('rules/test');
			}
			toast(`${name}: ${said(now.sentence) || t(`delivery.${now.state}`)}`, { bad: now.state === 'failed' });
		} catch (error) {
			complain(error);
		}
	}

	async function drop(at) {
		if (await ask(t('rule.remove', { name: all[at].name }), t('rule.remove.long'), t('remove'), { danger: true }))
			trying(all.filter((_, i) => i !== at), t('removed'));
	}

	function draw() {
		const rows = all.map((rule, at) => ({ rule, at, key: rule.name }));

		list.hidden = !all.length;
		none.replaceChildren(all.length ? '' : empty('inbox', t('rule.none'), t('rule.none.long')));
		reconcile(list, rows, (r) => r.key, (r) => JSON.stringify([r.rule, r.at, all.length]), ({ rule, at }) => h('li', { class: 'person' },
			icon(KINDS[rule.do]?.icon || 'program'), h('span', { class: 'grow' }, h('b', null, rule.name), rule.enabled === false && badge('off', t('rule.off')), h('span', { class: 'muted' }, describe(rule))),
			h('span', { class: 'row-do' },
				iconButton('up', t('rule.up', { name: rule.name }), () => move(at, -1), { disabled: at === 0, 'data-mark': 'up' }),
				iconButton('down', t('rule.down', { name: rule.name }), () => move(at, 1), { disabled: at === all.length - 1, 'data-mark': 'down' }),
				iconButton('play', t('rule.test', { name: rule.name }), () => tryOut(rule.name), { 'data-mark': 'test' }),
				iconButton('edit', t('rule.edit-one', { name: rule.name }), () => edit(rule, at), { 'data-mark': 'edit' }),
				iconButton('trash', t('rule.remove', { name: rule.name }), () => drop(at), { 'data-mark': 'remove' }))));
	}

	draw();
	place.replaceChildren(h('p', { class: 'muted' }, t('rule.intro')), h('p', { class: 'notice bad' }, said(first.trouble)), list, none,
		h('div', { class: 'actions' }, button(t('rule.add'), () => edit({}), { image: 'plus', kind: 'primary' })));
}
