// A client that is no browser: sends exactly what it is told, over a few TLS connections.
import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  text: string;
  /** The body as JSON; throws where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  json: any;
}

export type Headers = Record<string, string | string[]>;

export interface Sent {
  headers?: Headers;
  /** An object becomes JSON; text goes as it is, with the content type of `headers`. */
  body?: unknown;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });

export class Client {
  readonly port: number;
  /** Credentials and whatever else every request carries. */
  readonly headers: Headers;
  /** Of a session, where it has one. */
  readonly token: string | undefined;
  readonly sessionId: string | undefined;

  constructor(port: number, headers: Headers = {}, token?: string, sessionId?: string) {
    this.port = port;
    this.headers = headers;
    this.token = token;
    this.sessionId = sessionId;
  }

  /** `path` is sent as it is: nothing is normalized. */
  send(method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
    const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : undefined;
    const content = body === undefined ? undefined : (raw ?? JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          ...{ host: '127.0.0.1', port: this.port, method, path, agent },
          headers: {
            ...(content !== undefined &&
              raw === undefined && { 'content-type': 'application/json' }),
            ...(content !== undefined && { 'content-length': Buffer.byteLength(content) }),
            ...this.headers,
            ...headers,
          },
        },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const bytes = Buffer.concat(parts);
            const text = bytes.toString('utf8');
            resolve({
              ...{ status: response.statusCode ?? 0, headers: response.headers, body: bytes, text },
              get json() {
                return JSON.parse(text);
              },
            });
          });
        },
      );
      request.on('error', reject);
      request.end(content);
    });
  }

  get(path: string, headers?: Headers): Promise<Answer> {
    return this.send('GET', path, headers && { headers });
  }
  post(path: string, body?: unknown, headers?: Headers): Promise<Answer> {
    return this.send('POST', path, { body, ...(headers && { headers }) });
  }
  put(path: string, body?: unknown, headers?: Headers): Promise<Answer> {
    return this.send('PUT', path, { body, ...(headers && { headers }) });
  }
  delete(path: string, headers?: Headers): Promise<Answer> {
    return this.send('DELETE', path, headers && { headers });
  }

  /** The same address with other headers, and no session. */
  with(headers: Headers): Client {
    return new Client(this.port, headers);
  }

  /** A session of its own, by bearer token. Throws where the login is refused. */
  async login(username: string, password: string): Promise<Client> {
    const answer = await this.post('/api/auth/login', {
      username,
      password,
      tokenDelivery: 'body',
    });
    if (answer.status !== 200) throw new Error(`login: ${answer.status} ${answer.text}`);
    const { sessionToken, sessionId } = answer.json;
    const headers = { authorization: `Bearer ${sessionToken}` };
    return new Client(this.port, headers, sessionToken, sessionId);
  }

  /** Sends bytes over TLS and returns all that comes back until the server closes, or `ms` pass. */
  raw(bytes: string | Buffer, ms = 2000): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: this.port, rejectUnauthorized: false });
      let text = '';
      const end = () => {
        socket.destroy();
        resolve(text);
      };
      const timer = setTimeout(end, ms);
      socket.on('data', (part) => {
        text += part.toString('latin1');
      });
      socket.on('close', () => {
        clearTimeout(timer);
        end();
      });
      socket.on('error', (error) => (text === '' ? reject(error) : end()));
      socket.on('secureConnect', () => socket.write(bytes));
    });
  }

  /** A WebSocket, with this client's credentials; connecting may fail: see {@link Socket.opened}. */
  socket(path: string, headers: Headers = {}): Socket {
    return new Socket(`wss://127.0.0.1:${this.port}${path}`, { ...this.headers, ...headers });
  }
}

/** A WebSocket that remembers what it was told. */
export class Socket {
  readonly ws: WebSocket;
  /** JSON messages, in order. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  readonly messages: any[] = [];
  /** Binary messages. */
  readonly pictures: Buffer[] = [];
  /** 101, or the status by which it was refused. */
  readonly opened: Promise<number>;
  /** The code of the close frame; 1006 where there was none. */
  readonly closed: Promise<number>;
  #heard = new Set<() => void>();

  constructor(url: string, headers: Headers) {
    const { origin, ...rest } = headers;
    this.ws = new WebSocket(url, {
      ...{ rejectUnauthorized: false, headers: rest, perMessageDeflate: false },
      ...(typeof origin === 'string' && { origin }),
    });
    this.ws.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary) this.pictures.push(data);
      else this.messages.push(JSON.parse(data.toString('utf8')));
      for (const hear of this.#heard) hear();
    });
    this.opened = new Promise((resolve) => {
      this.ws.once('open', () => resolve(101));
      this.ws.once('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        response.resume();
        request.destroy();
      });
      this.ws.once('close', () => resolve(0));
    });
    this.closed = new Promise((resolve) => this.ws.once('close', (code) => resolve(code)));
    this.ws.on('error', () => {});
  }

  send(message: unknown): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first message for which `wanted` is true, also one that came already. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  async message(wanted: string | ((message: any) => boolean), ms = 5000): Promise<any> {
    const isWanted =
      typeof wanted === 'string' ? ({ type }: { type: string }) => type === wanted : wanted;
    await this.until(() => this.messages.some(isWanted), ms);
    return this.messages.find(isWanted);
  }

  /** Rejects after `ms`, with what came instead. */
  until(done: () => boolean, ms = 5000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#heard.delete(hear);
        reject(new Error(`not within ${ms} ms: ${JSON.stringify(this.messages).slice(0, 2000)}`));
      }, ms);
      const hear = () => {
        if (!done()) return;
        clearTimeout(timer);
        this.#heard.delete(hear);
        resolve();
      };
      this.#heard.add(hear);
      hear();
    });
  }

  end(): void {
    this.ws.terminate();
  }
}
