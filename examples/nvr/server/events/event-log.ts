// Events of cameras: told to who listens as they begin and end, and kept in the index when they are over.
import {
  type FootageEvent,
  isFluxError,
  type MotionEvent,
  type NewFootageEvent,
  type Recorder,
  type RecorderCameraChange,
} from '@fluxvision/core';
import type { NewEvent, NvrEvent } from '../../protocol/index.js';
import { type Cursor, cursorOf } from '../media/cursor.js';
import type { Bus } from './bus.js';

/** Something that begins or ends at a camera. */
export interface Happening {
  cameraId: string;
  type: string;
  /** UTC milliseconds. */
  from: number;
  /** Absent while it goes on. */
  to?: number;
  score?: number;
  data?: unknown;
}

export interface EventListQuery {
  cameras: readonly string[];
  type?: string | undefined;
  /** UTC milliseconds, half open. */
  start?: number | undefined;
  end?: number | undefined;
  after?: Cursor | undefined;
  limit: number;
}

export class EventLog {
  readonly #recorder: Recorder;
  readonly #bus: Bus;
  /** Since when cameras are away. */
  readonly #offline = new Map<string, number>();
  /** What began and is not over: it has no row yet. */
  readonly #goingOn = new Map<string, NvrEvent>();
  readonly #onCamera = (change: RecorderCameraChange) => this.#cameraChanged(change);

  constructor(recorder: Recorder, bus: Bus) {
    this.#recorder = recorder;
    this.#bus = bus;
    recorder.on('camera', this.#onCamera);
  }

  /** The newest first; on the first page with what goes on. */
  list(query: EventListQuery) {
    const { cameras, type, start, end, after, limit } = query;
    const rows = this.#recorder.index.events({
      cameraIds: cameras,
      ...(type !== undefined && { type }),
      ...(start !== undefined && { from: start }),
      ...(end !== undefined && { to: end }),
      ...(after && { after: { from: after.time, id: after.id } }),
      first: 'newest',
      limit: limit + 1,
    });
    const items = rows.slice(0, limit);
    const last = items.at(-1);
    const cursor = rows.length > limit && last ? cursorOf(last.from, last.id) : undefined;
    const over = items.map((row) => this.#eventOf(row));
    const known = new Set(over.map(({ id }) => id));
    const goingOn = after ? [] : this.#listGoingOn(query).filter(({ id }) => !known.has(id));
    return {
      items: [...goingOn, ...over].sort((a, b) => b.start - a.start),
      ...(cursor && { cursor }),
    };
  }

  /** A bookmark, or a trigger from outside, which records a camera of mode `event`. */
  create({ cameraId, event, start, end, note }: NewEvent, username: string): NvrEvent {
    const from = start ?? Date.now();
    const row = this.#add({
      ...{ cameraId, type: event, from, to: Math.max(end ?? 0, from + 1) },
      data: { username, ...(note !== undefined && { note }) },
    });
    const made = this.#eventOf(row);
    this.#bus.emit('event', made);
    return made;
  }

  /** A camera that is switched off, or gone, has footage to be marked all the same. */
  #add(event: NewFootageEvent): FootageEvent {
    try {
      return this.#recorder.trigger(event);
    } catch (error) {
      if (!isFluxError(error, 'ERR_CAMERA_NOT_FOUND')) throw error;
      return this.#recorder.index.addEvent(event);
    }
  }

  /** The motion detector has it in the index already, and recorded, where it is over. */
  readonly onMotion = ({ cameraId, phase, from, to, score, box, zones }: MotionEvent): void => {
    if (phase === 'update') return;
    const over = phase === 'end' && { to: Math.max(to, from + 1) };
    this.tell({ cameraId, type: 'motion', from, ...over, score, data: { box, zones } });
  };

  /** Something begins that a camera told of: where it records events, it is recorded from now on. */
  begin(happening: Happening): void {
    this.#recorder.prolong(happening.cameraId, Date.now());
    this.tell(happening);
  }

  /** It is over: into the index, also of a camera that was stopped meanwhile. */
  end({ cameraId, type, from, to, data }: Happening & { to: number }): void {
    const over = { cameraId, type, from, to, data };
    this.#recorder.note(over);
    this.tell(over);
  }

  /** Tells who listens, and who asks while it goes on. */
  tell(happening: Happening): void {
    const { cameraId, type, from, to, score, data } = happening;
    const event: NvrEvent = {
      ...{ id: idOf(happening), cameraId, event: type, start: from },
      ...(to !== undefined && { end: to }),
      ...(score !== undefined && { score }),
      ...(data !== undefined && { metadata: data }),
      hasFootage: this.#seemsToHaveFootage(cameraId, from, to ?? Date.now()),
    };
    if (to === undefined) this.#goingOn.set(event.id, event);
    else this.#goingOn.delete(event.id);
    this.#bus.emit('event', event);
  }

  #listGoingOn({ cameras, type, start, end }: EventListQuery): NvrEvent[] {
    const now = Date.now();
    if (start !== undefined && now <= start) return [];
    return [...this.#goingOn.values()]
      .filter(
        (event) =>
          cameras.includes(event.cameraId) &&
          (type === undefined || event.event === type) &&
          (end === undefined || event.start < end),
      )
      .map((event) => ({
        ...event,
        hasFootage: this.#hasFootage(event.cameraId, event.start, now),
      }));
  }

  close(): void {
    this.#recorder.off('camera', this.#onCamera);
  }

  /** A camera that is away is an event; that it was never there is none. */
  #cameraChanged({ cameraId, stream, state, at, error }: RecorderCameraChange): void {
    if (stream !== 'main') return;
    const since = this.#offline.get(cameraId);
    const data = { code: error?.code ?? 'ERR_CONNECTION' };
    if (state === 'waiting' && since === undefined) {
      this.#offline.set(cameraId, at);
      this.tell({ cameraId, type: 'camera_offline', from: at, data });
    } else if (state === 'closed') {
      this.#offline.delete(cameraId);
      // Its end is told by nobody.
      for (const [id, event] of this.#goingOn) {
        if (event.cameraId === cameraId) this.#goingOn.delete(id);
      }
    } else if (state === 'playing' && since !== undefined) {
      this.#offline.delete(cameraId);
      this.end({ cameraId, type: 'camera_offline', from: since, to: Math.max(at, since + 1) });
    }
  }

  #eventOf({ cameraId, type, from, to, score, data, id }: FootageEvent): NvrEvent {
    return {
      id: idOf({ cameraId, type, from, row: id }),
      cameraId,
      event: type,
      start: from,
      end: to,
      ...(score !== null && { score }),
      ...(data !== null && data !== undefined && { metadata: data }),
      hasFootage: this.#hasFootage(cameraId, from, to),
    };
  }

  /** Also while another program holds the index: who records can still be told that something happens. */
  #seemsToHaveFootage(cameraId: string, from: number, to: number): boolean {
    try {
      return this.#hasFootage(cameraId, from, to);
    } catch (error) {
      if (!isFluxError(error, 'ERR_INDEX')) throw error;
      return true;
    }
  }

  #hasFootage(cameraId: string, from: number, to: number): boolean {
    const { index } = this.#recorder;
    const last = index.previousSegment({ cameraId, startTime: Math.max(from, to - 1) });
    return last !== undefined && last.endTime > from;
  }
}

/** What goes on has no row yet: it has the same id before and after. Bookmarks may share a moment. */
const GO_ON = new Set(['motion', 'camera_offline']);

function idOf(event: Pick<Happening, 'cameraId' | 'type' | 'from'> & { row?: number }): string {
  const { cameraId, type, from, row } = event;
  const isOneAtATime = row === undefined || GO_ON.has(type) || type.startsWith('onvif:');
  return isOneAtATime ? `${type}-${cameraId}-${from}` : `${type}-${row}`;
}
