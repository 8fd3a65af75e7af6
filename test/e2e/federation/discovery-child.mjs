// One server that is published and browses: tells its events as lines of JSON. Lines of stdin: `close`
// ends it, `sockets` asks how many it has open, anything else is an update as JSON.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Discovery } from '../../../dist/index.js';

const { name, ...options } = JSON.parse(process.argv[2]);
const tell = (news) => console.log(JSON.stringify({ ...news, at: Date.now() }));
const discovery = new Discovery(options);
for (const event of ['up', 'changed', 'down']) {
  discovery.on(event, (server) => tell({ event, server }));
}
discovery.on('renamed', (instance) => tell({ event: 'renamed', instance }));
discovery.on('failed', (failure) => tell({ event: 'failed', ...failure }));
tell({ event: 'published' });
discovery.publish({
  ...{ name, version: '1.0.0', cameraCount: 1, httpPort: 8443, wsPort: 8443 },
  ...{ apiMin: 1, apiMax: 1, tls: true },
});
discovery.browse();

createInterface({ input: process.stdin }).on('line', async (line) => {
  if (line === 'sockets') {
    // 14E9: port 5353. There is nobody else on this machine.
    const lines = readFileSync('/proc/self/net/udp', 'utf8').split('\n');
    const sockets = lines.filter((text) => text.includes(':14E9 ')).length;
    return tell({ event: 'sockets', sockets });
  }
  if (line !== 'close') return discovery.update(JSON.parse(line));
  await discovery.close();
  process.stdin.destroy();
});
