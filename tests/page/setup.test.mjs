// SPDX-License-Identifier: Apache-2.0
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Lab, PASSWORD, until } from './lab.mjs';
import { open, visit, leave, go, pick, accessible, shot, text } from './browser.mjs';

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

test('a link signs in once and leaves the address bar', async () => {
	const p = await visit(browser, lab.ana, { user: null });
	const link = await lab.ana.ticket();

	await p.page.goto('about:blank');
	await p.page.goto(link);
	await p.page.waitForSelector('.shell h1');
	assert.ok(!p.page.url().includes('ticket'));
	await p.context.clearCookies();
	await p.page.goto('about:blank');
	await p.page.goto(link);
	await p.page.locator('.wrong', { hasText: p.t('sign-in.ticket') }).waitFor();
	await leave(p);
});

for (const width of ['desktop', 'phone']) {
	test(`a wrong password is said, the right one lets in, and out again (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width, user: null });

		await p.page.locator('form.sign-in').waitFor();
		await accessible(p, `sign-in, ${width}`);
		await shot(p, `sign-in-${width}`);
		await p.page.locator('input[name=user]').fill('mika');
		await p.page.locator('input[name=password]').fill('something else');
		await p.page.keyboard.press('Enter');
		await p.page.locator('.wrong', { hasText: p.t('sign-in.wrong') }).waitFor();
		await p.page.locator('input[name=password]').fill(PASSWORD);
		await p.page.keyboard.press('Enter');
		await p.page.waitForSelector('.shell h1');
		await p.page.locator('.user').click();
		await accessible(p, `user's menu, ${width}`);
		await p.page.getByRole('button', { name: p.t('sign-out') }).click();
		await p.page.locator('form.sign-in').waitFor();
		await p.page.reload();
		await p.page.locator('form.sign-in').waitFor();
		await leave(p);
	});

	test(`the connection is said in words (${width})`, async () => {
		const p = await visit(browser, lab.ana, { width });

		await go(p, 'setup/connection');
		await p.page.locator('.lead', { hasText: p.t('connection.online', { id: 'ana', relay: '127.0.0.1' }) }).waitFor();
		await accessible(p, `connection, ${width}`);
		await shot(p, `connection-${width}`);
		await leave(p);
	});
}

test('roles decide what is there', async () => {
	const views = async (user) => {
		const p = await visit(browser, lab.ana, { user });
		const names = await p.page.locator('.nav a').evaluateAll((all) => all.map((a) => a.dataset.view));

		await accessible(p, user);
		await leave(p);
		return names;
	};

	assert.deepEqual(await views('mika'), ['send', 'sent', 'inbox', 'people', 'setup']);
	assert.deepEqual(await views('reception'), ['send', 'sent', 'people']);
	assert.deepEqual(await views('archive'), ['inbox']);
});

test('a terminal is joined by pasting the URL', async () => {
	const office = await lab.office('carla', false);

	await office.addUser('mika', 'send', 'read', 'administer');
	const p = await visit(browser, office);

	await p.page.locator('.notice', { hasText: p.t('send.unjoined') }).waitFor();
	await p.page.getByRole('link', { name: p.t('setup.join') }).click();
	await p.page.getByLabel(p.t('join.url')).fill('https://nonsense');
	await p.page.getByRole('button', { name: p.t('join.go') }).click();
	await p.page.waitForFunction(() => document.querySelector('form .wrong').textContent);
	await accessible(p, 'joining');
	await p.page.getByLabel(p.t('join.url')).fill(await lab.account('carla'));
	await p.page.getByRole('button', { name: p.t('join.go') }).click();
	await p.page.locator('.badge.good', { hasText: p.t('connection.good') }).waitFor();
	await leave(p);
});

// As a camera takes it: larger than need be, a little turned.
function photo(p, modules) {
	return p.page.evaluate(async (rows) => {
		const canvas = document.createElement('canvas');
		const c = canvas.getContext('2d');

		canvas.width = canvas.height = 2400;
		c.fillStyle = '#ddd';
		c.fillRect(0, 0, 2400, 2400);
		c.translate(300, 200);
		c.rotate(0.05);
		c.scale(1800 / rows.length, 1800 / rows.length);
		rows.forEach((row, y) => row.forEach((dark, x) => {
			c.fillStyle = dark ? '#222' : '#f4f4f0';
			c.fillRect(x, y, 1.02, 1.02);
		}));
		const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.8));

		return [...new Uint8Array(await blob.arrayBuffer())];
	}, modules);
}

test('a terminal is joined by a photo of the QR code', async () => {
	const office = await lab.office('frida', false);

	await office.addUser('mika', 'send', 'read', 'administer');
	const p = await visit(browser, office, { width: 'phone' });

	await go(p, 'setup/connection');
	await p.page.setInputFiles('#photo', { name: 'empty.png', mimeType: 'image/png', buffer: Buffer.from(await p.page.screenshot()) });
	await p.page.waitForFunction(() => document.querySelector('form .wrong').textContent);
	await p.page.setInputFiles('#photo', { name: 'code.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(await photo(p, await lab.qr('frida'))) });
	await p.page.waitForFunction(() => document.querySelector('form input').value.startsWith('faxwire://frida:'));
	await p.page.getByRole('button', { name: p.t('join.go') }).click();
	await p.page.locator('.badge.good', { hasText: p.t('connection.good') }).waitFor();
	await leave(p);
});

test('a terminal is joined by its QR code before the camera', async () => {
	const office = await lab.office('gustav', false);
	const seeing = await open(await lab.film(await lab.qr('gustav')));

	try {
		await office.addUser('mika', 'send', 'read', 'administer');
		const p = await visit(seeing, office);

		await go(p, 'setup/connection');
		await p.page.getByRole('button', { name: p.t('scan.live') }).click();
		await p.page.waitForFunction(() => document.querySelector('form input').value.startsWith('faxwire://gustav:'));
		await p.page.waitForFunction(() => !document.querySelector('dialog'));
		await p.page.getByRole('button', { name: p.t('join.go') }).click();
		await p.page.locator('.badge.good', { hasText: p.t('connection.good') }).waitFor();
		await leave(p);
	} finally {
		await seeing.close();
	}
});

test('a user is added, signs in, is changed, and removed', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'setup/users');
	await p.page.locator('.person', { hasText: 'reception' }).waitFor();
	await accessible(p, 'users');
	await shot(p, 'users-desktop');
	await p.page.getByRole('button', { name: p.t('users.add') }).click();
	await accessible(p, 'a new user');
	await p.page.locator('dialog').getByLabel(p.t('sign-in.user')).fill('jonas');
	await p.page.locator('dialog').getByLabel(p.t('sign-in.password')).fill(PASSWORD);
	await p.page.locator('dialog').getByLabel(p.t('role.read'), { exact: true }).uncheck();
	await p.page.locator('dialog [type=submit]').click();
	await p.page.locator('.person', { hasText: 'jonas' }).waitFor();
	const other = await visit(browser, lab.ana, { user: 'jonas' });

	assert.equal(await other.page.locator('.nav a[data-view=inbox]').count(), 0);
	await p.page.getByRole('button', { name: p.t('users.remove', { name: 'jonas' }) }).click();
	await p.page.locator('dialog .danger').click();
	await p.page.waitForFunction(() => ![...document.querySelectorAll('.person')].some((e) => e.textContent.includes('jonas')));
	await other.page.locator('.nav a[data-view=sent]').click();
	await other.page.reload();
	await other.page.locator('form.sign-in').waitFor();
	await leave(other);
	await leave(p);
});

test('a token is shown once, works, and is taken back', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'setup/tokens');
	await p.page.getByRole('button', { name: p.t('tokens.add') }).click();
	await p.page.locator('dialog').getByLabel(p.t('tokens.name')).fill('practice software');
	await p.page.locator('dialog [type=submit]').click();
	const secret = await p.page.locator('dialog input[readonly]').inputValue();

	await accessible(p, 'the token');
	await p.page.getByRole('button', { name: p.t('done') }).click();
	const ask = () => fetch(`${lab.ana.url}/api/v1/jobs`, { headers: { Authorization: `Bearer ${secret}` } }).then((r) => r.status);

	assert.equal(await ask(), 200);
	await p.page.getByRole('button', { name: p.t('tokens.remove', { name: 'practice software' }) }).click();
	await p.page.locator('dialog .danger').click();
	await until(async () => await ask() === 401, 'the token is void');
	await leave(p);
});

test('a setting is changed and stays', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'setup/settings');
	const field = p.page.getByLabel(p.t('setting.spares'), { exact: true });

	await field.waitFor();
	await accessible(p, 'settings');
	await shot(p, 'settings-desktop');
	// The command line says this one.
	const fixed = p.page.getByLabel(p.t('setting.give-up'), { exact: true });

	assert.equal(await fixed.inputValue(), '25');
	assert.equal(await fixed.isDisabled(), true);
	await p.page.getByText(p.t('setting.fixed')).waitFor();
	await field.fill('2');
	await p.page.locator('form').getByRole('button', { name: p.t('save') }).click();
	await p.page.locator('.toast', { hasText: p.t('saved') }).waitFor();
	await p.page.reload();
	await field.waitFor();
	assert.equal(await field.inputValue(), '2');
	await leave(p);
});

test('a rule is made, moved, changed and removed', async () => {
	const p = await visit(browser, lab.ana);
	const add = async (name) => {
		await p.page.getByRole('button', { name: p.t('rule.add') }).click();
		await p.page.locator('dialog').getByLabel(p.t('rule.name'), { exact: true }).fill(name);
		await p.page.locator('dialog').getByLabel(p.t('rule.do'), { exact: true }).selectOption('folder');
		await p.page.locator('dialog').getByLabel(p.t('rule.folder.folder'), { exact: true }).fill(lab.folder);
	};

	await go(p, 'setup/received');
	await p.page.locator('.empty').waitFor();
	await add('Archive');
	await accessible(p, 'a new rule');
	await p.page.locator('dialog [type=submit]').click();
	await p.page.locator('.person', { hasText: 'Archive' }).waitFor();
	await add('Second');
	await p.page.locator('dialog [type=submit]').click();
	await p.page.locator('.person', { hasText: 'Second' }).waitFor();
	await p.page.getByRole('button', { name: p.t('rule.up', { name: 'Second' }) }).click();
	await p.page.waitForFunction(() => document.querySelector('.rules li').textContent.includes('Second'));
	await accessible(p, 'rules');
	await shot(p, 'rules-desktop');
	await p.page.reload();
	await p.page.waitForFunction(() => document.querySelector('.rules li')?.textContent.includes('Second'));
	await p.page.getByRole('button', { name: p.t('rule.remove', { name: 'Second' }) }).click();
	await p.page.locator('dialog .danger').click();
	await p.page.waitForFunction(() => document.querySelectorAll('.rules li').length === 1);
	await leave(p);
});

test('the audit log says who did what', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'setup/audit');
	await p.page.locator('td', { hasText: p.t('audit.did-sign-in') }).first().waitFor();
	await accessible(p, 'audit log');
	await shot(p, 'audit-desktop');
	await leave(p);
});

test('the address book is kept, searched, and taken back from a removal', async () => {
	const p = await visit(browser, lab.ana);

	await go(p, 'people');
	await p.page.locator('.person', { hasText: 'ben' }).waitFor();
	await p.page.getByRole('button', { name: p.t('people.keep', { name: 'ben' }) }).click();
	await p.page.locator('dialog').getByLabel(p.t('people.name'), { exact: true }).fill('Ben’s office <b>');
	await p.page.locator('dialog [type=submit]').click();
	const entry = p.page.locator('.people').first().locator('.person', { hasText: 'Ben’s office <b>' });

	await entry.waitFor();
	await accessible(p, 'address book');
	await shot(p, 'people-desktop');
	await entry.locator('[data-mark=remove]').click();
	await p.page.locator('dialog .danger').click();
	await entry.waitFor({ state: 'detached' });
	await p.page.locator('.toast .btn').click();
	await entry.waitFor();
	await entry.locator('[data-mark=fax]').click();
	await p.page.locator('.chip', { hasText: 'Ben’s office <b>' }).waitFor();
	await pick(p, 'ben@relay-1');
	assert.equal(await p.page.locator('.chip').count(), 2);
	await leave(p);
});

test('the language is chosen, and kept', async () => {
	const p = await visit(browser, lab.ana);

	await p.page.locator('.user').click();
	await p.page.locator('dialog select').selectOption('ja');
	await p.page.locator('h1', { hasText: text('send.head', {}, 'ja') }).waitFor();
	assert.equal(await p.page.evaluate(() => document.documentElement.lang), 'ja');
	await p.page.reload();
	await p.page.locator('h1', { hasText: text('send.head', {}, 'ja') }).waitFor();
	// What the program says itself, too.
	await p.page.locator('input[type=file]').first().setInputFiles({ name: 'brief.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 no more') });
	await p.page.getByText('brief.pdf は壊れていて、PDF として読めません。もう一度書き出してください。').waitFor();
	await leave(p);
});
