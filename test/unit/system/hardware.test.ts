import { cpus } from 'node:os';
import { expect, it } from 'vitest';
import { probeHardware } from '../../../src/system/index.js';

it('tells what is there, and of every GPU part why it is not', async () => {
  const hardware = await probeHardware();
  expect(hardware.cpu.cores).toBeGreaterThan(0);
  expect(hardware.cpu.cores).toBeLessThanOrEqual(cpus().length);
  expect(hardware.libraries.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['libavformat', 'libavcodec', 'libavutil', 'libswscale']),
  );
  expect(hardware.openssl).toMatch(/^3\./);
  expect(hardware.cipherLevel).toMatch(/^(scalar|neon|avx2|avx512)$/);
  expect(hardware.decoders).toContainEqual({ name: 'h264', available: true });
  expect(hardware.components.map(({ name }) => name).sort()).toEqual([
    'CUDA',
    'EGL',
    'NVDEC',
    'NVENC',
  ]);
  for (const { available, detail } of hardware.components) {
    if (!available) expect(detail).not.toBe('');
  }
});
