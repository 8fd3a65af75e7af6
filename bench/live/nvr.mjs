// The process that serves the browser: a whole NVR, set up, with the cameras of CAMERA_URLS.
import { join } from 'node:path';
import {
  loadConfig,
  Nvr,
  openIdentity,
  openLog,
  startServer,
} from '../../examples/nvr/dist/server/index.js';

const { CAMERA_URLS, DIRECTORY, ACCOUNT } = process.env;
const config = loadConfig(join(DIRECTORY, 'nvr.json'));
const { log, ring } = openLog('warn');
const nvr = await Nvr.open({
  ...{ config, log, logs: ring, identity: await openIdentity(config) },
  showSetupToken: () => {},
});
const server = await startServer(nvr);
for (const [at, url] of JSON.parse(CAMERA_URLS).entries()) {
  await nvr.cameras.add({ id: `cam${at + 1}`, name: `Camera ${at + 1}`, url });
}
await nvr.sessions.users.createFirst(JSON.parse(ACCOUNT));
nvr.endSetup();
process.on('disconnect', () => void server.close().then(() => process.exit()));
process.send({ port: server.port });
