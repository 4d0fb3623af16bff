// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Lab, until } from './lab.mjs';
import { open, visit, leave, go, pick, accessible, shot } from './browser.mjs';

let lab;
let browser;

async function receive(pages, name) {
	const had = (await lab.ben.json('inbox')).faxes.length;

	await lab.ana.send('ben', await lab.document(pages, name));
	await until(async () => (await lab.ben.json('inbox')).faxes.length > had, `ben has ${name}`);
}

before(async () => {
	lab = await new Lab().start();
	browser = await open();
	await receive(3, 'findings.pdf');
	await receive(1, 'note.pdf');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

const rows = (p) => p.page.locator('.fax-row');

for (const width of ['desktop', 'phone']) {
	test(`a fax is opened, leafed through by keys, and is read then (${width})`, async () => {
		const p = await visit(browser, lab.ben, { width });

		await go(p, 'inbox');
		await rows(p).first().waitFor();
		await accessible(p, `inbox, ${width}`);
		await shot(p, `inbox-${width}`);
		const fax = rows(p).filter({ hasText: p.t('pages', { n: 3 }) }).first();

		await fax.locator('a').click();
		await p.page.locator('.reader .paper img').first().waitFor();
		await p.page.waitForFunction(() => document.activeElement.matches('.reader h2'), null, { timeout: 3000 });
		await p.page.keyboard.press('ArrowRight');
		await p.page.waitForFunction(() => document.querySelector('.page-number').value === '2');
		await p.page.keyboard.press('+');
		await p.page.keyboard.press('r');
		await p.page.locator('.reader .paper.turned-90').first().waitFor();
		await p.page.keyboard.press('r');
		await p.page.keyboard.press('r');
		await p.page.keyboard.press('r');
		await p.page.keyboard.press('0');
		await accessible(p, `a fax, ${width}`);
		await shot(p, `fax-${width}`);
		await p.page.waitForFunction(() => !document.querySelector('.fax-row [aria-current]') || !document.querySelector('.fax-row.unread [aria-current]'));
		await p.page.getByRole('button', { name: p.t('inbox.mark-unread') }).click();
		await p.page.waitForFunction(() => location.hash === '#inbox');
		await p.page.locator('.fax-row.unread').first().waitFor();
		await leave(p);
	});

	test(`a fax is deleted, brought back by the toast, and from the trash (${width})`, async () => {
		const p = await visit(browser, lab.ben, { width });

		await go(p, 'inbox');
		await rows(p).first().waitFor();
		const count = await rows(p).count();

		await rows(p).first().locator('a').click();
		await p.page.locator('.reader').waitFor();
		await p.page.getByRole('button', { name: p.t('delete'), exact: true }).click();
		await p.page.waitForFunction((n) => document.querySelectorAll('.fax-row').length === n - 1, count);
		const undo = p.page.locator('.toast .btn');

		await undo.focus();
		await p.page.keyboard.press('Enter');
		await p.page.waitForFunction((n) => document.querySelectorAll('.fax-row').length === n, count);
		await p.page.getByRole('button', { name: p.t('delete'), exact: true }).click();
		await p.page.waitForFunction((n) => document.querySelectorAll('.fax-row').length === n - 1, count);
		await go(p, 'inbox');
		await p.page.getByRole('button', { name: p.t('inbox.trash'), exact: true }).click();
		await p.page.waitForFunction(() => document.querySelectorAll('.fax-row').length === 1);
		await accessible(p, `trash, ${width}`);
		await rows(p).first().locator('a').click();
		await p.page.getByRole('button', { name: p.t('restore') }).click();
		await p.page.locator('.empty', { hasText: p.t('inbox.trash-empty') }).waitFor();
		await p.page.getByRole('button', { name: p.t('inbox.trash'), exact: true }).click();
		await p.page.waitForFunction((n) => document.querySelectorAll('.fax-row').length === n, count);
		await leave(p);
	});
}

test('a fax that comes appears by itself and is told of', async () => {
	const p = await visit(browser, lab.ben);

	await go(p, 'inbox');
	await rows(p).first().waitFor();
	const count = await rows(p).count();

	await receive(1, 'surprise.pdf');
	await p.page.waitForFunction((n) => document.querySelectorAll('.fax-row').length === n, count + 1);
	await p.page.locator('.toast', { hasText: 'ana' }).waitFor();
	assert.match(await p.page.locator('#polite').textContent(), /ana/);
	assert.match(await p.page.title(), /^\(\d+\)/);
	await leave(p);
});

test('the search finds by sender and by date', async () => {
	const p = await visit(browser, lab.ben);

	await go(p, 'inbox');
	await rows(p).first().waitFor();
	await p.page.locator('input[type=search]').fill('nobody');
	await p.page.locator('.empty', { hasText: p.t('inbox.nothing-found') }).waitFor();
	await accessible(p, 'nothing found');
	await p.page.locator('input[type=search]').fill('ana');
	await rows(p).first().waitFor();
	await p.page.locator('.filters summary').click();
	await p.page.getByLabel(p.t('inbox.until')).fill('2020-01-01');
	await p.page.locator('.empty', { hasText: p.t('inbox.nothing-found') }).waitFor();
	await p.page.getByLabel(p.t('inbox.until')).fill('');
	await rows(p).first().waitFor();
	await accessible(p, 'the search');
	await leave(p);
});

test('PDF and TIFF are downloaded, and every page is printed', async () => {
	const p = await visit(browser, lab.ben);

	await go(p, 'inbox');
	await rows(p).filter({ hasText: p.t('pages', { n: 3 }) }).first().locator('a').click();
	for (const [name, magic] of [['PDF', '%PDF'], ['TIFF', 'II*']]) {
		const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.locator('.reader').getByRole('link', { name }).click()]);
		const stream = await file.createReadStream();
		const first = await new Promise((done) => stream.once('data', done));

		assert.equal(first.subarray(0, magic.length).toString('latin1'), magic);
	}
	await p.page.evaluate(() => {
		window.print = () => {
			window.printed = [...document.querySelectorAll('#paper img')].map((i) => i.naturalWidth);
		};
	});
	await p.page.locator('.reader').getByRole('button', { name: p.t('print') }).click();
	await p.page.waitForFunction(() => window.printed);
	const widths = await p.page.evaluate(() => window.printed);

	assert.equal(widths.length, 3);
	assert.ok(widths.every((w) => w >= 1700), `whole pages: ${widths}`);
	await until(async () => {
		const answer = await p.context.request.get(`${lab.ben.url}/api/v1/audit?limit=10`);

		return (await answer.json()).entries.some((e) => e.action === 'printed' && e.user === 'mika');
	}, 'the audit log says that it was printed');
	await leave(p);
});

test('a fax is forwarded by fax', async () => {
	const p = await visit(browser, lab.ben);
	const had = (await lab.ana.json('inbox')).faxes.length;

	await go(p, 'inbox');
	await rows(p).filter({ hasText: p.t('pages', { n: 3 }) }).first().locator('a').click();
	await p.page.getByRole('button', { name: p.t('inbox.forward') }).click();
	await pick(p, 'ana', 'dialog');
	await accessible(p, 'forwarding');
	await shot(p, 'forward-desktop');
	await p.page.locator('dialog [type=submit]').click();
	const fax = await until(async () => {
		const { faxes } = await lab.ana.json('inbox');

		return faxes.length > had && faxes;
	}, 'ana has it');

	assert.ok(fax.some((f) => f.pages === 3));
	await leave(p);
});
