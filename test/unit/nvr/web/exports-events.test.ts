import { describe, expect, it } from 'vitest';
import {
  eventsAddress,
  matches,
  NO_FILTERS,
  readFilters,
  withEvent,
} from '../../../../examples/nvr/web/events/filters.js';
import {
  bytesWithin,
  type ExportDraft,
  errorsOf,
  requestOf,
} from '../../../../examples/nvr/web/exports/request.js';

const now = 1_000_000;
const draft: ExportDraft = {
  cameras: ['door'],
  start: 1000,
  end: 61_000.4,
  format: 'mp4',
  audio: true,
  reason: ' theft ',
  passphrase: '',
};

describe('asking for an export', () => {
  it('sends what was chosen, and a passphrase only where it seals', () => {
    expect(requestOf(draft, now)).toEqual({
      cameras: ['door'],
      start: 1000,
      end: 61_000,
      format: 'mp4',
      audio: true,
      reason: 'theft',
    });
    const sealed = { ...draft, format: 'sealed' as const, passphrase: 'correct horse' };
    expect(requestOf(sealed, now)).toMatchObject({ passphrase: 'correct horse' });
    expect(requestOf({ ...draft, passphrase: 'correct horse' }, now)).not.toHaveProperty(
      'passphrase',
    );
  });

  it('says what is wrong', () => {
    expect(errorsOf({ ...draft, cameras: [] }, now)).toEqual({ cameras: 'noCamera' });
    expect(errorsOf({ ...draft, end: 500 }, now)).toEqual({ end: 'endBeforeStart' });
    expect(errorsOf({ ...draft, start: undefined }, now)).toEqual({ start: 'unreadable' });
    expect(errorsOf({ ...draft, format: 'sealed' }, now)).toEqual({ passphrase: 'passphrase' });
    expect(errorsOf(draft, 500)).toEqual({ start: 'future' });
    expect(requestOf({ ...draft, cameras: [] }, now)).toBeUndefined();
  });

  it('estimates its size by the share of each segment', () => {
    const segments = [
      { start: 0, end: 60_000, bytes: 600 },
      { start: 60_000, end: 120_000, bytes: 1200 },
    ];
    expect(bytesWithin(segments, 30_000, 90_000)).toBe(900);
    expect(bytesWithin(segments, 200_000, 300_000)).toBe(0);
  });
});

describe('the list of events', () => {
  const event = { id: '1', cameraId: 'door', event: 'motion', start: 100, end: 200 };

  it('keeps its filters in the address', () => {
    const filters = { cameras: ['door', 'yard'], type: 'motion', start: 5, end: 10 };
    expect(readFilters(eventsAddress(filters).slice('/events'.length))).toEqual(filters);
    expect(eventsAddress(NO_FILTERS)).toBe('/events');
    expect(readFilters('?start=-1&end=x')).toEqual(NO_FILTERS);
  });

  it('takes what happens where it fits', () => {
    expect(matches(NO_FILTERS, event)).toBe(true);
    expect(matches({ ...NO_FILTERS, cameras: ['yard'] }, event)).toBe(false);
    expect(matches({ ...NO_FILTERS, type: 'bookmark' }, event)).toBe(false);
    expect(matches({ ...NO_FILTERS, end: 100 }, event)).toBe(false);
    expect(matches({ ...NO_FILTERS, start: 199 }, event)).toBe(true);
    expect(matches({ ...NO_FILTERS, start: 200 }, event)).toBe(false);
  });

  it('has an event once, that began and that ended, and the newest first', () => {
    const began = { id: 'x', cameraId: 'door', event: 'motion', start: 300 };
    const list = withEvent<typeof began>([event], began);
    expect(list.map(({ start }) => start)).toEqual([300, 100]);
    const ended = withEvent(list, { ...began, id: '2' });
    expect(ended.map(({ id }) => id)).toEqual(['2', '1']);
    expect(withEvent([], began)).toEqual([began]);
  });
});
