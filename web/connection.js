// SPDX-License-Identifier: Apache-2.0
// How this terminal is connected, in words; and joining: by a URL, or by the
// picture of its QR code.
import { h, icon, button, field, dialog, badge, toast, announce } from './dom.js';
import { t, said, span } from './texts.js';
import { post } from './api.js';
import { state, on, tell } from './live.js';

// "Logged in at north with 2 connections. The path keeps 4 min idle."
function words(s) {
	if (!s.joined)
		return t('line.unjoined.long');
	if (!s.online)
		return `${t('connection.offline', { relay: s.relay || '' })} ${said(s.trouble)}`;
	return [t('connection.online', { id: s.id, relay: s.relay }), t('connection.connections', { n: s.connections }),
		s.keepalive_ms ? t('connection.idle', { time: span(s.keepalive_ms) }) : ''].join(' ');
}

function facts(s) {
	const rows = [['connection.id', s.id], ['connection.relay', s.relay && `${s.relay}${s.port ? `:${s.port}` : ''}`],
		['connection.others', (s.others || []).map((o) => typeof o === 'string' ? o.split('#')[0] : JSON.stringify(o)).join(t('comma'))],
		['connection.proxy', s.proxy || t('none')], ['connection.open', t('connection.open-now', { n: s.connections, idle: s.idle })],
		['connection.calls', String(s.calls)], ['connection.spares', String(s.spares)], ['connection.version', s.version]];

	return h('dl', { class: 'facts' }, rows.filter(([, v]) => v).map(([k, v]) => h('div', null, h('dt', null, t(k)), h('dd', null, v))));
}

// A camera's photo is far larger than a QR code needs.
async function shrink(blob) {
	try {
		const image = await createImageBitmap(blob);
		const scale = Math.min(1, 1600 / Math.max(image.width, image.height));
		const canvas = h('canvas', { width: String(Math.round(image.width * scale)), height: String(Math.round(image.height * scale)) });

		canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height);
		return await new Promise((done) => canvas.toBlob(done, 'image/png'));
	} catch {
		return blob;
	}
}

const scan = async (blob) => (await post('join/scan', await shrink(blob))).url;

// Looks through the camera until a code is seen. Resolves to the URL, or null.
function look() {
	let stream = null;
	let ended = false;
	const video = h('video', { autoplay: true, playsinline: true, muted: true, 'aria-label': t('scan.camera') });
	const say = h('p', { role: 'status' }, t('scan.starting'));

	async function run(close) {
		try {
			stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } } });
		} catch {
			say.textContent = t('scan.no-camera');
			return;
		}
		video.srcObject = stream;
		say.textContent = t('scan.hold');
		while (!ended) {
			await new Promise((done) => setTimeout(done, 600));
			if (ended || !video.videoWidth)
				continue;
			const canvas = h('canvas', { width: String(video.videoWidth), height: String(video.videoHeight) });

			canvas.getContext('2d').drawImage(video, 0, 0);
			const frame = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));

			try {
				const { url } = await post('join/scan', frame);

				close(url);
				return;
			} catch (error) {
				if (error.status !== 422)
					say.textContent = error.message;
			}
		}
	}

	return dialog(t('scan.title'), (close) => {
		run(close);
		return [say, video, h('div', { class: 'dialog-feet' }, button(t('cancel'), () => close()))];
	}).finally(() => {
		ended = true;
		stream?.getTracks().forEach((track) => track.stop());
	});
}

function joining() {
	const url = h('input', { type: 'text', inputmode: 'url', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', placeholder: 'faxwire://…', required: true });
	const wrong = h('p', { class: 'wrong', role: 'alert' });
	const go = h('button', { type: 'submit', class: 'btn primary' }, icon('line'), h('span', null, t('join.go')));
	const found = (text) => {
		url.value = text;
		wrong.textContent = '';
		announce(t('scan.found'));
		go.focus();
	};
	const photo = h('input', {
		type: 'file', accept: 'image/*', capture: 'environment', class: 'unseen', tabindex: '-1', 'aria-hidden': 'true', id: 'photo', onchange: async () => {
			wrong.textContent = '';
			try {
				found(await scan(photo.files[0]));
			} catch (error) {
				wrong.textContent = error.message;
			}
			photo.value = '';
		},
	});
	const live = navigator.mediaDevices && matchMedia('(pointer: fine)').matches;

	return h('form', {
		class: 'card stack', 'aria-labelledby': 'join', onsubmit: async (e) => {
			e.preventDefault();
			wrong.textContent = '';
			go.disabled = true;
			try {
				state.status = await post('join', { url: url.value.trim() });
				url.value = '';
				tell('status', state.status);
				toast(t('join.done'));
			} catch (error) {
				wrong.textContent = error.message;
				url.focus();
			}
			go.disabled = false;
		},
	}, h('h3', { id: 'join' }, t(state.status?.joined ? 'join.again' : 'join.title')), h('p', { class: 'muted' }, t('join.long')),
	field(t('join.url'), url, { hint: t('join.hint') }), photo, wrong,
	h('div', { class: 'actions' }, go, button(t('scan.photo'), () => photo.click(), { image: 'camera' }),
		live && button(t('scan.live'), async () => {
			const text = await look();

			if (text)
				found(text);
		}, { image: 'camera' })));
}

export async function connection(place) {
	const head = h('div', { class: 'card stack' });
	const join = h('div');
	let joined;
	const draw = () => {
		const s = state.status;

		if (!s)
			return;
		head.replaceChildren(
			h('div', { class: 'job-head' }, badge(s.online ? 'good' : s.joined ? 'wait' : 'bad', t(s.online ? 'connection.good' : s.joined ? 'connection.trying' : 'connection.none'), s.online ? 'check' : 'alert')),
			h('p', { class: 'lead', role: 'status' }, words(s)), s.joined && facts(s) || '');
		if (joined !== s.joined)
			join.replaceChildren(joining());
		joined = s.joined;
	};

	draw();
	place.replaceChildren(head, join);
	return on('status all', draw);
}
