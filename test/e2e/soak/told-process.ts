// A Node process that is spoken to in lines, and answers in lines of JSON.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A line of the process; `event` says which. */
export interface Told {
  event: string;
}

export class ToldProcess<News extends Told> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<string, ((news: News | undefined) => void)[]>();
  readonly #ended: Promise<number | null>;
  /** Warnings and last words. */
  stderr = '';

  constructor(program: string, options: object, onNews: (news: News) => void) {
    this.#process = spawn(process.execPath, ['--expose-gc', program, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process.stdin?.on('error', () => {});
    this.#process.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    createInterface({ input: this.#process.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const news = JSON.parse(line) as News;
      onNews(news);
      this.#waiting.get(news.event)?.shift()?.(news);
    });
    this.#ended = new Promise((resolve) => {
      this.#process.once('close', (code) => {
        resolve(code);
        for (const waiting of this.#waiting.values()) for (const wake of waiting) wake(undefined);
      });
    });
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Says `line`, if any, and waits for the next news of that kind. Rejects where it ends first. */
  async ask(event: string, line?: string): Promise<News> {
    const answer = new Promise<News | undefined>((resolve) => {
      const waiting = this.#waiting.get(event) ?? [];
      waiting.push(resolve);
      this.#waiting.set(event, waiting);
    });
    if (line !== undefined) this.#process.stdin?.write(`${line}\n`);
    const died = this.#ended.then(() => undefined);
    const news = await Promise.race([answer, died]);
    if (news) return news;
    throw new Error(`The process ended without '${event}':\n${this.stderr}`);
  }

  /** Ends its input, which ends it where it has not ended by itself. */
  endInput(): void {
    this.#process.stdin?.end();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
