// Keys sealed to a TPM, through the addon, against a real software TPM.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NativeKey, type NativeTpmSealed, native } from '../../../src/native/index.js';
import { startTpm, type TestTpm } from '../../support/tpm.js';
import { rejectionOf, thrownBy } from '../thrown.js';

const kLoader = join(import.meta.dirname, '../../../dist/native-loader.js');

let tpm: TestTpm;
beforeEach(async () => {
  tpm = await startTpm();
});
afterEach(() => tpm.stop());

function options(...pcrs: number[]) {
  return { tcti: tpm.tcti, pcrs };
}

/** Equal for equal keys: JavaScript never sees their bytes. */
function fingerprint(key: NativeKey): string {
  return native.hmacSha256(key, Buffer.from('fingerprint')).toString('hex');
}

describe('a TPM', () => {
  it('says who made it', async () => {
    expect(await native.inspectTpm(options())).toEqual({
      manufacturer: 'IBM',
      firmware: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
    });
  });

  it('unseals the key that it sealed, after a power cycle too', async () => {
    const key = native.generateKey();
    const sealed = await native.sealToTpm(options(0, 7), key);
    expect(fingerprint(await native.unsealFromTpm(options(0, 7), sealed))).toBe(fingerprint(key));
    await tpm.restart();
    expect(fingerprint(await native.unsealFromTpm(options(0, 7), sealed))).toBe(fingerprint(key));
  });

  it('serves calls that are made at once', async () => {
    const keys = Array.from({ length: 8 }, () => native.generateKey());
    const unsealed = await Promise.all(
      keys.map(async (key) =>
        native.unsealFromTpm(options(7), await native.sealToTpm(options(7), key)),
      ),
    );
    expect(unsealed.map(fingerprint)).toEqual(keys.map(fingerprint));
  });

  it('stays locked after a PCR changed, and says so (misuse 30)', async () => {
    const sealed = await native.sealToTpm(options(7), native.generateKey());
    await tpm.extendPcr(7);
    const error = await rejectionOf(() => native.unsealFromTpm(options(7), sealed));
    expect(error.code).toBe('ERR_ROOT_LOCKED');
    expect(error.message).toContain('PCR 7 changed');
    expect(error.message).toContain('open the store with another root and seal anew');
  });

  it('stays locked for a key of another TPM (misuse 30)', async () => {
    const sealed = await native.sealToTpm(options(), native.generateKey());
    const other = await startTpm();
    try {
      const error = await rejectionOf(() =>
        native.unsealFromTpm({ tcti: other.tcti, pcrs: [] }, sealed),
      );
      expect(error.code).toBe('ERR_ROOT_LOCKED');
      expect(error.message).toContain('another TPM');
    } finally {
      await other.stop();
    }
  });

  it('is unavailable where there is none (misuse 30)', async () => {
    const sealed = await native.sealToTpm(options(), native.generateKey());
    await tpm.stop();
    for (const call of [
      () => native.inspectTpm(options()),
      () => native.sealToTpm(options(), native.generateKey()),
      () => native.unsealFromTpm(options(), sealed),
      () => native.inspectTpm({ tcti: 'device:/nowhere/tpmrm0', pcrs: [] }),
    ]) {
      expect((await rejectionOf(call)).code).toBe('ERR_TPM_UNAVAILABLE');
    }
  });

  it('stays locked for a sealed key that was damaged on disk', async () => {
    const sealed = await native.sealToTpm(options(), native.generateKey());
    const damaged: NativeTpmSealed[] = [
      { ...sealed, publicArea: Buffer.alloc(0) },
      { ...sealed, privateArea: sealed.privateArea.subarray(0, -1) },
      { ...sealed, privateArea: Buffer.concat([sealed.privateArea, Buffer.of(0)]) },
      { publicArea: sealed.privateArea, privateArea: sealed.publicArea },
    ];
    for (const areas of damaged) {
      const error = await rejectionOf(() => native.unsealFromTpm(options(), areas));
      expect(error.code).toBe('ERR_ROOT_LOCKED');
    }
  });
});

it('refuses wrong arguments before it looks for a TPM', async () => {
  const key = native.generateKey();
  const wrong = [
    () => native.sealToTpm(options(24), key),
    () => native.sealToTpm(options(-1), key),
    () => native.sealToTpm(options(0.5), key),
    () => native.sealToTpm({ tcti: tpm.tcti, pcrs: new Array(100) }, key),
    () => native.sealToTpm(options(), {} as NativeKey),
    () => native.unsealFromTpm(options(), {} as NativeTpmSealed),
  ];
  for (const call of wrong) expect(thrownBy(call).code).toBe('ERR_INVALID_ARGUMENT');
  for (const call of [
    () => native.sealToTpm(options(7, 0), key),
    () => native.inspectTpm({ tcti: 'cmd:true', pcrs: [] }),
    () => native.inspectTpm({ tcti: 'swtpm:path=a\0b', pcrs: [] }),
  ]) {
    expect((await rejectionOf(call)).code).toBe('ERR_INVALID_ARGUMENT');
  }
});

it('survives workers that are terminated while the TPM works for them', async () => {
  const script = `
    import(${JSON.stringify(kLoader)}).then((m) => {
      const { parentPort, workerData } = require('node:worker_threads');
      const native = m.loadAddon();
      for (let i = 0; i < 4; i += 1) {
        native.sealToTpm(workerData, native.generateKey())
          .then((sealed) => native.unsealFromTpm(workerData, sealed))
          .catch(() => {});
      }
      parentPort.postMessage('started');
    });`;
  for (let round = 0; round < 6; round += 1) {
    const worker = new Worker(script, { eval: true, workerData: options(7) });
    await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
  }
  const key = native.generateKey();
  const sealed = await native.sealToTpm(options(7), key);
  expect(fingerprint(await native.unsealFromTpm(options(7), sealed))).toBe(fingerprint(key));
});

it('leaves stderr to the program: a refusal is an error, not a log line', () => {
  const script = `
    import(${JSON.stringify(kLoader)}).then(async (m) => {
      const native = m.loadAddon();
      const options = { tcti: ${JSON.stringify(tpm.tcti)}, pcrs: [] };
      const sealed = await native.sealToTpm(options, native.generateKey());
      sealed.privateArea[20] ^= 1;
      await native.unsealFromTpm(options, sealed).catch((error) => console.error(error.code));
      await native.inspectTpm({ tcti: 'swtpm:path=/nowhere/tpm', pcrs: [] })
        .catch((error) => console.error(error.code));
    });`;
  const { TSS2_LOG: _, ...env } = process.env;
  const output = execFileSync('bash', ['-c', 'exec "$0" -e "$1" 2>&1', process.execPath, script], {
    encoding: 'utf8',
    env,
  });
  expect(output).toBe('ERR_ROOT_LOCKED\nERR_TPM_UNAVAILABLE\n');
});
