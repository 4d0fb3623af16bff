// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium at the page of a terminal. Every error that the page or
// the Content-Security-Policy reports fails the test that caused it.
// FAXWIRE_SHOTS names a folder for screenshots.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import en from '../../web/en.js';
import ja from '../../web/ja.js';
import { PASSWORD } from './lab.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = process.env.FAXWIRE_SHOTS;
const WORDS = { en, ja };
export const WIDTHS = {
	desktop: { viewport: { width: 1280, height: 800 } },
	phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

// A text of the page, as it is shown.
export function text(key, values = {}, language = 'en') {
	const [one, many = one] = WORDS[language][key].split('|');

	return (values.n === 1 ? one : many).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// `film`: what its camera sees.
export async function open(film) {
	return chromium.launch({
		executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
		args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
			...film ? [`--use-file-for-fake-video-capture=${film}`] : []],
	});
}

// A window of its own: nothing is shared with others but the server.
export async function visit(browser, office, { width = 'desktop', user = 'mika', dark = false, language = 'en' } = {}) {
	const context = await browser.newContext({
		...WIDTHS[width], colorScheme: dark ? 'dark' : 'light', locale: language === 'ja' ? 'ja-JP' : 'en-GB', acceptDownloads: true,
		reducedMotion: 'reduce', timezoneId: 'Europe/Berlin',
	});
	const page = await context.newPage();
	const faults = [];

	page.setDefaultTimeout(15000);
	page.on('pageerror', (error) => faults.push(error.stack));
	page.on('console', (m) => {
		if (['error', 'warning'].includes(m.type()) && !/status of (401|404|409|422|429)/.test(m.text()))
			faults.push(m.text());
	});
	await page.goto(office.url);
	const p = { page, context, language, width, t: (key, values) => text(key, values, language), faults };

	if (user) {
		await page.locator('input[name=user]').fill(user);
		await page.locator('input[name=password]').fill(PASSWORD);
		await page.keyboard.press('Enter');
		await page.waitForSelector('.shell h1');
	}
	return p;
}

export async function leave({ context, faults }) {
	await context.close();
	assert.deepEqual(faults, [], 'the page reported errors');
}

export async function go(p, hash) {
	await p.page.evaluate((h) => { location.hash = h; }, hash);
	await p.page.waitForSelector(`.nav a[data-view=${hash.split('/')[0]}][aria-current=page]`);
	await p.page.waitForSelector('main h1');
}

export async function settled(p) {
	await p.page.waitForFunction(() => !document.querySelector('.busy'));
	await p.page.evaluate(() => Promise.all([...document.images].filter((i) => i.loading !== 'lazy' || i.getBoundingClientRect().top < innerHeight)
		.map((i) => i.complete || new Promise((done) => { i.onload = i.onerror = done; }))));
}

// No violation of WCAG 2.2 A and AA, nor of axe's good practice; nothing that
// makes the page scroll sideways; on a phone nothing too small to touch.
export async function accessible(p, name) {
	await settled(p);
	await p.page.evaluate(axe);
	const found = await p.page.evaluate(async () => {
		const { violations } = await globalThis.axe.run(document, {
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		});

		return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
	});
	const wide = await p.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	const small = p.width !== 'phone' ? [] : await p.page.evaluate(() => [...document.querySelectorAll('main button, nav a, dialog button, main select, main input:not([type=checkbox]):not(.unseen)')]
		.filter((e) => e.checkVisibility()).map((e) => [e, e.getBoundingClientRect()])
		.filter(([, r]) => r.width && (r.width < 42 || r.height < 42)).map(([e, r]) => `${e.className || e.id} ${Math.round(r.width)}x${Math.round(r.height)}`));

	assert.deepEqual(found, [], `${name}: axe`);
	assert.ok(wide <= 0, `${name} scrolls sideways by ${wide}`);
	assert.deepEqual(small, [], `${name}: too small to touch`);
}

export async function shot(p, name) {
	if (!SHOTS)
		return;
	await mkdir(SHOTS, { recursive: true });
	await settled(p);
	await p.page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

// Picks a recipient as one types.
export async function pick(p, word, where = 'main') {
	const input = p.page.locator(`${where} [role=combobox]`);

	await input.fill(word);
	await p.page.keyboard.press('Enter');
}
