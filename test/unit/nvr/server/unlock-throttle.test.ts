// Wrong passphrases cost time, whoever tries them; the right one of another address costs none.
import { FluxError } from '@fluxvision/core';
import { expect, it } from 'vitest';
import { UnlockThrottle } from '../../../../examples/nvr/server/system/index.js';

function throttle() {
  const clock = { now: 0 };
  const throttle = new UnlockThrottle(() => clock.now);
  const wrong = async (address = '10.0.0.1') => {
    const refused = Promise.reject(
      new FluxError('ERR_KEY_PASSPHRASE', '/etc/secret does not open'),
    );
    refused.catch(() => {});
    const error = await throttle.attempt(address, () => refused).catch((thrown) => thrown);
    return error as FluxError & { retryAfterMs?: number };
  };
  const right = (address = '10.0.0.1') => throttle.attempt(address, async () => {});
  return { clock, throttle, wrong, right };
}

it('makes an address wait after three wrong ones, longer each time', async () => {
  const { clock, wrong, right } = throttle();
  for (let i = 0; i < 3; i++) expect((await wrong()).code).toBe('ERR_KEY_PASSPHRASE');
  expect(await wrong()).toMatchObject({ code: 'ERR_LOGIN_THROTTLED', retryAfterMs: 5000 });
  clock.now += 5000;
  expect((await wrong()).code).toBe('ERR_KEY_PASSPHRASE');
  await expect(right()).rejects.toMatchObject({ retryAfterMs: 10_000 });
  expect(await right('10.0.0.2')).toBe(4);
  clock.now += 10_000;
  expect(await right()).toBe(0);
});

it('tells nothing of the machine to who tries', async () => {
  const { wrong } = throttle();
  expect((await wrong()).message).not.toContain('/etc');
});

it('holds many addresses together to a rate, and few at once', async () => {
  const { clock, wrong, throttle: limited } = throttle();
  for (let i = 0; i < 60; i++) await wrong(`10.0.1.${i}`);
  expect(await wrong('10.0.2.1')).toMatchObject({ code: 'ERR_LOGIN_THROTTLED' });
  clock.now += 3_600_000;
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const waiting = Array.from({ length: 4 }, (_, i) => limited.attempt(`10.0.3.${i}`, () => gate));
  expect((await wrong('10.0.4.1')).code).toBe('ERR_BUSY');
  open();
  await Promise.all(waiting);
});

it('counts what was not tried for nothing', async () => {
  const { throttle: limited, right } = throttle();
  const missing = new FluxError('ERR_STORAGE_MISSING', 'It is gone.');
  for (let i = 0; i < 9; i++) {
    const attempt = limited.attempt('10.0.0.1', () => Promise.reject(missing));
    await expect(attempt).rejects.toBe(missing);
  }
  expect(await right()).toBe(0);
});
