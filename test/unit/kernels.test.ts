// The GPU's kernels are committed as what clang makes of them: nobody who builds needs clang.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/ptx.mjs', import.meta.url));

it('ships the kernels that their source compiles to', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--check'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  // With another clang, or without the CUDA toolkit, the line says what was left out.
  expect(stdout).toMatch(/^ptx: .+; (assembled for|not assembled: )/);
});
