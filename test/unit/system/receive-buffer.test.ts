import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { udpReceiveBuffer } from '../../../src/system/index.js';
import { temporaryDirectory } from '../temporary-directory.js';

function foundWith(content: string) {
  const file = join(temporaryDirectory(), 'rmem_max');
  writeFileSync(file, content);
  return udpReceiveBuffer(file);
}

it('tells what to do where the kernel keeps less of a burst than a camera needs', () => {
  expect(foundWith('212992\n')).toEqual({
    ...{ wantedBytes: 4_194_304, maxBytes: 212_992, enough: false },
    fix: 'sudo sysctl -w net.core.rmem_max=4194304',
  });
  expect(foundWith('4194304\n')).toEqual({
    ...{ wantedBytes: 4_194_304, maxBytes: 4_194_304, enough: true },
  });
});

it('has nothing to say where the kernel says nothing, or nothing that is a number', () => {
  for (const found of [udpReceiveBuffer('/nowhere/rmem_max'), foundWith('lots\n')]) {
    expect(found).toEqual({ wantedBytes: 4_194_304, maxBytes: undefined, enough: true });
  }
});

it('knows what the engine asks for', () => {
  const source = new URL('../../../lib/rtsp/udp_receiver.cc', import.meta.url);
  expect(readFileSync(source, 'utf8')).toContain('kUdpReceiveBuffer = 4 << 20;');
});
