import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { TicketTerms } from '../../../src/federation/index.js';
import { thrownBy } from '../thrown.js';
import { ORIGIN, openNode, terms } from './auth.js';

const DAY = 86_400_000;
const codeOf = (run: () => unknown) => thrownBy(run).code;

describe('a ticket', () => {
  it('lets in to one camera, once, and to nothing else', async () => {
    const { auth, pair } = await openNode();
    const { key, home } = pair();
    const made = auth.issueTicket(key, terms());
    expect(made.ticket).toMatch(/^fvt_[\w-]{43}$/);
    expect(made).toMatchObject({ permissions: ['live'], redeemWithinMs: 60_000, leaseMs: 120_000 });
    const holder = auth.redeem([made.ticket], { origin: ORIGIN });
    expect(holder).toMatchObject({
      ...{ keyId: key.id, origin: ORIGIN, user: { name: 'kim', role: 'OPERATOR' } },
      home: { id: home.homeId, name: home.name },
    });
    const may = (['live', 'archive', 'ptz'] as const).flatMap((permission) =>
      ['door', 'yard', 'constructor'].filter((id) => holder.may(permission, id)),
    );
    expect(may).toEqual(['door']);
    expect(codeOf(() => auth.redeem([made.ticket], { origin: ORIGIN }))).toBe('ERR_TICKET');
  });

  it('is refused in the same words whatever is wrong, and is used up by that', async () => {
    const { auth, pair, clock } = await openNode();
    const { key } = pair();
    const good = () => auth.issueTicket(key, terms()).ticket;
    const [stolen, late] = [good(), good()];
    const refusals = [
      ...['', 'fvt_', 'constructor', `fvt_${'A'.repeat(43)}`, ` ${good()}`].map((ticket) =>
        thrownBy(() => auth.redeem([ticket], { origin: ORIGIN })),
      ),
      ...[undefined, 'null', 'https://evil.example', `${ORIGIN}0`].map((origin) =>
        thrownBy(() => auth.redeem([origin === undefined ? stolen : good()], { origin })),
      ),
      thrownBy(() => auth.redeem([stolen], { origin: ORIGIN })),
      thrownBy(() => auth.redeem([], { origin: ORIGIN })),
    ];
    clock.ms += 60_000;
    refusals.push(thrownBy(() => auth.redeem([late], { origin: ORIGIN })));
    expect(new Set(refusals.map(({ code, message }) => `${code} ${message}`)).size).toBe(1);
    expect(refusals[0]?.code).toBe('ERR_TICKET');
  });

  it('is made for what key and role allow alone', async () => {
    const { auth, pair } = await openNode();
    const [all, watching] = [pair().key, pair(['metadata', 'media']).key];
    const asked = terms({ permissions: ['ptz', 'live'] });
    const viewer = { name: 'kim', role: 'VIEWER' } as const;
    expect(auth.issueTicket(all, asked).permissions).toEqual(['ptz', 'live']);
    expect(auth.issueTicket(all, { ...asked, user: viewer }).permissions).toEqual(['live']);
    expect(auth.issueTicket(watching, asked).permissions).toEqual(['live']);
    const ptz = terms({ permissions: ['ptz'] });
    expect(codeOf(() => auth.issueTicket(watching, ptz))).toBe('ERR_FORBIDDEN');
    const reading = pair(['metadata']).key;
    expect(codeOf(() => auth.issueTicket(reading, terms()))).toBe('ERR_FORBIDDEN');
  });

  it('is made for pages of the key alone', async () => {
    const { auth, pair, apiKeys } = await openNode();
    const { key, pairing } = pair();
    auth.pair(key, { ...pairing, origins: ['https://a.example'] });
    expect(codeOf(() => auth.issueTicket(key, terms()))).toBe('ERR_ORIGIN');
    const stranger = apiKeys.create({ label: 'x', scopes: ['media'] });
    expect(codeOf(() => auth.issueTicket(stranger, terms()))).toBe('ERR_ORIGIN');
  });

  it('is made for a stretch of footage', async () => {
    const { auth, pair } = await openNode();
    const { key } = pair();
    const archive = (change: object) => terms({ permissions: ['archive'], ...change });
    for (const wrong of [
      ...[{}, { start: 1 }, { end: 1 }, { start: 2, end: 2 }, { start: 2, end: 1 }],
      ...[
        { start: 0, end: 7 * DAY + 1 },
        { start: -1, end: 1 },
        { start: 0.5, end: 1 },
      ],
      ...[
        { start: '1', end: 2 },
        { permissions: [] },
        { permissions: ['admin'] },
        { cameraId: '' },
      ],
      ...[{ cameraId: 'door@x' }, { cameraId: '../x' }, { origin: 'null' }, { user: {} }, { x: 1 }],
    ]) {
      const ask = () => auth.issueTicket(key, archive(wrong) as TicketTerms);
      expect([wrong, codeOf(ask)]).toEqual([wrong, 'ERR_INVALID_ARGUMENT']);
    }
    const { ticket } = auth.issueTicket(key, archive({ start: 5, end: 7 }));
    const holder = auth.redeem([ticket], { origin: ORIGIN });
    expect(holder.grant('door')).toEqual({
      ...{ cameraId: 'door', permissions: ['archive'], start: 5, end: 7 },
    });
  });

  it('gives way to newer ones of its own home where too many wait', async () => {
    const { auth, pair } = await openNode();
    const [greedy, modest] = [pair().key, pair().key];
    const kept = auth.issueTicket(modest, terms()).ticket;
    const first = auth.issueTicket(greedy, terms()).ticket;
    for (let i = 0; i < 2500; i++) auth.issueTicket(greedy, terms());
    expect(codeOf(() => auth.redeem([first], { origin: ORIGIN }))).toBe('ERR_TICKET');
    expect(auth.redeem([kept], { origin: ORIGIN }).keyId).toBe(modest.id);
  });
});

describe('who was let in by tickets', () => {
  it('stays for a lease, and for as long as it is renewed', async () => {
    const { auth, pair, clock } = await openNode();
    const { key } = pair();
    const ticket = (change = {}) => auth.issueTicket(key, terms(change)).ticket;
    const holder = auth.redeem([ticket(), ticket({ cameraId: 'yard' })], { origin: ORIGIN });
    const changed: string[] = [];
    holder.on('changed', (id) => changed.push(id));
    clock.ms = 119_999;
    auth.expire();
    expect(holder.grants().map(({ cameraId }) => cameraId)).toEqual(['door', 'yard']);
    holder.renew([ticket({ permissions: ['live', 'ptz'] })]);
    expect(holder.may('ptz', 'door')).toBe(true);
    clock.ms = 120_000;
    expect(holder.may('live', 'yard')).toBe(false);
    auth.expire();
    expect(changed).toEqual(['door', 'yard']);
    expect(holder.ended.aborted).toBe(false);
    clock.ms = 239_999;
    expect(holder.may('live', 'door')).toBe(false);
    auth.expire();
    expect(holder.ended.reason).toBe('expired');
    expect(auth.holders()).toEqual([]);
    expect(codeOf(() => holder.renew([ticket()]))).toBe('ERR_TICKET');
  });

  it('is kept neither longer nor shorter by a clock that jumps', async () => {
    const { auth, pair } = await openNode();
    const { key } = pair();
    const tickets = [auth.issueTicket(key, terms()).ticket];
    vi.useFakeTimers({ now: Date.now() + 10 * DAY, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const holder = auth.redeem(tickets, { origin: ORIGIN });
    vi.setSystemTime(0);
    auth.expire();
    expect(holder.may('live', 'door')).toBe(true);
  });

  it('is one user of one home on one page, and takes no tickets of others', async () => {
    const { auth, pair } = await openNode();
    const [one, two] = [pair(), pair()];
    const ticket = (key = one.key, change = {}) => auth.issueTicket(key, terms(change)).ticket;
    const lee = { user: { name: 'lee', role: 'OPERATOR' } };
    const yard = { cameraId: 'yard' };
    const mixed = [ticket(), ticket(two.key, yard), ticket(one.key, { ...lee, ...yard })];
    const holder = auth.redeem(mixed, { origin: ORIGIN });
    expect(holder.grants().map(({ cameraId }) => cameraId)).toEqual(['door']);
    for (const foreign of [
      ...[ticket(two.key, yard), ticket(one.key, { ...lee, ...yard })],
      ticket(one.key, { ...yard, user: { name: 'kim', role: 'ADMIN' } }),
    ]) {
      expect(codeOf(() => holder.renew([foreign]))).toBe('ERR_TICKET');
    }
    expect(holder.renew([ticket(one.key, yard), 'fvt_x'])).toHaveLength(1);
  });

  it('ends at once where the home says so of the user, or its key expires', async () => {
    const { auth, pair, apiKeys } = await openNode();
    const { key } = pair();
    const as = (name: string) => terms({ user: { name, role: 'OPERATOR' } });
    const enter = (name: string) =>
      auth.redeem([auth.issueTicket(key, as(name)).ticket], { origin: ORIGIN });
    const [kim, lee] = [enter('kim'), enter('lee')];
    const waiting = auth.issueTicket(key, as('kim')).ticket;
    auth.endTickets(key.id, 'kim');
    expect([kim.ended.reason, lee.ended.reason]).toEqual(['revoked', undefined]);
    expect(codeOf(() => auth.redeem([waiting], { origin: ORIGIN }))).toBe('ERR_TICKET');
    enter('kim');

    const expiresAt = Date.now() + 60_000;
    const brief = apiKeys.create({ label: 'x', scopes: ['media'], expiresAt });
    auth.pair(brief, { homeId: auth.homes()[0]?.homeId as string, name: 'x', origins: [ORIGIN] });
    const short = auth.redeem([auth.issueTicket(brief, terms()).ticket], { origin: ORIGIN });
    vi.useFakeTimers({ now: expiresAt, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    auth.expire();
    expect(short.ended.reason).toBe('revoked');
  });

  it('has so many connections, and no more', async () => {
    const { auth, pair } = await openNode();
    const { key } = pair();
    const enter = () => auth.redeem([auth.issueTicket(key, terms()).ticket], { origin: ORIGIN });
    const holders = Array.from({ length: 16 }, enter);
    expect(codeOf(enter)).toBe('ERR_LIMIT');
    holders[0]?.close();
    expect(enter().ended.aborted).toBe(false);
  });
});
