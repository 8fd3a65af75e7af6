// The connection of a playback to another server, in front of the messages: its way, its tickets, and the
// names that its cameras have there.
import type { PlaybackRequest, ServerMessage } from '../../protocol/messages.js';
import { ApiProblem, type ServerConnection } from '../api/index.js';
import { idHere, idThere, nodeOfAll } from '../federation/ids.js';
import type { Passage } from '../federation/node-link.js';
import { PlaybackPass } from '../federation/playback-pass.js';
import type { Ending } from '../federation/route-choice.js';

export interface NodePlaybackOptions {
  server: ServerConnection;
  cameras: readonly string[];
  /** Where a connection begins. */
  beginning: () => number;
  /** Over the connection that is there; false where there is none. */
  send: (message: object) => boolean;
  /** No tickets: why. */
  onRefused: (code: string, message: string) => void;
}

/** Undefined where the cameras are of the server itself, or not all of one node. */
export function nodePlayback(options: NodePlaybackOptions): NodePlayback | undefined {
  const nodeId = nodeOfAll(options.cameras);
  return nodeId ? new NodePlayback(nodeId, options) : undefined;
}

const RETRY_MS = 3000;
/** Of the minute in which a ticket has to be shown. */
const SHOW_WITHIN_MS = 45_000;

export class NodePlayback {
  readonly passage: Passage;
  readonly #pass: PlaybackPass;
  #first: string[] = [];
  #showUntil = 0;
  #position = 0;
  #isOver = false;
  /** What waits until a seek in front of it may go. */
  #queue: PlaybackRequest[] | undefined;

  constructor(
    private readonly nodeId: string,
    private readonly options: NodePlaybackOptions,
  ) {
    const link = options.server.linkTo(nodeId);
    this.passage = link.passage('playback');
    this.#pass = new PlaybackPass({
      cameras: options.cameras,
      ask: (camera, range) => link.ticket(camera, ['archive'], range),
      send: (tickets) => void options.send({ type: 'tickets', tickets }),
      position: () => this.#position,
    });
  }

  /** Resolves when there are tickets for where it begins; tries again where there are none. */
  async ready(): Promise<void> {
    if (this.#first.length > 0) return;
    this.#position = this.options.beginning();
    while (!this.#isOver) {
      try {
        this.#first = await this.#pass.tickets(this.#position);
        this.#showUntil = Date.now() + SHOW_WITHIN_MS;
        return;
      } catch (error) {
        this.#refused(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** What has to be said first. */
  greeting(): object[] {
    const tickets = this.#first;
    this.#first = [];
    return tickets.length > 0 ? [{ type: 'tickets', tickets }] : [];
  }

  ended(how: Ending): void {
    this.#queue = undefined;
    // Tickets that were not shown are good for the next attempt.
    if (how === 'unopened' && Date.now() < this.#showUntil) return;
    this.#first = [];
    this.#pass.end();
  }

  close(): void {
    this.#isOver = true;
    this.ended('used');
  }

  there<T extends { cameras: string[] }>(opening: T): T {
    return { ...opening, cameras: opening.cameras.map(idThere) };
  }

  here(message: ServerMessage): ServerMessage {
    if (message.type === 'position') this.#position = message.position;
    if (!('cameraId' in message) || message.cameraId === undefined) return message;
    return { ...message, cameraId: idHere(this.nodeId, message.cameraId) };
  }

  /** In order; a seek beyond what the tickets are for waits for others, and what follows with it. */
  send(request: PlaybackRequest): boolean {
    if (this.#queue) {
      this.#queue.push(request);
      return true;
    }
    if (request.type === 'seek' && !this.#pass.covers(request.position)) {
      this.#queue = [request];
      void this.#extend(request.position);
      return true;
    }
    if (request.type === 'seek') this.#position = request.position;
    return this.options.send(request);
  }

  async #extend(position: number): Promise<void> {
    const queue = this.#queue;
    let tickets: string[] = [];
    try {
      tickets = await this.#pass.tickets(position);
    } catch (error) {
      this.#refused(error);
    }
    if (this.#queue !== queue || !queue) return;
    this.#queue = undefined;
    if (tickets.length > 0) this.options.send({ type: 'tickets', tickets });
    // One that needs others again waits with what is behind it.
    for (const request of queue) {
      if (this.#queue) (this.#queue as PlaybackRequest[]).push(request);
      else if (request === queue[0]) this.#sendSought(request);
      else this.send(request);
    }
  }

  #sendSought(request: PlaybackRequest): void {
    if (request.type === 'seek') this.#position = request.position;
    this.options.send(request);
  }

  #refused(error: unknown): void {
    const { code, message } =
      error instanceof ApiProblem ? error : { code: 'ERR_TICKET', message: String(error) };
    this.options.onRefused(code, message);
  }
}
