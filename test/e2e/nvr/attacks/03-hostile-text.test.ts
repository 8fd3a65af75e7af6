// Attacks 3, 5, 6 and 18: text that is a path, a page, a formula, a prototype or another content type.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csvText } from '../../../../examples/nvr/web/format/csv.js';
import type { Client } from '../support/client.js';
import { PASSWORD, startNvr, type TestNvr } from '../support/nvr.js';

let nvr: TestNvr;
let admin: Client;

beforeAll(async () => {
  nvr = await startNvr({ cameras: [{ id: 'door', url: 'rtsp://127.0.0.1:9/nothing' }] });
  admin = await nvr.login('ADMIN');
});
afterAll(() => nvr?.close());

const camera = { name: 'Gate', url: 'rtsp://127.0.0.1:9/nothing', enabled: false };

describe('3: ids that are paths', () => {
  const paths = [
    ...['..', '../../../etc/passwd', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '..%5c..%5cetc'],
    ...['%00', 'door%00', '%2fetc%2fpasswd', '/etc/passwd', 'door%2f..%2fdoor', '.hidden'],
    ...['file:%2f%2f%2fetc%2fpasswd', `${'a'.repeat(5000)}`, '%c0%ae%c0%ae%2f', '%ff', '%'],
    ...['door%0d%0aSet-Cookie:a=b', '..;/door', 'door/.', 'CON', 'nvr.json', 'keys', 'users.db'],
  ];

  it.each([
    ...['/api/cameras/', '/api/recordings/', '/api/exports/', '/api/users/', '/api/layouts/'],
    ...['/api/system/sessions/', '/api/system/api-keys/', '/api/system/nodes/', '/', '/assets/'],
  ])('find nothing under %s, and say nothing of files', async (prefix) => {
    for (const path of paths) {
      for (const end of ['', '/download', '/files/..%2f..%2f..%2fusers.db']) {
        const method = prefix === '/' || end !== '' ? 'GET' : 'DELETE';
        const answer = await admin.send(method, `${prefix}${path}${end}`);
        const { status, text, headers } = answer;
        const isPage = status === 200 && String(headers['content-type']).startsWith('text/html');
        expect([path, status, isPage || (status >= 400 && status < 500)]).toEqual([
          ...[path, status, true],
        ]);
        expect(text).not.toMatch(/root:|ENOENT|EISDIR|node_modules|\.ts:\d/);
        expect(text).not.toContain(nvr.storage);
        expect(headers['set-cookie']).toBeUndefined();
      }
    }
  });

  it('are no ids of cameras', async () => {
    for (const id of ['..', '.', '.x', 'a/b', 'a\\b', 'a\u0000b', 'a b', '', 'x'.repeat(65), 'ü']) {
      const { status, json } = await admin.post('/api/cameras', { ...camera, id });
      expect([id, status, json.code]).toEqual([id, 400, 'ERR_VALIDATION']);
    }
  });
});

describe('5: names that are pages, scripts, formulas or control characters', () => {
  const names = [
    ...['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', 'javascript:alert(1)'],
    ...[
      '\u202egnp.exe',
      '\u001b[31mred\u001b[0m',
      'two\nlines\r\nSet-Cookie: a=b',
      '=cmd|"/C calc"!A0',
    ],
    ...['{{7*7}}', '%s%n', "'; DROP TABLE users; --", '../../etc/passwd', '\u0000'],
  ];

  it('stay text: as JSON that no browser reads as a page, and one line of the log', async () => {
    for (const name of names) {
      const made = await admin.post('/api/cameras', { ...camera, name, group: name });
      expect([name, made.status]).toEqual([name, 201]);
      const { id } = made.json;
      expect(id).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      const seen = await admin.get(`/api/cameras/${id}`);
      expect(seen.json.name).toBe(name);
      expect(seen.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(seen.headers['x-content-type-options']).toBe('nosniff');
      expect(seen.headers['content-security-policy']).toContain("script-src 'self'");
      expect(seen.headers['content-security-policy']).not.toContain('unsafe');
      await admin.delete(`/api/cameras/${id}`);
    }
    for (const name of names.slice(4, 7)) {
      await nvr.anonymous.post('/api/auth/login', { username: name, password: 'x' });
      await admin.get('/api/account', { 'user-agent': name.replace(/[^\x20-\x7e]/g, '?') });
    }
    for (const line of nvr.log) {
      expect(line.endsWith('\n') && line.indexOf('\n') === line.length - 1).toBe(true);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
      expect(() => JSON.parse(line)).not.toThrow();
    }
  });

  it('are not taken as names of users', async () => {
    const { permissions } = (await admin.get('/api/account')).json;
    for (const username of [...names, 'a b', 'ADMIN', 'a'.repeat(65), '\u00ad', '']) {
      const user = { username, password: 'long enough for it', permissions };
      const { status } = await admin.post('/api/users', user);
      expect([username, status]).toEqual([username, username === 'ADMIN' ? 409 : 400]);
    }
  });

  it('come back in problems as JSON alone', async () => {
    const path = '/api/cameras/%3Cimg%20src=x%20onerror=alert(1)%3E';
    const { headers } = await admin.get(path);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(headers['x-content-type-options']).toBe('nosniff');
    const host = { host: '"><script>alert(1)</script>' };
    const page = await nvr.anonymous.get('/', host);
    expect(`${page.text}${page.headers['content-security-policy']}`).not.toContain('alert');
  });

  it('are text in a table that a spreadsheet opens', () => {
    const csv = csvText([['=1+1', '+1', '-1+1', '@x', '\t=1', '\r=1', 'a"b', 'plain']]);
    for (const cell of csv.slice(1).split(',').slice(0, 6)) expect(cell).toMatch(/^"?'/);
    expect(csv).toContain('"a""b"');
  });
});

describe('6: names of the prototype', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'valueOf'];

  it('are cameras, users, keys, layouts and settings like any other: none', async () => {
    for (const name of names) {
      for (const path of [
        `/api/cameras/${name}`,
        `/api/exports/${name}`,
        `/api/recordings/${name}`,
      ]) {
        expect([path, (await admin.get(path)).status]).toEqual([path, 404]);
      }
      const key = nvr.anonymous.with({ 'x-nvr-auth': name });
      expect((await key.get('/api/cameras')).status).toBe(401);
    }
    for (const username of names.slice(0, 2)) {
      const login = { username, password: PASSWORD };
      expect((await nvr.anonymous.post('/api/auth/login', login)).status).toBe(401);
    }
  });

  it('make a camera that is a camera, and nothing else', async () => {
    for (const id of ['__proto__', 'constructor', 'hasOwnProperty']) {
      expect((await admin.post('/api/cameras', { ...camera, id })).status).toBe(201);
      expect((await admin.get(`/api/cameras/${id}`)).json.name).toBe('Gate');
      expect((await admin.get('/api/system/storage')).status).toBe(200);
      expect((await admin.delete(`/api/cameras/${id}`)).status).toBe(204);
    }
    expect((await admin.get('/api/cameras')).json.items).toHaveLength(1);
  });

  it('in a body are refused, and change no object', async () => {
    const bodies = [
      '{"username":"admin","password":"x","__proto__":{"isAdmin":true}}',
      '{"username":"admin","password":"x","constructor":{"prototype":{"isAdmin":true}}}',
      '{"\\u005f_proto__":{"isAdmin":true},"username":"a","password":"b"}',
    ];
    for (const body of bodies) {
      const headers = { 'content-type': 'application/json' };
      const answer = await nvr.anonymous.send('POST', '/api/auth/login', { body, headers });
      expect([body, answer.status]).toEqual([body, 400]);
      const kept = body.replace(/"username".*?"password":"."/, '"a":1');
      await admin.send('PUT', '/api/account/preferences', { body: kept, headers });
    }
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect((await admin.get('/api/account/preferences')).json).toEqual({});
  });

  it('as wrong types are refused, not guessed at', async () => {
    for (const body of [
      { username: ['admin'], password: PASSWORD },
      { username: { $ne: null }, password: PASSWORD },
      { username: 'admin', password: { $gt: '' } },
      { username: 'admin', password: true },
      { username: 'admin', password: PASSWORD, role: 'ADMIN' },
      [{ username: 'admin', password: PASSWORD }],
      null,
    ]) {
      expect((await nvr.anonymous.post('/api/auth/login', body)).status).toBe(400);
    }
    const twice = '/api/system/logs?level=info&level=debug';
    expect((await admin.get(twice)).status).toBe(400);
    expect((await admin.get('/api/system/logs?level[]=info')).status).toBe(400);
    expect((await admin.get('/api/system/logs?limit=1e9')).status).toBe(400);
    expect((await admin.get('/api/system/audit?cursor=__proto__')).status).toBe(400);
  });
});

describe('18: content types that are nearly JSON', () => {
  it.each([
    ...['application/json\ta', 'application/json garbage', 'application/json; charset=utf-7'],
    ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'],
    ...[
      'application/json, text/plain',
      'application/problem+json',
      'application/jsonp',
      'text/json',
    ],
    ...['application/json;charset=utf-8;x', '\tapplication/json;', ''],
  ])('%j reads no body', async (type) => {
    const body = JSON.stringify({ username: 'admin', password: PASSWORD });
    const headers = { 'content-type': type };
    const { status } = await nvr.anonymous.send('POST', '/api/auth/login', { body, headers });
    expect([400, 415]).toContain(status);
  });

  it('takes a body without a type for none, and one that is packed for no JSON', async () => {
    const body = JSON.stringify({ username: 'admin', password: PASSWORD });
    const untyped = await nvr.anonymous.send('POST', '/api/auth/login', { body });
    expect([400, 415]).toContain(untyped.status);
    const { gzipSync } = await import('node:zlib');
    const packed = await nvr.anonymous.send('POST', '/api/auth/login', {
      body: gzipSync(body),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect([400, 415]).toContain(packed.status);
  });

  it('validates what comes in pieces, too', async () => {
    const text = await nvr.anonymous.raw(
      [
        ...['POST /api/auth/login HTTP/1.1', 'Host: x', 'Content-Type: application/json'],
        ...['Transfer-Encoding: chunked', 'Connection: close', '', '2', '{}', '0', '', ''],
      ].join('\r\n'),
    );
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('ERR_VALIDATION');
  });
});

describe('requests inside of requests', () => {
  const hidden = 'GET /api/users HTTP/1.1\r\nHost: x\r\n\r\n';
  it.each([
    ['both lengths', `Content-Length: ${hidden.length}\r\nTransfer-Encoding: chunked`],
    ['two lengths', `Content-Length: 0\r\nContent-Length: ${hidden.length}`],
    ['a list of encodings', 'Transfer-Encoding: identity, chunked, identity'],
    ['an encoding that is nearly one', 'Transfer-Encoding: xchunked'],
    ['a folded header', 'X-A: b\r\n Transfer-Encoding: chunked'],
    ['a length with a sign', `Content-Length: +${hidden.length}`],
  ])('with %s get one answer at most', async (_, header) => {
    const start = `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;
    const text = await nvr.anonymous.raw(`${start}${header}\r\n\r\n0\r\n\r\n${hidden}`, 500);
    expect(text.match(/^HTTP\/1\.1 4\d\d /gm)?.length ?? 0).toBeLessThanOrEqual(2);
    expect(text).not.toMatch(/HTTP\/1\.1 2\d\d/);
  });
});
