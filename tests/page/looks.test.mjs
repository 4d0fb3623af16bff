// SPDX-License-Identifier: Apache-2.0
// Every view in both widths, light and dark, English and Japanese; what the
// page weighs; and that both languages have the same texts.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import en from '../../web/en.js';
import ja from '../../web/ja.js';
import { Lab, until } from './lab.mjs';
import { open, visit, leave, go, accessible, shot, WIDTHS } from './browser.mjs';

const WEB = new URL('../../web/', import.meta.url);
const VIEWS = ['send', 'sent', 'inbox', 'people', 'setup/connection', 'setup/received', 'setup/users', 'setup/tokens', 'setup/settings', 'setup/audit'];
let lab;
let browser;

before(async () => {
	lab = await new Lab().start();
	browser = await open();
	await lab.ana.send('ben', await lab.document(2, 'one.pdf'));
	await lab.ben.send('ana', await lab.document(2, 'back.pdf'));
	await lab.away('away');
	await lab.ana.send('away', await lab.document(1, 'two.pdf'));
	await until(async () => (await lab.ana.json('inbox')).faxes.length, 'ana has a fax');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

for (const width of Object.keys(WIDTHS))
	for (const dark of [false, true])
		for (const language of ['en', 'ja'])
			test(`every view is accessible (${width}, ${dark ? 'dark' : 'light'}, ${language})`, async () => {
				const p = await visit(browser, lab.ana, { width, dark, language });

				for (const view of VIEWS) {
					const name = `${view.replace('/', '-')}-${width}-${dark ? 'dark' : 'light'}-${language}`;

					await go(p, view);
					await accessible(p, name);
					await shot(p, `all-${name}`);
				}
				await go(p, 'inbox');
				await p.page.locator('.fax-row a').first().click();
				await p.page.locator('.reader .paper img').first().waitFor();
				await accessible(p, `fax, ${width}`);
				await leave(p);
			});

test('empty views say what will be there', async () => {
	const office = await lab.office('emil');

	await office.online();
	await office.addUser('mika', 'send', 'read', 'administer');
	for (const width of Object.keys(WIDTHS)) {
		const p = await visit(browser, office, { width });

		for (const view of ['send', 'sent', 'inbox', 'people', 'setup/received', 'setup/tokens']) {
			await go(p, view);
			await accessible(p, `empty ${view}`);
			await shot(p, `empty-${view.replace('/', '-')}-${width}`);
		}
		await leave(p);
	}
});

test('the page weighs little, and is painted at once', async (context) => {
	const p = await visit(browser, lab.ana, { user: null });

	await p.page.locator('form.sign-in').waitFor();
	const paint = await p.page.evaluate(() => performance.getEntriesByType('paint').map((e) => `${e.name} ${Math.round(e.startTime)} ms`).join(', '));

	context.diagnostic(paint);
	await leave(p);
	const signed = await visit(browser, lab.ana);

	for (const view of VIEWS)
		await go(signed, view);
	const weight = await signed.page.evaluate(() => performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))
		.filter((e) => !e.name.includes('/api/')).reduce((sum, e) => sum + e.encodedBodySize, 0));

	context.diagnostic(`all views: ${(weight / 1024).toFixed(1)} KB`);
	assert.ok(weight < 90 * 1024, `all views together: ${weight} bytes`);
	await leave(signed);
});

test('both languages have every text, with the same blanks to fill', () => {
	const blanks = (s) => [...new Set(s.match(/\{\w+\}/g) || [])].sort().join();
	// The program says these itself, in English.
	const own = /^(reason|setting|code)\./;

	assert.deepEqual(Object.keys(en).filter((k) => !(k in ja)), []);
	assert.deepEqual(Object.keys(ja).filter((k) => !(k in en) && !own.test(k)), []);
	for (const key of Object.keys(en))
		for (const blank of blanks(ja[key]).split(',').filter(Boolean))
			assert.ok(blanks(en[key]).includes(blank), `${key}: ${blank}`);
});

test('whatever the audit log can say has words', async () => {
	const source = await readFile(new URL('../../src/office/logbook.c', import.meta.url), 'utf8');
	const list = /actions\[\] = \{([^}]*)\}/.exec(source)[1];
	const actions = [...list.matchAll(/"([a-z-]+)"/g)].map(([, word]) => word).concat('mended', 'not-written');

	assert.ok(actions.length > 30, `${actions.length} actions`);
	assert.deepEqual(actions.filter((a) => !(`audit.did-${a}` in en) || !(`audit.did-${a}` in ja)), []);
});

test('whatever the API can refuse has Japanese words', async () => {
	const page = await readFile(new URL('../../docs/api.yaml', import.meta.url), 'utf8');
	const codes = [...page.matchAll(/^ +\| \d{3} \| ([^|]*) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, word]) => word));

	assert.ok(codes.length > 25, `${codes.length} codes`);
	assert.deepEqual(codes.filter((c) => !(`code.${c}` in ja)), []);
});

test('no text of the page stands outside of en.js and ja.js, and no markup is made of text', async () => {
	for (const name of (await readdir(WEB)).filter((f) => f.endsWith('.js') && !/^(en|ja|ja-said)\.js$/.test(f))) {
		const source = await readFile(new URL(name, WEB), 'utf8');

		assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/, name);
		for (const [, key] of source.matchAll(/\bt\('([^']+)'/g))
			assert.ok(key in en, `${name} asks for the text ${key}`);
	}
});
