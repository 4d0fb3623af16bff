// SPDX-License-Identifier: Apache-2.0
// A real relay and two real terminals, ana and ben, on this machine's
// loopback, each with its page. FAXWIRE_BUILD names another build folder.
import { spawn, execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { openSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = new URL('../..', import.meta.url).pathname;
const BUILD = process.env.FAXWIRE_BUILD || join(ROOT, 'build');
const RELAY = join(BUILD, 'src/relay/faxwire-relay');
const TERMINAL = join(BUILD, 'src/daemon/faxwire-terminal');
const FAXWIRE = join(BUILD, 'src/cli/faxwire');
export const PATIENCE = 30000; // ms: how long anything may take
export const PASSWORD = 'a good long password';

const run = promisify(execFile);

// Asks until the answer is true, and returns it.
export async function until(condition, sentence, ms = PATIENCE) {
	const end = Date.now() + ms;

	while (Date.now() < end) {
		const answer = await condition();

		if (answer)
			return answer;
		await new Promise((done) => setTimeout(done, 50));
	}
	throw new Error(`This did not happen: ${sentence}`);
}

function freePort() {
	return new Promise((done, failed) => {
		const server = createServer();

		server.on('error', failed);
		server.listen(0, '127.0.0.1', () => {
			const { port } = server.address();

			server.close(() => done(port));
		});
	});
}

class Program {
	constructor(log, program, words) {
		Object.assign(this, { log, program, words });
		this.start();
	}

	start() {
		const out = openSync(this.log, 'a');

		this.process = spawn(this.program, this.words, { stdio: ['ignore', out, out] });
		this.ended = new Promise((done) => this.process.once('exit', done));
	}

	said = () => readFile(this.log, 'utf8');

	async stop(how = 'SIGTERM') {
		const late = setTimeout(() => this.process.kill('SIGKILL'), PATIENCE);

		this.process.kill(how);
		await this.ended;
		clearTimeout(late);
	}
}

export class Office extends Program {
	constructor(lab, name, port) {
		super(join(lab.folder, `${name}.log`), TERMINAL, ['--home', join(lab.folder, name), '--page', `127.0.0.1:${port}`, '--give-up', '25']);
		Object.assign(this, { name, home: join(lab.folder, name), url: `http://127.0.0.1:${port}` });
	}

	async faxwire(words, input) {
		const child = run(FAXWIRE, ['--home', this.home, ...words], { timeout: PATIENCE });

		if (input)
			child.child.stdin.end(input);
		return (await child).stdout;
	}

	json = async (...words) => JSON.parse(await this.faxwire([...words, '--json']));

	// A link that signs in once.
	async ticket() {
		return /https?:\/\/\S+/.exec(await this.faxwire(['page']))[0];
	}

	addUser(name, ...roles) {
		return this.faxwire(['user', 'add', name, ...roles.flatMap((r) => ['--role', r])], `${PASSWORD}\n`);
	}

	online = () => until(async () => (await this.json('status').catch(() => ({}))).online, `${this.name} logs in`);

	// As a print dialog does it: IPP's Print-Job (RFC 8011) with a PDF.
	async print(path, title) {
		const attribute = (tag, name, value) => Buffer.concat([Buffer.from([tag, 0, name.length]), Buffer.from(name),
			Buffer.from([0, Buffer.byteLength(value)]), Buffer.from(value)]);
		const body = Buffer.concat([Buffer.from([2, 0, 0, 2, 0, 0, 0, 1, 1]),
			attribute(0x47, 'attributes-charset', 'utf-8'), attribute(0x48, 'attributes-natural-language', 'en'),
			attribute(0x45, 'printer-uri', `${this.url.replace('http', 'ipp')}/ipp/print`), attribute(0x42, 'requesting-user-name', 'somebody'),
			attribute(0x42, 'job-name', title), attribute(0x49, 'document-format', 'application/pdf'), Buffer.from([3]), await readFile(path)]);
		const answer = await fetch(`${this.url}/ipp/print`, { method: 'POST', body, headers: { 'Content-Type': 'application/ipp' } });
		const bytes = Buffer.from(await answer.arrayBuffer());

		if (!answer.ok || bytes.readUInt16BE(2) > 0xff)
			throw new Error(`IPP says ${answer.status}, ${bytes.readUInt16BE(2).toString(16)}`);
	}

	send(to, file) {
		return this.faxwire(['send', to, file]);
	}
}

export class Lab {
	async start() {
		await Promise.all([RELAY, TERMINAL, FAXWIRE].map((program) => access(program)));
		this.folder = await mkdtemp(join(tmpdir(), 'faxwire-page-'));
		this.port = await freePort();
		this.relay = new Program(join(this.folder, 'relay.log'), RELAY,
			['--data', join(this.folder, 'relay'), '--listen', `127.0.0.1:${this.port}`, '--host', '127.0.0.1']);
		await until(async () => (await this.relay.said()).includes('event=ready'), 'the relay starts');
		this.ana = await this.office('ana');
		this.ben = await this.office('ben');
		await Promise.all([this.ana.online(), this.ben.online()]);
		for (const office of [this.ana, this.ben]) {
			await office.addUser('mika', 'send', 'read', 'administer');
			await office.addUser('reception', 'send');
			await office.addUser('archive', 'read');
		}
		return this;
	}

	async account(name) {
		const { stdout } = await run(RELAY, ['--data', join(this.folder, 'relay'), 'account', 'add', name]);

		return stdout.trim().split('\n').at(-1);
	}

	// The join URL's QR code as the relay prints it: rows of modules, true: dark.
	async qr(name) {
		const { stdout } = await run(RELAY, ['--data', join(this.folder, 'relay'), 'account', 'add', name, '--qr']);
		const lines = stdout.split('\n').filter((l) => /^[█▀▄ ]+$/.test(l));

		return lines.flatMap((l) => ['█▀', '█▄'].map((light) => [...l].map((c) => !light.includes(c))));
	}

	// A camera that sees the code: one frame of Y4M, for Chromium's fake device.
	async film(modules) {
		const [w, h, px] = [640, 480, Math.floor(440 / modules.length)];
		const luma = Buffer.alloc(w * h, 235);
		const left = (w - px * modules[0].length) >> 1;

		modules.forEach((row, y) => row.forEach((dark, x) => {
			for (let i = 0; dark && i < px; i++)
				luma.fill(16, (20 + y * px + i) * w + left + x * px, (20 + y * px + i) * w + left + x * px + px);
		}));
		const path = join(this.folder, 'camera.y4m');

		await writeFile(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${w} H${h} F10:1 Ip A1:1 C420\nFRAME\n`), luma, Buffer.alloc(w * h / 2, 128)]));
		return path;
	}

	// Terminals that never log in.
	async away(...names) {
		for (const name of names)
			await this.account(name);
		return names;
	}

	// `joined`: false for one that is to be joined by its page.
	async office(name, joined = true) {
		const url = joined && await this.account(name);

		if (url)
			await run(FAXWIRE, ['--home', join(this.folder, name), 'join', url]);
		const office = new Office(this, name, await freePort());

		this.others ||= [];
		this.others.push(office);
		await until(() => fetch(`${office.url}/`).then((r) => r.ok, () => false), `the page of ${name} is there`);
		return office;
	}

	async document(pages = 1, name = 'letter.pdf') {
		const path = join(this.folder, name);

		await run(join(ROOT, 'tools/make-document'), [String(pages), path]);
		return path;
	}

	async stop() {
		await Promise.all((this.others || []).map((o) => o.stop()));
		await this.relay?.stop();
		await rm(this.folder, { recursive: true, force: true });
	}
}
