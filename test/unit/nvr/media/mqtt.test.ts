// With Debian's mosquitto as the broker.
import { join } from 'node:path';
import mqtt from 'mqtt';
import { expect, it, onTestFinished } from 'vitest';
import { Bus } from '../../../../examples/nvr/server/events/bus.js';
import { MqttBridge } from '../../../../examples/nvr/server/mqtt/mqtt-bridge.js';
import { Recorder } from '../../../../src/index.js';
import { type Broker, startBroker } from '../../../support/mosquitto.js';
import { passphrase, simulate, until } from '../../recording/recorded.js';
import { temporaryDirectory } from '../../temporary-directory.js';

async function broker(): Promise<Broker> {
  const started = await startBroker();
  onTestFinished(() => started.close());
  return started;
}

it('tells the broker of cameras and events, and that it is gone', async () => {
  const { url, username, password, passwordFile } = await broker();
  const simulator = await simulate();
  const storage = join(temporaryDirectory(), 'storage');
  const recorder = await Recorder.open({ storage, passphrase });
  onTestFinished(() => recorder.close());
  recorder.addCamera({ id: 'door', url: simulator.urls[0] as string });
  const listener = mqtt.connect(url, { username, password, reconnectPeriod: 100 });
  onTestFinished(() => void listener.end(true));
  const got = new Map<string, { text: string; retain: boolean }>();
  listener.on('message', (topic, payload, { retain }) => {
    got.set(topic, { text: String(payload), retain });
  });
  await listener.subscribeAsync('fluxvision/#', { qos: 1 });

  const bus = new Bus();
  const settings = { url, username, passwordFile };
  const states: unknown[] = [];
  const onState = (error: Error | undefined) => states.push(error);
  const bridge = new MqttBridge({ settings, serverId: 's1', recorder, bus, onState });
  const state = 'fluxvision/s1/cameras/door/state';
  await until(() => got.get(state)?.text.includes('"playing"') ?? false);
  expect(got.get('fluxvision/s1/availability')?.text).toBe('online');
  expect(states).toContain(undefined);
  bus.emit('event', { id: 'e', cameraId: 'door', event: 'motion', start: 1, hasFootage: true });
  await until(() => got.has('fluxvision/s1/cameras/door/events'));
  expect(JSON.parse(got.get('fluxvision/s1/cameras/door/events')?.text ?? '')).toMatchObject({
    event: 'motion',
  });
  // Who comes later finds the states, and no events of old.
  got.clear();
  await listener.unsubscribeAsync('fluxvision/#');
  await listener.subscribeAsync('fluxvision/#', { qos: 1 });
  await until(() => got.has(state));
  expect(got.get(state)?.retain).toBe(true);
  await bridge.close();
  await until(() => got.get('fluxvision/s1/availability')?.text === 'offline');
  expect(got.has('fluxvision/s1/cameras/door/events')).toBe(false);
});

it('says that the broker refuses it', async () => {
  const { url, username } = await broker();
  const recorder = await Recorder.open({
    ...{ storage: join(temporaryDirectory(), 'storage'), passphrase },
  });
  onTestFinished(() => recorder.close());
  const refused = await new Promise((resolve) => {
    const settings = { url, username };
    const parts = { settings, serverId: 's1', recorder, bus: new Bus() };
    const bridge = new MqttBridge({
      ...parts,
      onState: (error) => {
        if (error?.message.includes('uthor')) resolve(error);
      },
    });
    onTestFinished(() => bridge.close());
  });
  expect(String(refused)).toMatch(/not authorized/i);
});
