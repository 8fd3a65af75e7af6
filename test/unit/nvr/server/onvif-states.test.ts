import type { OnvifEvent } from '@fluxvision/core';
import { describe, expect, it } from 'vitest';
import { OnvifStates } from '../../../../examples/nvr/server/events/onvif-states.js';

const NOW = Date.UTC(2026, 0, 1);

function input(state: string, token = 'door', time = NOW): OnvifEvent {
  const topic = 'tns1:Device/Trigger/DigitalInput';
  const told = { operation: 'changed', motion: undefined } as const;
  return { ...told, topic, time, source: { InputToken: token }, data: { LogicalState: state } };
}

describe('what a camera tells of itself', () => {
  it('begins once, and ends when it has been over for a while', () => {
    const states = new OnvifStates();
    const begun = { type: 'onvif:digital_input', from: NOW, source: 'door' };
    expect(states.take(input('true'), NOW)).toMatchObject([begun]);
    expect(states.take(input('1'), NOW)).toEqual([]);
    expect(states.take(input('false', 'door', NOW + 500), NOW + 500)).toEqual([]);
    expect(states.settle(NOW + 1000)).toEqual([]);
    expect(states.take(input('true', 'door', NOW + 1000), NOW + 1000)).toEqual([]);
    expect(states.settle(NOW + 9000)).toEqual([]);
    expect(states.take(input('false', 'door', NOW + 10_000), NOW + 10_000)).toEqual([]);
    expect(states.settle(NOW + 12_000)).toEqual([{ ...begun, to: NOW + 10_000 }]);
    expect(states.isActive).toBe(false);
  });

  it('is bounded, however many inputs it names and whatever its clock says', () => {
    const states = new OnvifStates();
    const begun = Array.from({ length: 1000 }, (_, i) =>
      states.take(input('true', `${'x'.repeat(500)}${i}`.slice(-200), i * 1e12), NOW),
    ).flat();
    expect(begun.length).toBeLessThanOrEqual(32);
    expect(new Set(begun.map(({ from }) => from)).size).toBe(begun.length);
    for (const { from, source } of begun) {
      expect(Math.abs(from - NOW)).toBeLessThanOrEqual(60_100);
      expect(source.length).toBeLessThanOrEqual(100);
    }
    for (const { from, to } of states.endAll(NOW)) expect(to).toBeGreaterThan(from);
    expect(states.take({ ...input('true'), topic: 'tns1:Device/Other' }, NOW)).toEqual([]);
    expect(states.take({ ...input('true'), data: {} }, NOW)).toEqual([]);
  });
});
