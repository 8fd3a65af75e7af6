// Cryptographic modules from JavaScript: a sample is compiled here, and every case runs in a process of
// its own, because modules are configured once per process.
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cryptoModules } from '../../../src/system/index.js';

const root = resolve(import.meta.dirname, '../../..');
let directory = '';
let good = '';
let wrong = '';

function compile(name: string, ...definitions: string[]): string {
  const library = join(directory, `${name}.so`);
  const source = join(root, 'test/native/modules/sample_module.c');
  const include = `-I${join(root, 'lib')}`;
  execFileSync('cc', [
    ...['-std=c11', '-O2', '-shared', '-fPIC', '-fvisibility=hidden', include],
    ...[...definitions.map((each) => `-D${each}`), source, '-o', library, '-lcrypto'],
  ]);
  return library;
}

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'fluxvision-modules-'));
  good = compile('good');
  wrong = compile('wrong', 'SAMPLE_MISCALCULATES');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Runs a program that has the addon and the functions under test; returns what it prints. */
async function inAProcess(program: string, variable = ''): Promise<unknown> {
  const module = (path: string) => JSON.stringify(join(root, 'dist', path));
  const text = `
    import { loadAddon } from ${module('native-loader.js')};
    import { configureCryptoModules, cryptoModules } from ${module('index.js')};
    const native = loadAddon();
    const code = (action) => { try { action(); return 'none'; } catch (error) { return error.code; } };
    const print = (value) => console.log(JSON.stringify(value));
    ${program}`;
  const { stdout } = await run(['--input-type=module', '--eval', text], variable);
  return JSON.parse(stdout);
}

async function run(args: string[], variable: string) {
  const env = { ...process.env, FLUXVISION_CRYPTO_MODULE: variable };
  const options = { env, cwd: root };
  return await promisify(execFile)(process.execPath, args, options);
}

/** `fluxvision doctor`, also where it exits with another code than 0. */
async function doctor(variable: string, ...options: string[]) {
  const args = [join(root, 'dist/cli/main.js'), 'doctor', ...options];
  try {
    return { code: 0, ...(await run(args, variable)) };
  } catch (error) {
    return error as { code: number; stdout: string };
  }
}

it('without a module every algorithm is built in', () => {
  expect(cryptoModules()).toEqual(
    ['LEA-256-GCM', 'ARIA-256-GCM', 'ARIA-256-CBC-HMAC-SHA-256', 'ARIA-256-CTR-HMAC-SHA-256'].map(
      (algorithm) => ({ algorithm, module: 'built in' }),
    ),
  );
});

it('says what can be no configuration', async () => {
  const wrong = [
    null,
    {},
    [1],
    [{}],
    [{ path: 1 }],
    [{ path: '/x', algorithms: [] }],
    [{ path: '/x', algorithms: ['AES'] }],
    [{ path: 'x.so' }],
    Array(5).fill({ path: '/x' }),
  ];
  const program = `
    const wrong = ${JSON.stringify(wrong)};
    print([undefined, ...wrong].map((modules) => code(() => configureCryptoModules(modules))));`;
  const codes = await inAProcess(program);
  expect(codes).toEqual(Array(wrong.length + 1).fill('ERR_INVALID_ARGUMENT'));
});

it('wraps keys through the module of the environment, and opens them without it', async () => {
  const wrap = `
    const context = Buffer.from('context');
    const wrapping = native.importKey(Buffer.alloc(32, 7));
    const wrapped = native.wrapKey(wrapping, native.importKey(Buffer.alloc(32, 9)), context);
    print({ wrapped: wrapped.toString('hex'), modules: cryptoModules().map((each) => each.module),
      late: code(() => configureCryptoModules([])) });`;
  const sealed = (await inAProcess(wrap, good)) as { wrapped: string; modules: string[] };
  expect(sealed).toMatchObject({
    modules: ['Sample module', 'Sample module', 'built in', 'built in'],
    late: 'ERR_STATE',
  });
  const unwrap = `
    const key = native.unwrapKey(native.importKey(Buffer.alloc(32, 7)),
      Buffer.from('${sealed.wrapped}', 'hex'), Buffer.from('context'));
    const data = Buffer.from('data');
    const same = native.hmacSha256(key, data)
      .equals(native.hmacSha256(native.importKey(Buffer.alloc(32, 9)), data));
    print({ same, late: code(() => configureCryptoModules([{ path: '${good}' }])) });`;
  expect(await inAProcess(unwrap)).toEqual({ same: true, late: 'ERR_STATE' });
});

it('replaces the algorithms that a program names, and no others', async () => {
  const program = `
    configureCryptoModules([{ path: '${good}', algorithms: ['ARIA-256-GCM'] }]);
    print(cryptoModules().slice(0, 2));`;
  expect(await inAProcess(program)).toEqual([
    { algorithm: 'LEA-256-GCM', module: 'built in' },
    {
      algorithm: 'ARIA-256-GCM',
      module: 'Sample module',
      version: '1.2',
      validation: 'none: a sample for tests',
      path: good,
    },
  ]);
});

it('seals nothing where the module miscalculates', async () => {
  const program = `
    const key = native.generateKey();
    const seal = () => native.sealMessage('ARIA-256-GCM', key, Buffer.alloc(0), Buffer.alloc(1));
    print([code(cryptoModules), code(seal)]);`;
  expect(await inAProcess(program, wrong)).toEqual(['ERR_CRYPTO_MODULE', 'ERR_CRYPTO_MODULE']);
});

it('doctor says which module serves which algorithm, and fails where one does not work', async () => {
  const text = await doctor(good);
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/^LEA-256-GCM +Sample module 1\.2 \(none: a sample for tests\)/m);
  expect(text.stdout).toMatch(/^ARIA-256-CBC-HMAC-SHA-256 +built in$/m);
  const json = await doctor(`${good}:LEA-256-GCM`, '--json');
  const modules = JSON.parse(json.stdout).cryptoModules as { module: string }[];
  expect(modules.map(({ module }) => module)).toEqual([
    'Sample module',
    'built in',
    'built in',
    'built in',
  ]);
  const broken = await doctor(wrong, '--json');
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.stdout)).toMatchObject({
    cryptoModules: [],
    cryptoModuleError: { code: 'ERR_CRYPTO_MODULE' },
  });
});
