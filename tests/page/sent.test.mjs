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
	const letter = await lab.document(2, 'order.pdf');

	await lab.ana.send('ben', letter);
	await lab.away('away', 'other-desktop', 'other-phone');
	await lab.ana.send('away', letter);
	await until(async () => (await lab.ana.json('jobs')).jobs.some((j) => j.state === 'delivered'), 'one is delivered');
});
after(async () => {
	await browser?.close();
	await lab?.stop();
});

const row = (p, word) => p.page.locator('.job-row', { hasText: word });

for (const width of ['desktop', 'phone']) {
	test(`states are said in words, and found by text and by state (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width });

		await go(p, 'sent');
		await row(p, 'ben').locator('.badge.good').first().waitFor();
		assert.match(await row(p, 'away').first().textContent(), /[a-z] .*[a-z]/);
		await accessible(p, `sent, ${width}`);
		await shot(p, `sent-${width}`);
		await p.page.locator('input[type=search]').fill('awa');
		await p.page.waitForFunction(() => [...document.querySelectorAll('.job-row')].every((r) => r.textContent.includes('away')));
		await p.page.locator('input[type=search]').fill('');
		await p.page.selectOption('.filters select', 'delivered');
		await p.page.waitForFunction(() => document.querySelectorAll('.job-row .badge.good').length && !document.querySelector('.job-row .badge.wait, .job-row .badge.bad'));
		await p.page.locator('input[type=search]').fill('zzz');
		await p.page.locator('.empty').waitFor();
		await accessible(p, `nothing found, ${width}`);
		await leave(p);
	});

	test(`a fax is sent again, and to somebody else (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width });

		await go(p, 'sent');
		const count = (await lab.ana.json('jobs')).jobs.length;

		await row(p, 'ben').locator('[data-mark=again]').first().click();
		await until(async () => (await lab.ana.json('jobs')).jobs.length === count + 1, 'a new job');
		await row(p, 'ben').locator('[data-mark=open]').first().click();
		await p.page.locator('dialog').getByRole('button', { name: p.t('to-another') }).click();
		await accessible(p, `to somebody else, ${width}`);
		await pick(p, `other-${width}`, 'dialog');
		await p.page.locator('dialog [type=submit]').click();
		await row(p, `other-${width}`).first().waitFor();
		await row(p, `other-${width}`).first().locator('[data-mark=cancel]').click();
		await row(p, `other-${width}`).locator('.badge.off').first().waitFor();
		await leave(p);
	});
}

test('the delivery report is a PDF', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'sent');
	const link = await row(p, 'ben').locator('[data-mark=report]').first().getAttribute('href');
	const answer = await p.context.request.get(lab.ana.url + link);

	assert.equal(answer.status(), 200);
	assert.match(answer.headers()['content-type'], /application\/pdf/);
	assert.equal((await answer.body()).subarray(0, 5).toString(), '%PDF-');
	await leave(p);
});

test('the queue is paused, which every view says, and goes on', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'sent');
	await p.page.getByRole('button', { name: p.t('queue.pause') }).click();
	await p.page.locator('.notice', { hasText: p.t('queue.is-paused') }).waitFor();
	await p.page.locator('.lamp.wait', { hasText: p.t('line.paused') }).waitFor();
	await accessible(p, 'paused');
	await p.page.getByRole('button', { name: p.t('queue.go-on') }).click();
	await p.page.locator('.lamp.good').waitFor();
	await leave(p);
});

test('a broadcast is one row with its totals, and opens', async () => {
	const p = await visit(browser, lab.ana);
	const names = await lab.away(...Array.from({ length: 12 }, (_, i) => `member-${i}`));

	await p.page.setInputFiles('#files', await lab.document(1, 'news.pdf'));
	await p.page.locator('.sheets > li').waitFor();
	await pick(p, 'ben');
	await p.page.locator('[role=combobox]').evaluate((input, text) => {
		const data = new DataTransfer();

		data.setData('text', text);
		input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
	}, names.join(', '));
	assert.equal(await p.page.locator('.chip').count(), 13);
	await p.page.locator('.compose-form [type=submit]').click();
	await p.page.locator('.going', { hasText: p.t('batch', { n: 13 }) }).waitFor();
	await accessible(p, 'a broadcast on its way');
	await go(p, 'sent');
	const head = p.page.locator('.job-row.batch').first();

	await head.locator('.badge.good').waitFor();
	await head.locator('[data-mark=open]').click();
	await head.locator('[data-mark=open][aria-expanded=true]').waitFor();
	await p.page.locator('.job-row.inner').nth(12).waitFor();
	await accessible(p, 'an open broadcast');
	await shot(p, 'broadcast-desktop');
	await head.locator('[data-mark=cancel]').click();
	await p.page.waitForFunction(() => !document.querySelector('.job-row.inner .badge.wait'));
	await leave(p);
});

test('a row that changes while it is pressed is clicked all the same', async () => {
	const p = await visit(browser, lab.ana);

	await lab.away('pressed');
	await lab.ana.send('pressed', await lab.document(1, 'pressed.pdf'));
	await go(p, 'sent');
	const pressed = row(p, 'pressed.pdf').first();
	const box = await pressed.locator('[data-mark=open]').boundingBox();
	const { job } = (await lab.ana.json('jobs')).jobs.find((j) => j.title === 'pressed.pdf');

	await p.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
	await p.page.mouse.down();
	await lab.ana.faxwire(['hold', job]);
	await p.page.waitForTimeout(500); // the news have come
	await p.page.mouse.up();
	await p.page.locator('dialog').waitFor();
	await p.page.keyboard.press('Escape');
	await pressed.getByRole('button', { name: p.t('release-to', { to: 'pressed' }) }).waitFor();
	await leave(p);
});
