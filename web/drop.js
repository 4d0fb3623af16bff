// SPDX-License-Identifier: Apache-2.0
// Files that are dropped anywhere on the page, or pasted.
import { h, icon, later } from './dom.js';
import { t } from './texts.js';

// `take(files)`; text is pasted as a file only where `pastes()`. Returns what
// ends it.
export function catchFiles(take, pastes) {
	const veil = h('div', { class: 'veil', hidden: true }, h('p', null, icon('file'), t('send.drop-here')));
	const has = (e) => e.dataTransfer?.types.includes('Files');
	const hide = later(150, () => { veil.hidden = true; });
	const over = (e) => {
		if (!has(e))
			return;
		e.preventDefault();
		veil.hidden = false;
		hide();
	};
	const drop = (e) => {
		if (!has(e))
			return;
		e.preventDefault();
		veil.hidden = true;
		take([...e.dataTransfer.files]);
	};
	const paste = (e) => {
		const files = [...e.clipboardData?.files || []];
		const text = e.clipboardData?.getData('text/plain');

		if (!pastes() || document.querySelector('dialog[open]') || (!files.length && e.target.closest?.('input, textarea')))
			return;
		if (files.length)
			take(files);
		else if (text?.trim())
			take([new File([text], `${t('pasted')}.txt`, { type: 'text/plain' })]);
	};

	document.body.append(veil);
	addEventListener('dragover', over);
	addEventListener('drop', drop);
	document.addEventListener('paste', paste);
	return () => {
		veil.remove();
		removeEventListener('dragover', over);
		removeEventListener('drop', drop);
		document.removeEventListener('paste', paste);
	};
}
