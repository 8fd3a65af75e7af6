// Opens a key store, uses every kind of key, records for a moment, and then waits to be looked at.
import { writeHeapSnapshot } from 'node:v8';
import { ConfigStore, KeyManager, Recorder, SessionTokens } from '../../../dist/index.js';

const { storage, passphrase, url, snapshot } = JSON.parse(process.argv[2]);
const bytes = new TextEncoder().encode(passphrase);
const keys = await KeyManager.open({ directory: `${storage}/keys`, passphrase: bytes });
bytes.fill(0);
const config = await ConfigStore.open({ storage, keys });
config.setCamera({ id: 'door', url, password: 'unused' });
config.setSetting('retention', 30);
new SessionTokens({ keys }).issue({ userId: 'kim' });
keys.rotateMaster();
await keys.addRoot({ type: 'passphrase', passphrase: 'second', iterations: 100_000 });
await keys.exportKeys({
  ids: [keys.videoKey('door', Date.now()).id],
  administratorPassword: 'administrator',
  passphrase: 'package',
});
const recorder = await Recorder.open({ storage, keys, segmentDuration: 2 });
recorder.addCamera({ id: 'door', url });
recorder.once('segment', () => {
  // Known to be in memory: shows that the search would find what it looks for.
  globalThis.controlText = 'a control that must be found';
  globalThis.control = Buffer.from(globalThis.controlText);
  writeHeapSnapshot(snapshot);
  process.send('ready');
});
// Held, as an application would.
globalThis.handles = [keys.databaseKey(), keys.configKey(), keys.sessionKey(), config];
