// What happens, as it happens, for all who want to know: sockets, MQTT, and whoever else listens.
import { EventEmitter } from 'node:events';
import type { Static } from 'typebox';
import type { Changed, NvrEvent } from '../../protocol/index.js';

export type ChangedWhat = Static<typeof Changed>['what'];

export interface BusEvents {
  /** Something happened at a camera: began, or (with `end`) is over. */
  event: [event: NvrEvent];
  /** Ask for it again. */
  changed: [change: { what: ChangedWhat; id?: string }];
  /** Another quota holds for a session from now on. */
  quota: [sessionId: string];
}

export class Bus extends EventEmitter<BusEvents> {
  constructor() {
    super();
    // One per socket.
    this.setMaxListeners(0);
  }

  changed(what: ChangedWhat, id?: string): void {
    this.emit('changed', { what, ...(id !== undefined && { id }) });
  }
}
