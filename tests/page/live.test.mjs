// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Lab, PASSWORD } from './lab.mjs';
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

test('two browsers stay in step', async () => {
	const one = await visit(browser, lab.ana);
	const two = await visit(browser, lab.ana, { width: 'phone', user: 'reception' });

	await go(two, 'sent');
	await one.page.setInputFiles('#files', await lab.document(1, 'step.pdf'));
	await one.page.locator('.sheets > li').waitFor();
	await pick(one, 'ben');
	await one.page.locator('.compose-form [type=submit]').click();
	await two.page.locator('.job-row .badge.good').waitFor();
	await go(two, 'people');
	await go(one, 'people');
	await one.page.getByRole('button', { name: one.t('people.add') }).click();
	await one.page.locator('dialog input').first().fill('Seen by both');
	await pick(one, 'ben', 'dialog');
	await one.page.locator('dialog [type=submit]').click();
	await two.page.locator('.person', { hasText: 'Seen by both' }).first().waitFor();
	await leave(one);
	await leave(two);
});

test('a terminal that goes and comes back is shown so', async () => {
	const p = await visit(browser, lab.ana);
	const dora = await lab.office('dora');

	await dora.online();
	await go(p, 'people');
	const row = p.page.locator('.person', { hasText: 'dora' });

	await row.locator('.presence.good').waitFor();
	await dora.stop();
	await row.locator('.presence.off').or(p.page.locator('.people:not(:has-text("dora"))').last()).first().waitFor();
	dora.start();
	await row.locator('.presence.good').waitFor({ timeout: 30000 });
	await leave(p);
});

test('a terminal that restarts is reached again, and nothing is lost', async () => {
	const p = await visit(browser, lab.ana);

	await p.page.setInputFiles('#files', await lab.document(2, 'kept.pdf'));
	await p.page.locator('.sheets > li').nth(1).waitFor();
	await lab.ana.stop('SIGKILL');
	await p.page.locator('.bar', { hasText: p.t('reconnecting') }).waitFor();
	await p.page.locator('.lamp.bad', { hasText: p.t('line.lost') }).waitFor();
	await accessible(p, 'reconnecting');
	await shot(p, 'reconnecting-desktop');
	p.faults.length = 0; // what the network said meanwhile
	lab.ana.start();
	await p.page.locator('.lamp.good, form.sign-in').first().waitFor({ timeout: 30000 });
	// A terminal that has forgotten the session asks for the password, and the
	// draft is there again then.
	if (await p.page.locator('form.sign-in').count()) {
		await p.page.locator('input[name=user]').fill('mika');
		await p.page.locator('input[name=password]').fill(PASSWORD);
		await p.page.keyboard.press('Enter');
	}
	await p.page.locator('.sheets > li').nth(1).waitFor();
	p.faults.length = 0;
	await leave(p);
});
