// SPDX-License-Identifier: Apache-2.0
// Much of everything: what takes how long is printed; asserted is that the
// page asks for and holds no more than it shows.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Lab, until } from './lab.mjs';
import { open, visit, leave, go, pick, shot } from './browser.mjs';

const FAXES = 1000;
const PAGES = 300;
const RECIPIENTS = 100;
let lab;
let browser;

// As if ana had sent this fax every hour for weeks.
async function multiply(office) {
	const inbox = join(office.home, 'inbox');
	const [name] = (await readdir(inbox)).filter((n) => n.includes('-ana-'));
	const fax = JSON.parse(await readFile(join(inbox, name, 'fax.json')));

	await office.stop();
	for (let i = 1; i < FAXES; i++) {
		const job = i.toString(16).padStart(32, '0');
		const at = new Date(fax.received_ms - i * 3600000);
		const folder = join(inbox, `${at.toISOString().replace(/[-:]/g, '')}-ana-${job}`);

		await cp(join(inbox, name), folder, { recursive: true });
		await writeFile(join(folder, 'fax.json'), JSON.stringify({ ...fax, job, received_ms: at.getTime(), title: `Fax ${i}` }));
	}
	office.start();
	await office.online();
}

async function timed(context, what, f) {
	const begin = performance.now();

	await f();
	context.diagnostic(`${what}: ${Math.round(performance.now() - begin)} ms`);
}

before(async () => {
	lab = await new Lab().start();
	browser = await open();
	await lab.ana.send('ben', await lab.document(1, 'one.pdf'));
	await until(async () => (await lab.ben.json('inbox')).faxes.length, 'ben has a fax');
	await multiply(lab.ben);
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

for (const width of ['desktop', 'phone'])
	test(`${FAXES} faxes: a part is shown at once, the rest as one scrolls (${width})`, async (context) => {
		const p = await visit(browser, lab.ben, { width });
		const rows = p.page.locator('.fax-row');
		let asked = 0;

		p.page.on('request', (r) => { asked += /\/pages\/1\.png/.test(r.url()) ? 1 : 0; });
		await timed(context, 'the first faxes', async () => {
			await go(p, 'inbox');
			await rows.first().waitFor();
		});
		assert.ok(await rows.count() <= 120, `${await rows.count()} rows at first`);
		await timed(context, 'to the last', () => until(async () => {
			await rows.last().scrollIntoViewIfNeeded();
			return await rows.count() === FAXES;
		}, 'all are there', 120000));
		assert.ok(asked < FAXES, `${asked} thumbnails asked for: not those that were only passed`);
		await timed(context, 'a search', async () => {
			await p.page.locator('input[type=search]').fill('Fax 999');
			await p.page.waitForFunction(() => document.querySelectorAll('.fax-row').length === 1);
		});
		await timed(context, 'and back', async () => {
			await p.page.locator('input[type=search]').fill('');
			await p.page.waitForFunction(() => document.querySelectorAll('.fax-row').length > 50);
		});
		await timed(context, 'open one', async () => {
			await rows.nth(3).locator('a').click();
			await p.page.locator('.reader .paper img').first().waitFor();
		});
		await leave(p);
	});

test(`a document of ${PAGES} pages is put together, sent, and leafed through`, async (context) => {
	const p = await visit(browser, lab.ana);
	let asked = 0;

	p.page.setDefaultTimeout(240000);
	p.page.on('request', (r) => { asked += /\/pages\/\d+\.png/.test(r.url()) ? 1 : 0; });
	await p.page.setInputFiles('#files', await lab.document(PAGES, 'book.pdf'));
	await p.page.locator('.sheets > li').nth(PAGES - 1).waitFor();
	await timed(context, 'a page moved', async () => {
		await p.page.locator('.sheets .leafage').first().focus();
		await p.page.keyboard.press('Alt+ArrowRight');
		await p.page.waitForFunction(() => document.querySelector('#polite').textContent.includes('2'));
	});
	assert.ok(asked < PAGES / 2, `${asked} pages asked for: not those out of sight`);
	await pick(p, 'ben');
	await p.page.locator('.compose-form [type=submit]').click();
	await p.page.locator('.going progress').waitFor();
	await shot(p, 'many-pages');
	await p.page.locator('.going .badge.good').waitFor();
	const q = await visit(browser, lab.ben);

	await go(q, 'inbox');
	await q.page.locator('.fax-row', { hasText: q.t('pages', { n: PAGES }) }).locator('a').click();
	await q.page.locator('.reader .page-number').fill(String(PAGES));
	await timed(context, 'the last page', async () => {
		await q.page.keyboard.press('Enter');
		await q.page.waitForFunction((n) => {
			const img = document.querySelector(`.sheet-big[data-n="${n}"] img`);

			return img.complete && img.naturalWidth > 0 && img.getBoundingClientRect().top < innerHeight;
		}, PAGES);
	});
	await leave(q);
	await leave(p);
});

test(`${RECIPIENTS} recipients: one row, its totals, and each one when it is opened`, async (context) => {
	const names = await lab.away(...Array.from({ length: RECIPIENTS - 1 }, (_, i) => `member-${i}`));
	const p = await visit(browser, lab.ana);

	await p.page.setInputFiles('#files', await lab.document(1, 'news.pdf'));
	await p.page.locator('.sheets > li').waitFor();
	await p.page.locator('[role=combobox]').evaluate((input, text) => {
		const data = new DataTransfer();

		data.setData('text', text);
		input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
	}, ['ben', ...names].join(', '));
	await timed(context, 'handed in', async () => {
		await p.page.locator('.compose-form [type=submit]').click();
		await p.page.locator('.going', { hasText: p.t('batch', { n: RECIPIENTS }) }).waitFor();
	});
	await go(p, 'sent');
	const head = p.page.locator('.job-row.batch').first();

	await head.locator('.badge.good').waitFor();
	await timed(context, 'opened', async () => {
		await head.locator('[data-mark=open]').click();
		await p.page.locator('.job-row.inner').nth(50).waitFor();
	});
	await leave(p);
});
