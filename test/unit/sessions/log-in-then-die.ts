// A process that logs in, kicks, makes and revokes keys, says so, and is killed.
import { writeSync } from 'node:fs';
import { KeyManager } from '../../../src/keys/index.js';
import { SessionManager } from '../../../src/sessions/index.js';

const [storage, directory, passphrase] = process.argv.slice(2) as [string, string, string];
const keys = await KeyManager.open({ directory, passphrase });
const manager = await SessionManager.open({
  ...{ storage, keys, passwordIterations: 100_000 },
});
const [username, password, address] = ['kim', 'a gate of green iron', '10.0.0.1'];
await manager.users.createFirst({ username, password });
const log = () => manager.login({ username, password, address });
const [a, b, c] = [await log(), await log(), await log()];
manager.terminate(b.session.id, 'kicked');
const key = manager.apiKeys.create({ label: 'kept', scopes: ['metrics'] });
const revoked = manager.apiKeys.create({ label: 'revoked', scopes: ['metrics'] });
manager.apiKeys.revoke(revoked.id);
for (const from of ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']) {
  await manager.login({ username: 'lee', password, address: from }).catch(() => {});
}
const said = { lasting: [a.token, c.token], kicked: [b.token], key: key.key, revoked: revoked.key };
writeSync(1, JSON.stringify(said));
process.kill(process.pid, 'SIGKILL');
