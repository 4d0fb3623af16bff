// SPDX-License-Identifier: Apache-2.0
// Requests to the terminal. An error is an Error with `status`, `code` and a
// sentence for people; whoever is not signed in is told by `unsigned`.
import { t, tOr, tSaid, language } from './texts.js';

const BASE = '/api/v1';
const DETAILED = new Set(['bad', 'limit', 'unsupported', 'recipient', 'exists', 'denied', 'system', 'internal', 'name', 'user']);
let onUnsigned = () => {};
export const whenUnsigned = (f) => { onUnsigned = f; };

export const path = (...parts) => BASE + parts.map((p) => '/' + encodeURIComponent(p)).join('');

function failure(status, body, quiet) {
	const code = body?.code || String(status);
	const said = body?.error;
	const known = language !== 'en' && tOr(`code.${code}`, tOr(`status.${status}`, ''));
	// What is wrong with what was asked the program's own sentence says best.
	const both = tSaid(said) || (known && said && DETAILED.has(code) ? t('error.both', { known, said }) : known);
	const error = new Error(both || said || tOr(`status.${status}`, t('error.other', { status })));

	error.said = said || '';

	error.status = status;
	error.code = code;
	if (status === 401 && !quiet) {
		error.code = 'unsigned';
		onUnsigned();
	}
	return error;
}

function unreachable() {
	const error = new Error(t('error.unreachable'));

	error.status = 0;
	error.code = 'unreachable';
	return error;
}

async function call(method, where, body, { quiet = false, signal } = {}) {
	const headers = {};
	let response;

	if (method !== 'GET')
		headers['X-Faxwire'] = '1';
	if (body !== undefined && !(body instanceof Blob)) {
		headers['Content-Type'] = 'application/json';
		body = JSON.stringify(body);
	}
	try {
		response = await fetch(where.startsWith('/') ? where : `${BASE}/${where}`, {
			method, headers, body, signal, credentials: 'same-origin', cache: 'no-store',
		});
	} catch (e) {
		throw e.name === 'AbortError' ? e : unreachable();
	}
	const text = await response.text().catch(() => '');
	let value = null;

	try {
		value = text ? JSON.parse(text) : null;
	} catch { /* not ours: a proxy's page, say */ }
	if (!response.ok)
		throw failure(response.status, value, quiet);
	return value;
}

export const get = (where, o) => call('GET', where, undefined, o);
export const post = (where, body, o) => call('POST', where, body, o);
export const put = (where, body) => call('PUT', where, body);
export const patch = (where, body) => call('PATCH', where, body);
export const remove = (where) => call('DELETE', where);

export function query(values) {
	const q = new URLSearchParams();

	for (const [key, value] of Object.entries(values))
		if (value !== '' && value !== null && value !== undefined && value !== false)
			q.set(key, value === true ? '1' : value);
	const text = q.toString();

	return text ? `?${text}` : '';
}

// fetch() tells no progress of what goes up; XMLHttpRequest does.
export function upload(where, file, onprogress) {
	const request = new XMLHttpRequest();
	const done = new Promise((resolve, reject) => {
		request.open('POST', `${BASE}/${where}`);
		request.setRequestHeader('X-Faxwire', '1');
		request.setRequestHeader('Content-Type', file.type || 'application/octet-stream');
		request.upload.onprogress = (e) => e.lengthComputable && onprogress(e.loaded / e.total);
		request.onload = () => {
			let value = null;

			try {
				value = JSON.parse(request.responseText);
			} catch { /* as above */ }
			if (request.status >= 200 && request.status < 300)
				resolve(value);
			else
				reject(failure(request.status, value));
		};
		request.onerror = () => reject(unreachable());
		request.onabort = () => reject(Object.assign(new Error(''), { code: 'aborted' }));
		request.send(file);
	});

	return { done, abort: () => request.abort() };
}
