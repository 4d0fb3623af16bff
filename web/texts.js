// SPDX-License-Identifier: Apache-2.0
// Words in the user's language. en.js and ja.js have every text of the page,
// ja-said.js the program's own sentences.

export const LANGUAGES = [['en', 'English'], ['ja', '日本語']];
export let language = 'en';
let words = {};
let sentences = [];

function stored() {
	try {
		return localStorage.getItem('faxwire-language');
	} catch {
		return null;
	}
}

export async function chooseLanguage(wanted) {
	const known = (l) => LANGUAGES.some(([code]) => code === l);
	const asked = wanted || stored();

	language = known(asked) ? asked : (navigator.language || 'en').startsWith('ja') ? 'ja' : 'en';
	words = (await (language === 'ja' ? import('./ja.js') : import('./en.js'))).default;
	sentences = language === 'ja' ? patterns((await import('./ja-said.js')).default) : [];
	document.documentElement.lang = language;
	if (wanted)
		try {
			localStorage.setItem('faxwire-language', language);
		} catch { /* a browser that keeps nothing asks again */ }
}

// t('pages', {n: 3}): a text may have two forms, "one page|{n} pages".
export function t(key, values) {
	let text = words[key] ?? key;

	if (values && 'n' in values && text.includes('|'))
		text = text.split('|')[values.n === 1 ? 0 : 1];
	return values ? text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole) : text;
}

export const has = (key) => key in words;

// Our words for a key, else what the program says itself.
export const tOr = (key, other) => has(key) ? t(key) : other;

// The most particular first: what has most letters of its own.
export function patterns(table) {
	const letters = (s) => s.replaceAll('{}', '').length;

	return Object.entries(table).sort(([a], [b]) => letters(b) - letters(a)).map(([sentence, ours]) => ({
		ours,
		pattern: new RegExp(`^${sentence.replace(/\.$/, '').replace(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll('{}', '(.*?)')}\\.?$`, 'is'),
	}));
}

// A sentence of the program's in our words; '' for one that has none here.
export function translate(all, sentence) {
	for (const { pattern, ours } of all) {
		const found = pattern.exec(sentence);

		if (found)
			return ours.replace(/\{(\d)\}/g, (_, n) => translate(all, found[n]) || found[n]);
	}
	return '';
}

export const tSaid = (sentence) => translate(sentences, sentence || '');
// The same; the program's own words where there are no others.
export const said = (sentence) => tSaid(sentence) || sentence || '';

const formats = {};
function format(ms, options) {
	const key = language + JSON.stringify(options);

	formats[key] ||= new Intl.DateTimeFormat(language === 'ja' ? 'ja-JP' : navigator.language.startsWith('en') ? navigator.language : 'en-GB', options);
	return formats[key].format(ms);
}

const CLOCK = { hour: 'numeric', minute: '2-digit' };
const sameDay = (a, b) => new Date(a).toDateString() === new Date(b).toDateString();

// "14:05", "yesterday, 14:05", "3 Nov, 14:05"
export function when(ms) {
	const now = Date.now();

	if (!ms)
		return '';
	if (sameDay(ms, now))
		return format(ms, CLOCK);
	if (sameDay(ms, now - 86400000))
		return t('yesterday', { time: format(ms, CLOCK) });
	if (sameDay(ms, now + 86400000))
		return t('tomorrow', { time: format(ms, CLOCK) });
	return format(ms, {
		day: 'numeric', month: 'short', ...CLOCK,
		...(new Date(ms).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }),
	});
}

export const clock = (ms) => format(ms, CLOCK);
export const exactly = (ms) => ms ? format(ms, { dateStyle: 'medium', timeStyle: 'medium' }) : '';

export function day(ms) {
	if (sameDay(ms, Date.now()))
		return t('today');
	if (sameDay(ms, Date.now() - 86400000))
		return t('yesterday-day');
	return format(ms, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

// "4 min", "30 s"
export function span(ms) {
	if (ms >= 3600000)
		return t('hours', { n: Math.round(ms / 3600000) });
	return ms >= 60000 ? t('minutes', { n: Math.round(ms / 60000) }) : t('seconds', { n: Math.round(ms / 1000) });
}
