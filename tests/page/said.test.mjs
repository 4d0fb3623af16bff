// SPDX-License-Identifier: Apache-2.0
// The program's own sentences, in Japanese: all of them, and none that it does
// not say.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import table from '../../web/ja-said.js';
import { patterns, translate } from '../../web/texts.js';

const SRC = new URL('../../src/', import.meta.url);
// Where the sentences come from that users of the page get to see.
const SOURCES = [
	'terminal/prepare.c', 'terminal/kind.c', 'terminal/workshop.c', 'terminal/assemble.c', 'terminal/render.c', 'terminal/online.c', 'terminal/link.c',
	'terminal/call.c', 'terminal/intake.c', 'fax/outcome.c', 'fax/document.c', 'fax/pwg.c', 'fax/picture.c', 'io/dial.c', 'io/smtp.c', 'office/deliver.c',
	'office/errand.c', 'office/porter.c', 'office/ruleset.c', 'office/scan.c', 'store/filing.c', 'store/contacts.c', 'wire/address.c',
];
// What is no sentence, or no user's of the page.
const OTHER = [
	/^(id|conn|rule|call|job|event|level|what)=/, /^(From|Reply-To|Page|FAXWIRE)/, /^Fax from /, /premature end|Incorrect password|Wrong page range|size: /,
	/faxwire contacts list|for faxwire-terminal alone/, /^Out of memory\.?$/, /^Given up\.$|^faxwire $/, /^The fax \{\}\.$/,
];

// Texts in a C source as they are said; each blank is {}.
function texts(source) {
	const bare = source.replace(/\/\*.*?\*\//gs, '').replace(/^#.*$/gm, '');
	const pieces = /"(?:[^"\\]|\\.)*"(?:\s*(?:PRI\w+\s*)?"(?:[^"\\]|\\.)*")*/g;

	return [...bare.matchAll(pieces)].map(([whole]) => whole.replace(/"\s*(PRI\w+)?\s*"/g, (_, p) => p ? 'd' : '').replace(/^"|"$/g, '')
		.replace(/\\"/g, '"').replace(/%[.\d]*(?:l|ll|z)?[sdui]|%$/g, '{}').replace(/%%/g, '%'));
}

async function sources(folder = SRC) {
	const found = await readdir(folder, { withFileTypes: true });

	return (await Promise.all(found.map((f) => f.isDirectory() ? sources(new URL(`${f.name}/`, folder)) : /\.[ch]$/.test(f.name) ? [new URL(f.name, folder)] : []))).flat();
}

// Those of the C library.
const SYSTEM = /^(Connection (refused|timed out|reset by peer)|No route to host|Network is unreachable|No space left on device|Permission denied|No such file or directory|Not a directory|Read-only file system|Input\/output error)$/;

test('every sentence that stands in Japanese is one that the program says', async () => {
	const files = (await Promise.all((await sources()).map((f) => readFile(f, 'utf8')))).flatMap(texts);
	const all = new Set(files.flatMap((s) => [s, s.replace(/^\{\} ?/, ''), s.replace(/\\n$/, '')]));
	const known = (key) => SYSTEM.test(key) || all.has(key) || all.has(key.replace(/^\{\} ?/, ''));

	assert.deepEqual(Object.keys(table).filter((key) => !known(key)), []);
});

test('every sentence that users of the page get to see stands in Japanese', async () => {
	const keys = new Set(Object.keys(table));
	const lacking = [];

	for (const name of SOURCES)
		for (const s of texts(await readFile(new URL(name, SRC), 'utf8')))
			if (/[a-z]{2} /.test(s) && !OTHER.some((o) => o.test(s)) && !keys.has(s) && !keys.has(`{} ${s}`))
				lacking.push(`${name}: ${s}`);
	assert.deepEqual(lacking, []);
});

test('what was filled in stays, and is put into Japanese where it is a sentence', () => {
	const all = patterns(table);
	const expect = (sentence, ours) => assert.equal(translate(all, sentence), ours);

	expect('letter 1. final.pdf is empty; choose another file.', 'letter 1. final.pdf は空です。別のファイルを選んでください。');
	expect('Cannot connect to relay.example, port 4380: Connection refused.', 'relay.example（ポート 4380） に接続できません：接続が拒否されました。');
	expect('Cannot connect to relay.example: the proxy p.example, port 3128: it cannot reach the relay\'s host (HTTP status 502).', 'relay.example に接続できません：プロキシ p.example（ポート 3128）：リレーのホストに届きません（HTTP 状態 502）。');
	expect('The mail server mail.example, port 25 said no: 550 No such user.', 'メールサーバー mail.example（ポート 25） に拒否されました：550 No such user');
	expect('The rule "to file": seconds: it is a number, 1 to 3600.', 'ルール「to file」：seconds：1～3600の数です。');
	expect('Cannot write /srv/fax: Permission denied.', '/srv/fax に書き込めません：権限がありません。');
	expect('Exit 3. paper jam', '終了コード 3。paper jam');
	expect('Nobody says this.', '');
});

test('each blank of a sentence is filled, and no other', () => {
	for (const [sentence, ours] of Object.entries(table)) {
		const blanks = sentence.split('{}').length - 1;

		for (const [, n] of ours.matchAll(/\{(\d)\}/g))
			assert.ok(n >= 1 && n <= blanks, sentence);
		assert.doesNotMatch(ours, /\{\}/, sentence);
	}
});
