// How a page reaches cameras of other servers: their ids, by which way, and with which tickets.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RemoteNode } from '../../../../examples/nvr/protocol/index.js';
import { perServer } from '../../../../examples/nvr/web/exports/request.js';
import {
  camerasOfServers,
  idHere,
  idThere,
  nodeOfAll,
  placeOf,
} from '../../../../examples/nvr/web/federation/ids.js';
import {
  PlaybackPass,
  windowAround,
} from '../../../../examples/nvr/web/federation/playback-pass.js';
import {
  DIRECT_AGAIN_MS,
  RouteChoice,
} from '../../../../examples/nvr/web/federation/route-choice.js';
import { TicketBook } from '../../../../examples/nvr/web/federation/ticket-book.js';
import { Turnstile } from '../../../../examples/nvr/web/federation/turnstile.js';
import {
  isSameFingerprint,
  readableFingerprint,
} from '../../../../examples/nvr/web/nodes/fingerprint.js';
import {
  changeOf,
  draftOf,
  errorsOf,
  movesOf,
} from '../../../../examples/nvr/web/nodes/node-form.js';
import { playable } from '../../../../examples/nvr/web/playback/chosen.js';
import { readQuery, searchAddress } from '../../../../examples/nvr/web/search/address.js';

const NODE = '7b1cf0de-0000-4000-8000-000000000001';

describe('ids of cameras of other servers', () => {
  it('are made of both ids, and taken apart again', () => {
    expect(idHere(NODE, 'door')).toBe(`door@${NODE}`);
    expect(placeOf(`door@${NODE}`)).toEqual({ nodeId: NODE, id: 'door' });
    expect(idThere(`door@${NODE}`)).toBe('door');
  });

  it("leave the server's own as they are", () => {
    expect(placeOf('door')).toBeUndefined();
    expect(idThere('door')).toBe('door');
  });

  it('tell which server several are of, if they are of one', () => {
    expect(nodeOfAll(['door', 'yard'])).toBe('');
    expect(nodeOfAll([`door@${NODE}`, `yard@${NODE}`])).toBe(NODE);
    expect(nodeOfAll(['door', `door@${NODE}`])).toBeUndefined();
  });
});

describe('the way to another server', () => {
  let now = 1000;
  const made = () => new RouteChoice(() => now);

  it('is the direct one first, and the other one at once where that does not open', () => {
    const choice = made();
    expect(choice.next()).toBe('direct');
    expect(choice.ended('direct', 'unopened')).toBe(true);
    expect(choice.next()).toBe('relay');
    choice.opened('relay');
    expect(choice.ended('relay', 'used')).toBe(false);
    expect(choice.next()).toBe('relay');
  });

  it('is tried directly again after a while, or when somebody asks', () => {
    const choice = made();
    choice.ended('direct', 'unopened');
    now += DIRECT_AGAIN_MS - 1;
    expect(choice.next()).toBe('relay');
    now += 1;
    expect(choice.next()).toBe('direct');
    choice.ended('direct', 'unopened');
    expect(choice.next()).toBe('relay');
    choice.tryDirect();
    expect(choice.next()).toBe('direct');
  });

  it('stays the direct one where a connection that was used is lost', () => {
    const choice = made();
    choice.opened('direct');
    expect(choice.ended('direct', 'used')).toBe(false);
    expect(choice.next()).toBe('direct');
  });

  it('is the direct one that worked again, once a node that was away is back', () => {
    const choice = made();
    choice.opened('direct');
    choice.ended('direct', 'unopened');
    expect(choice.next()).toBe('relay');
    choice.ended('relay', 'silent');
    expect(choice.next()).toBe('direct');
  });

  it('is not the direct one that never worked, where the relay fails, too', () => {
    const choice = made();
    choice.ended('direct', 'unopened');
    choice.ended('relay', 'silent');
    expect(choice.next()).toBe('relay');
  });
});

describe('a turnstile', () => {
  it('lets so many through at once, and the others in order', async () => {
    const turnstile = new Turnstile(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((i) =>
      turnstile.pass(() => {
        begun.push(i);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    expect(begun).toEqual([0, 1]);
    ends[0]?.();
    await all[0];
    expect(begun).toEqual([0, 1, 2]);
    ends[1]?.();
    ends[2]?.();
    await all[2];
    await vi.waitFor(() => expect(begun).toEqual([0, 1, 2, 3]));
    ends[3]?.();
    await Promise.all(all);
  });

  it('goes on where one fails', async () => {
    const turnstile = new Turnstile(1);
    await expect(turnstile.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(turnstile.pass(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});

describe('the tickets of a connection', () => {
  let asked: string[];
  let sent: string[][];
  let refused: string[];
  let admitted: number;
  let fails: boolean;

  beforeEach(() => {
    vi.useFakeTimers();
    [asked, sent, refused, admitted, fails] = [[], [], [], 0, false];
  });
  afterEach(() => vi.useRealTimers());

  const book = () =>
    new TicketBook({
      ask: async (id) => {
        asked.push(id);
        if (fails) throw new Error('no');
        return { ticket: `${id} ${asked.length}`, redeemWithinMs: 60_000, leaseMs: 120_000 };
      },
      onAdmitted: () => {
        admitted += 1;
      },
      onRefused: (id) => refused.push(id),
    });
  const send = (tickets: string[]) => {
    sent.push(tickets);
    return true;
  };
  const answers = () => vi.advanceTimersByTimeAsync(0);

  it('are held until it is open, and shown first', async () => {
    const tickets = book();
    tickets.want(['a', 'b']);
    await tickets.whenHeld();
    await answers();
    expect(tickets.admits('a')).toBe(false);
    expect(tickets.opened(send)).toEqual(['a 1', 'b 2']);
    expect(tickets.admits('a')).toBe(true);
    expect(sent).toEqual([]);
  });

  it('of cameras that are added are shown when they come', async () => {
    const tickets = book();
    tickets.want(['a']);
    await answers();
    tickets.opened(send);
    tickets.want(['a', 'b']);
    await answers();
    expect(sent).toEqual([['b 2']]);
    expect(admitted).toBe(1);
  });

  it('are renewed at two thirds of their leases, as often as it takes', async () => {
    const tickets = book();
    tickets.want(['a']);
    await answers();
    tickets.opened(send);
    await vi.advanceTimersByTimeAsync(79_000);
    // What is wanted again and again puts nothing off.
    tickets.want(['a']);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toEqual([['a 2']]);
    await vi.advanceTimersByTimeAsync(400_000);
    expect(asked).toHaveLength(7);
    expect(tickets.admits('a')).toBe(true);
    expect(admitted).toBe(0);
  });

  it('are no longer asked for where nobody wants the camera, and again when somebody does', async () => {
    const tickets = book();
    tickets.want(['a']);
    await answers();
    tickets.opened(send);
    tickets.want([]);
    await vi.advanceTimersByTimeAsync(60_000);
    tickets.want(['a']);
    await answers();
    expect(asked).toHaveLength(1);
    tickets.want([]);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(tickets.admits('a')).toBe(false);
    tickets.want(['a']);
    await answers();
    expect(sent).toEqual([['a 2']]);
  });

  it('are new ones for each connection', async () => {
    const tickets = book();
    tickets.want(['a']);
    await answers();
    tickets.opened(send);
    tickets.ended();
    expect(tickets.admits('a')).toBe(false);
    tickets.prepare();
    await answers();
    expect(tickets.opened(send)).toEqual(['a 2']);
  });

  it('that were not shown in time are replaced', async () => {
    const tickets = book();
    tickets.want(['a']);
    await vi.advanceTimersByTimeAsync(45_000);
    expect(tickets.opened(send)).toEqual(['a 2']);
  });

  it('that are refused are told of and asked for again, later and later', async () => {
    const tickets = book();
    fails = true;
    tickets.want(['a']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(refused.length).toBeGreaterThan(4);
    expect(refused.length).toBeLessThan(16);
    fails = false;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(tickets.opened(send)).toHaveLength(1);
  });

  it('are asked for anew where the node lets in no longer', async () => {
    const tickets = book();
    tickets.want(['a']);
    await answers();
    tickets.opened(send);
    tickets.lost('a');
    expect(tickets.admits('a')).toBe(false);
    await answers();
    expect(sent).toEqual([['a 2']]);
    expect(admitted).toBe(1);
  });

  it('end with it: nothing is asked for any more', async () => {
    const tickets = book();
    tickets.want(['a']);
    await answers();
    tickets.opened(send);
    tickets.close();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(asked).toHaveLength(1);
  });
});

describe('the tickets of a playback', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());
  const HOUR_MS = 3_600_000;
  const AT = 1_790_000_000_000;

  it('are for six hours to each side, and never for before all time', () => {
    expect(windowAround(AT)).toEqual({ start: AT - 6 * HOUR_MS, end: AT + 6 * HOUR_MS });
    expect(windowAround(1000).start).toBe(0);
  });

  it('are renewed around where it stands then, and cover no more', async () => {
    let position = AT;
    const sent: string[][] = [];
    const asked: number[] = [];
    const pass = new PlaybackPass({
      cameras: ['a', 'b'],
      ask: async (camera, { start }) => {
        asked.push(start);
        return { ticket: camera, leaseMs: 120_000 };
      },
      send: (tickets) => sent.push(tickets),
      position: () => position,
    });
    expect(pass.covers(AT)).toBe(false);
    expect(await pass.tickets(AT)).toEqual(['a', 'b']);
    expect(pass.covers(AT + 5 * HOUR_MS)).toBe(true);
    expect(pass.covers(AT + 6 * HOUR_MS)).toBe(false);
    position = AT + HOUR_MS;
    await vi.advanceTimersByTimeAsync(80_000);
    expect(sent).toEqual([['a', 'b']]);
    expect(asked.at(-1)).toBe(AT - 5 * HOUR_MS);
    pass.end();
    await vi.advanceTimersByTimeAsync(300_000);
    expect(sent).toHaveLength(1);
    expect(pass.covers(position)).toBe(false);
  });

  it('that one camera does not get keep the others from nothing', async () => {
    const pass = new PlaybackPass({
      cameras: ['a', 'b'],
      ask: async (camera) => {
        if (camera === 'b') throw new Error('no');
        return { ticket: camera, leaseMs: 120_000 };
      },
      send: () => undefined,
      position: () => AT,
    });
    expect(await pass.tickets(AT)).toEqual(['a']);
    pass.end();
  });
});

describe('what is asked of several servers', () => {
  it('is played together, sixteen cameras at most, and written out by each', () => {
    const remote = `door@${NODE}`;
    expect(playable([remote, 'yard', remote, 'door'])).toEqual([remote, 'yard', 'door']);
    expect(playable(Array.from({ length: 20 }, (_, i) => `cam${i}`))).toHaveLength(16);
    expect(camerasOfServers(['yard', remote, 'door'])).toEqual(
      new Map([
        ['', ['yard', 'door']],
        [NODE, [remote]],
      ]),
    );
    const request = { cameras: ['yard', remote, 'door'], start: 1, end: 2 };
    expect(perServer(request).map(({ cameras }) => cameras)).toEqual([['yard', 'door'], [remote]]);
  });

  it('stands in the address of the search', () => {
    const query = { cameras: ['yard', `door@${NODE}`], start: 5, end: 9 };
    expect(readQuery(searchAddress(query).split('?')[1] ?? '')).toEqual(query);
    expect(readQuery('start=-1&end=x')).toEqual({ cameras: [], start: undefined, end: undefined });
  });
});

describe('the form of a node', () => {
  const node = {
    ...{ id: NODE, label: 'Barn', url: 'https://barn.example:8443', priority: 0 },
    ...{ favourite: false, enabled: true, group: 'Farm' },
  } as RemoteNode;

  it('sends what differs alone, and says whether the page has to know of it', () => {
    const draft = draftOf(node);
    expect(changeOf(node, draft)).toEqual({});
    expect(changeOf(node, { ...draft, group: '', priority: '5' })).toEqual({
      group: '',
      priority: 5,
    });
    expect(movesOf(node, { ...draft, label: 'Stable' })).toBe(false);
    expect(movesOf(node, { ...draft, directUrl: 'barn.example' })).toBe(true);
  });

  it('says what is wrong in it', () => {
    const draft = {
      ...draftOf(node),
      label: ' ',
      url: 'ftp://x',
      apiKey: 'short',
      priority: '1.5',
    };
    expect(errorsOf(draft)).toEqual({
      ...{ label: 'label', url: 'url', apiKey: 'apiKey', priority: 'priority' },
    });
  });

  it('shows fingerprints in one way of writing', () => {
    const bare = 'ab'.repeat(32);
    expect(readableFingerprint(bare)).toBe(Array(32).fill('AB').join(':'));
    expect(isSameFingerprint(bare, Array(32).fill('AB').join(':'))).toBe(true);
    expect(readableFingerprint('none')).toBe('none');
  });
});
