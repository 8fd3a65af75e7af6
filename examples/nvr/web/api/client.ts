// Requests to one server: JSON there and back, problems as errors.
import { ApiProblem, problemOf } from './problem.js';

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

export interface RequestOptions {
  query?: Query;
  signal?: AbortSignal;
}

export interface ApiClientOptions {
  /** `''`: the server this page came from, by cookie. Otherwise `https://host:port`. */
  origin: string;
  /** Of another server's session; kept in memory alone. */
  token?: () => string | undefined;
  /** A request was refused since there is no session (401), or the password has to be changed. */
  onUnauthorized?: (problem: ApiProblem) => void;
}

export interface TakenPicture {
  blob: Blob;
  /** The camera sends nothing at present: it is the last that was recorded. */
  recorded: boolean;
  /** UTC milliseconds. */
  time?: number;
}

/** Throws {@link ApiProblem} for all that does not succeed; an aborted request throws its reason. */
export class ApiClient {
  constructor(private readonly options: ApiClientOptions) {}

  get<T>(path: string, options?: RequestOptions): Promise<T> {
    return this.send<T>('GET', path, undefined, options);
  }

  post<T>(path: string, body: unknown = {}, options?: RequestOptions): Promise<T> {
    return this.send<T>('POST', path, body, options);
  }

  put<T>(path: string, body: unknown, options?: RequestOptions): Promise<T> {
    return this.send<T>('PUT', path, body, options);
  }

  delete<T>(path: string, options?: RequestOptions): Promise<T> {
    return this.send<T>('DELETE', path, undefined, options);
  }

  /** For pictures: `/api/cameras/{id}/snapshot`. */
  async blob(path: string, options?: RequestOptions): Promise<Blob> {
    return (await this.picture(path, options)).blob;
  }

  /** A picture, whether it is of now, and of when it is. */
  async picture(path: string, options?: RequestOptions): Promise<TakenPicture> {
    const response = await this.request('GET', path, undefined, options);
    const time = Number(response.headers.get('x-picture-time') ?? Number.NaN);
    return {
      blob: await response.blob(),
      recorded: response.headers.get('x-picture-source') === 'recorded',
      ...(Number.isFinite(time) && { time }),
    };
  }

  /** For links and `<img>` of this server; another server's need {@link blob}. */
  url(path: string, query?: Query): string {
    return `${this.options.origin}${path}${queryString(query)}`;
  }

  /** For sockets: `wss://host:port/path`. */
  socketUrl(path: string): string {
    return new URL(path, this.options.origin || location.href).href.replace(/^http/, 'ws');
  }

  private async send<T>(
    method: string,
    path: string,
    body: unknown,
    options?: RequestOptions,
  ): Promise<T> {
    const response = await this.request(method, path, body, options);
    if (response.status === 204) return undefined as T;
    try {
      return (await response.json()) as T;
    } catch {
      throw new ApiProblem({ code: 'ERR_RESPONSE', status: response.status });
    }
  }

  private async request(
    method: string,
    path: string,
    body: unknown,
    { query, signal }: RequestOptions = {},
  ): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const token = this.options.token?.();
    if (token) headers.authorization = `Bearer ${token}`;
    let response: Response;
    try {
      response = await fetch(this.url(path, query), {
        method,
        headers,
        credentials: this.options.origin ? 'omit' : 'same-origin',
        cache: 'no-store',
        redirect: 'error',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiProblem({ code: 'ERR_UNREACHABLE', status: 0 });
    }
    if (response.ok) return response;
    const problem = await problemOf(response);
    if (problem.status === 401 || problem.code === 'ERR_PASSWORD_CHANGE_REQUIRED') {
      this.options.onUnauthorized?.(problem);
    }
    throw problem;
  }
}

/** With `?`; lists as `a,b`; members that are undefined are left out. */
export function queryString(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    parameters.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : '';
}

/** Puts an id into a path. */
export function path(strings: TemplateStringsArray, ...ids: string[]): string {
  return strings.reduce((text, part, i) => text + encodeURIComponent(ids[i - 1] ?? '') + part);
}
