// The settings file: what is wrong with it is told by line and column.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  ConfigError,
  parseConfig,
  readPassphrase,
} from '../../../../examples/nvr/server/config/index.js';

function problemsOf(text: string, file = 'nvr.yaml'): string[] {
  try {
    parseConfig(text, file);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a settings file', () => {
  it('may be YAML or JSON, and its paths are relative to it', () => {
    const yaml = parseConfig(
      'storage: footage\ntls: { certificate: a.crt, key: a.key }',
      '/etc/nvr.yaml',
    );
    expect(yaml.storage).toBe('/etc/footage');
    expect(yaml.tls).toMatchObject({ certificate: '/etc/a.crt', key: '/etc/a.key' });
    expect(parseConfig('{"storage": "/data",\n\t"metrics": false}', 'nvr.json').metrics).toBe(
      false,
    );
  });

  it('has defaults that are secure', () => {
    const config = parseConfig('storage: footage', 'nvr.yaml');
    expect(config).toMatchObject({ allowLoopbackCameras: false, transcode: 'never' });
    expect(config.trustedProxies).toBeUndefined();
    expect(config.allowedOrigins).toBeUndefined();
  });

  it('names what it does not know, where, and what was probably meant', () => {
    expect(problemsOf('storage: x\nlisten:\n  prot: 80\n')).toEqual([
      "nvr.yaml:3:3: 'prot' is no setting in listen; did you mean 'port'?",
    ]);
    expect(problemsOf('storage: x\n__proto__: 1\nconstructor: 2')).toHaveLength(2);
  });

  it('says what it found and what it expected', () => {
    expect(problemsOf('storage: x\nlisten:\n  port: "eight"')).toEqual([
      'nvr.yaml:3:9: listen.port must be an integer from 0 to 65535, found "eight"',
    ]);
    expect(problemsOf('storage: x\nlogLevel: loud')).toEqual([
      'nvr.yaml:2:11: logLevel must be one of "debug", "info", "warn", "error", found "loud"',
    ]);
    expect(problemsOf('name: x')).toEqual(["nvr.yaml:1:1: the file lacks 'storage'"]);
    expect(problemsOf('{"storage": "x",\n "limits": {"clients": 0}}', 'a.json')).toEqual([
      'a.json:2:24: limits.clients must be an integer from 1 to 1000, found 0',
    ]);
    expect(problemsOf('storage: x\npassphrase: { file: a, env: B }')).toEqual([
      'nvr.yaml:2:13: passphrase must be exactly one of file, env, credential, ask, found { file, env }',
    ]);
  });

  it('tells what contradicts itself', () => {
    expect(problemsOf('storage: x\ntls:\n  key: a.key')).toEqual([
      'nvr.yaml:3:3: tls needs certificate and key, or neither of them',
    ]);
    expect(problemsOf('storage: x\nlisten: { wsPort: 8081 }')).toEqual([
      'nvr.yaml:2:9: listen needs httpPort and wsPort, or neither of them',
    ]);
  });

  it('does not take syntax errors, doubled keys and tags for settings', () => {
    expect(problemsOf('storage: [1')[0]).toMatch(/^nvr\.yaml:1:\d+: /);
    expect(problemsOf('storage: x\nstorage: y')).toEqual(['nvr.yaml:2:1: Map keys must be unique']);
    expect(problemsOf('storage: !exec "rm"')[0]).toMatch(/^nvr\.yaml:1:10: Unresolved tag/);
  });

  it('has an example whose every line is good', () => {
    const file = join(import.meta.dirname, '../../../../examples/nvr/deploy/nvr.example.yaml');
    const text = readFileSync(file, 'utf8');
    expect(problemsOf(text)).toEqual([]);
    // What stands behind "#:" is a setting with its default, or an example of one.
    const all = text.replace(/^( *)#: ?/gm, '$1');
    expect(problemsOf(all)).toEqual([]);
  });
});

describe('the passphrase', () => {
  it('comes from where the settings say, unless the environment says otherwise', () => {
    const settings = { passphrase: { env: 'MINE' } };
    expect(readPassphrase(settings, { MINE: 'of mine' })).toBe('of mine');
    expect(readPassphrase(settings, { MINE: 'a', FLUXVISION_PASSPHRASE: 'b' })).toBe('b');
    expect(readPassphrase({ passphrase: { ask: true } }, {})).toBeUndefined();
  });

  it('is asked for in words that say how', () => {
    expect(() => readPassphrase({}, {})).toThrow(/passphrase: \{ file: ... \}/);
    expect(() => readPassphrase({ passphrase: { file: '/no/such' } }, {})).toThrow(/\/no\/such/);
    expect(() => readPassphrase({ passphrase: { credential: 'nvr' } }, {})).toThrow(
      /LoadCredential=nvr/,
    );
  });
});
