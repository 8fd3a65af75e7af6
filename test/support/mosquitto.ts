// Debian's mosquitto as a message broker that wants a password.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Broker {
  url: string;
  username: string;
  password: string;
  /** Holds the password. */
  passwordFile: string;
  close(): Promise<void>;
}

/** Who connects at once tries again until it listens. */
export async function startBroker(): Promise<Broker> {
  const [username, password] = ['user', 'a password'];
  const folder = mkdtempSync(join(tmpdir(), 'fluxvision-broker-'));
  const [passwords, config, secret] = ['passwords', 'mosquitto.conf', 'secret'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  spawnSync('mosquitto_passwd', ['-b', '-c', passwords, username, password]);
  writeFileSync(secret, `${password}\n`);
  const port = await freePort();
  const lines = [`listener ${port} 127.0.0.1`, `password_file ${passwords}`];
  const user = spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim();
  writeFileSync(config, [...lines, 'allow_anonymous false', `user ${user}`, ''].join('\n'));
  const child = spawn('/usr/sbin/mosquitto', ['-c', config], { stdio: 'ignore' });
  const ended = once(child, 'close');
  return {
    ...{ url: `mqtt://127.0.0.1:${port}`, username, password, passwordFile: secret },
    close: async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
