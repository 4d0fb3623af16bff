// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Lab, until } from './lab.mjs';
import { open, visit, leave, go, pick, accessible, shot } from './browser.mjs';

let lab;
let browser;

before(async () => {
	lab = await new Lab().start();
	browser = await open();
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

const sheets = (p) => p.page.locator('.sheets > li');
const source = (p, n) => sheets(p).nth(n).locator('img').getAttribute('data-src');

async function choose(p, ...paths) {
	const had = await sheets(p).count();

	await p.page.setInputFiles('#files', paths);
	return had;
}

for (const width of ['desktop', 'phone']) {
	test(`a document is sent and watched until it is delivered (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width });
		const before = (await lab.ben.json('inbox')).faxes.length;

		await choose(p, await lab.document(3, `three-${width}.pdf`));
		await sheets(p).nth(2).waitFor();
		await pick(p, 'ben');
		await accessible(p, `send, ${width}`);
		await shot(p, `send-${width}`);
		assert.match(await p.page.locator('.compose-form [type=submit]').textContent(), /3 pages/);
		await p.page.locator('.compose-form [type=submit]').click();
		await p.page.locator('.going').first().waitFor();
		await shot(p, `going-${width}`);
		await p.page.locator('.going .badge.good').waitFor();
		assert.match(await p.page.locator('.going').first().textContent(), new RegExp(p.t('job.delivered', { n: 3, time: '' }).slice(0, 10)));
		const faxes = await until(async () => {
			const { faxes: all } = await lab.ben.json('inbox');

			return all.length > before && all;
		}, 'ben has it');
		assert.equal(Math.max(...faxes.map((f) => f.pages)), 3);
		assert.equal(await sheets(p).count(), 0, 'the draft is empty again');
		await accessible(p, `going, ${width}`);
		await leave(p);
	});

	test(`pages are moved by keys and buttons, removed, and brought back (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width });

		await choose(p, await lab.document(4, `four-${width}.pdf`));
		await sheets(p).nth(3).waitFor();
		const first = await source(p, 0);

		await sheets(p).nth(0).locator('.leafage').focus();
		await p.page.keyboard.press('Alt+ArrowRight');
		assert.equal(await source(p, 1), first);
		assert.match(await p.page.locator('#polite').textContent(), /2/);
		await sheets(p).nth(1).locator('[data-mark=later]').click();
		assert.equal(await source(p, 2), first);
		assert.equal(await p.page.evaluate(() => document.activeElement.dataset.mark), 'later', 'the focus stays');
		await sheets(p).nth(2).locator('[data-mark=remove]').click();
		assert.equal(await sheets(p).count(), 3);
		await p.page.getByRole('button', { name: p.t('undo'), exact: true }).first().click();
		assert.equal(await sheets(p).count(), 4);
		assert.equal(await source(p, 2), first);
		await p.page.reload();
		await sheets(p).nth(3).waitFor();
		assert.equal(await source(p, 2), first, 'a reload loses nothing');
		await leave(p);
	});

	test(`a page is looked at large, as the far end will get it (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width });

		await choose(p, await lab.document(2, `two-${width}.pdf`));
		await sheets(p).nth(1).waitFor();
		await sheets(p).nth(0).locator('.leafage').click();
		await p.page.waitForSelector('dialog.big .paper img');
		await accessible(p, `zoom, ${width}`);
		await shot(p, `zoom-${width}`);
		await p.page.keyboard.press('ArrowRight');
		assert.equal(await p.page.locator('dialog .page-number').inputValue(), '2');
		await p.page.keyboard.press('r');
		await p.page.locator('dialog .paper.turned-90').first().waitFor();
		await p.page.keyboard.press('Escape');
		await p.page.waitForFunction(() => !document.querySelector('dialog'));
		assert.equal(await p.page.evaluate(() => document.activeElement.className), 'leafage', 'the focus comes back');
		await leave(p);
	});

	test(`what is missing is said, and the focus goes there (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width });

		await p.page.locator('.compose-form [type=submit]').click();
		assert.equal(await p.page.locator('.compose-form > .wrong').textContent(), p.t('send.no-pages'));
		await choose(p, await lab.document(1, `one-${width}.pdf`));
		await sheets(p).nth(0).waitFor();
		await p.page.locator('.compose-form [type=submit]').click();
		assert.equal(await p.page.locator('.recipients .wrong').textContent(), p.t('to.none'));
		assert.equal(await p.page.evaluate(() => document.activeElement.getAttribute('role')), 'combobox');
		await pick(p, 'no such ID!');
		assert.equal(await p.page.locator('[role=combobox]').getAttribute('aria-invalid'), 'true');
		await accessible(p, `faults, ${width}`);
		await leave(p);
	});
}

test('several documents, one of which is refused with its sentence', async () => {
	const p = await visit(browser, lab.ana);

	await p.page.setInputFiles('#files', [
		{ name: 'hello.txt', mimeType: 'text/plain', buffer: Buffer.from('Hello, this is a fax.\n') },
		{ name: 'broken.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7 and then nothing') },
		{ name: 'second.txt', mimeType: 'text/plain', buffer: Buffer.from('And another.\n') },
	]);
	await sheets(p).nth(1).waitFor();
	await p.page.locator('.upload.wrong').waitFor();
	assert.match(await p.page.locator('.upload.wrong').textContent(), /broken\.pdf/);
	await accessible(p, 'a refused document');
	await shot(p, 'refused-desktop');
	await leave(p);
});

test('files are dropped on any view, and text is pasted', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'people');
	await p.page.evaluate(() => {
		const data = new DataTransfer();

		data.items.add(new File(['Dropped here.\n'], 'dropped.txt', { type: 'text/plain' }));
		window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
	});
	await sheets(p).nth(0).waitFor();
	await p.page.evaluate(() => {
		const data = new DataTransfer();

		data.setData('text/plain', 'Pasted here.\n');
		document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
	});
	await sheets(p).nth(1).waitFor();
	await leave(p);
});

test('the mouse drags a page to another place', async () => {
	const p = await visit(browser, lab.ana);

	await choose(p, await lab.document(3, 'drag.pdf'));
	await sheets(p).nth(2).waitFor();
	const first = await source(p, 0);

	await sheets(p).nth(0).dragTo(sheets(p).nth(2), { targetPosition: { x: 140, y: 60 } });
	assert.equal(await source(p, 2), first);
	await leave(p);
});

test('a resolution is chosen, and the pages are made anew', async () => {
	const p = await visit(browser, lab.ana);

	await choose(p, await lab.document(1, 'resolution.pdf'));
	await sheets(p).nth(0).waitFor();
	const before = await source(p, 0);

	await p.page.selectOption('#resolution', 'standard');
	await p.page.waitForFunction((s) => {
		const img = document.querySelector('.sheets img');

		return img.dataset.src !== s && img.hasAttribute('src') && img.complete;
	}, before);
	const shape = await p.page.evaluate(async () => {
		const img = document.querySelector('.sheets img');

		await img.decode();
		return img.naturalHeight / img.naturalWidth;
	});

	assert.ok(shape > 1.2 && shape < 1.6, `a page keeps its shape: ${shape}`);
	await leave(p);
});

for (const width of ['desktop', 'phone'])
	test(`what was printed asks to whom it goes (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width });

		await lab.ana.print(await lab.document(2, 'printed.pdf'), `Letter of ${width}`);
		const row = p.page.locator('.printed li', { hasText: `Letter of ${width}` });

		await row.waitFor();
		await p.page.locator('.nav a[data-view=send] .count:not([hidden])').waitFor();
		await accessible(p, `printed, ${width}`);
		await shot(p, `printed-${width}`);
		await row.getByRole('button', { name: p.t('printed.address') }).click();
		await sheets(p).nth(1).waitFor();
		assert.equal(await p.page.evaluate(() => document.activeElement.getAttribute('role')), 'combobox', 'the recipient is next');
		await row.waitFor({ state: 'detached' }).catch(() => row.waitFor({ state: 'hidden' }));
		await pick(p, 'ben');
		await p.page.locator('.compose-form [type=submit]').click();
		await p.page.locator('.going .badge.good').waitFor();
		await leave(p);
	});

test('a cover page with a message goes to two recipients, of whom one is a group', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'people');
	await p.page.getByRole('button', { name: p.t('people.add') }).click();
	await p.page.locator('dialog input').first().fill('Everybody');
	await pick(p, 'ben', 'dialog');
	await pick(p, 'nobody-there', 'dialog');
	await p.page.locator('dialog [type=submit]').click();
	await p.page.locator('.person', { hasText: 'Everybody' }).waitFor();
	await go(p, 'send');
	await p.page.getByLabel(p.t('cover.add')).check();
	await p.page.getByLabel(p.t('cover.subject')).fill('Greetings');
	await p.page.getByLabel(p.t('cover.text'), { exact: true }).fill('With our compliments.');
	await pick(p, 'everybody');
	await p.page.locator('.chip.group').waitFor();
	await p.page.locator('.sheet.cover img').waitFor();
	await accessible(p, 'cover');
	await shot(p, 'cover-desktop');
	await p.page.locator('.compose-form [type=submit]').click();
	await p.page.locator('.going').nth(1).waitFor();
	await p.page.locator('.going .badge.good').waitFor();
	await leave(p);
});

test('a fax for later waits, is held, released, made urgent, and cancelled', async () => {
	const p = await visit(browser, lab.ana);

	await choose(p, await lab.document(1, 'later.pdf'));
	await sheets(p).nth(0).waitFor();
	await pick(p, 'ben');
	await p.page.locator('.more > summary').click();
	await p.page.getByLabel(p.t('send.at-time')).check();
	const tomorrow = new Date(Date.now() + 86400000).toISOString().slice(0, 10);

	await p.page.getByLabel(p.t('send.at'), { exact: true }).fill(`${tomorrow}T08:30`);
	await p.page.getByLabel(p.t('send.note')).fill('Not before the morning');
	await p.page.locator('.compose-form [type=submit]').click();
	await p.page.locator('.going .badge.wait').waitFor();
	await go(p, 'sent');
	const row = p.page.locator('.job-row').first();

	await row.locator('[data-mark=hold]').click();
	await row.locator('.badge', { hasText: p.t('state.held') }).waitFor();
	assert.equal(await p.page.evaluate(() => document.activeElement.dataset.mark), 'hold', 'the focus stays');
	await row.locator('[data-mark=open]').click();
	await p.page.locator('dialog [data-mark=hold]').click();
	await p.page.locator('dialog .badge', { hasText: p.t('state.queued') }).waitFor();
	await p.page.locator('dialog [data-mark=sooner]').click();
	await p.page.locator('dialog dd', { hasText: p.t('priority.high') }).waitFor();
	await accessible(p, 'details of a job');
	await shot(p, 'job-desktop');
	await p.page.locator('dialog [data-mark=cancel]').click();
	await p.page.locator('dialog .badge', { hasText: p.t('state.cancelled') }).waitFor();
	await leave(p);
});
