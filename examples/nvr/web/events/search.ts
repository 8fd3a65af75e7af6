// One list of what several servers found, the newest first: each is asked for its next ones only when the
// list has come to where it knows no more.

/** What a server has still to give. */
export interface Source<T> {
  id: string;
  /** Where its next page begins: '' at its newest, undefined where there are no more. */
  cursor: string | undefined;
  /** Found already, and older than what another one may still have. */
  waiting: readonly Found<T>[];
}

export type Found<T> = T & { serverId: string };

export interface FoundPage<T> {
  items: readonly Found<T>[];
  rest: readonly Source<T>[];
  /** Those that did not answer: their part is missing. */
  failed: readonly { id: string; error: unknown }[];
}

export function beginningOf<T>(ids: readonly string[]): Source<T>[] {
  return ids.map((id) => ({ id, cursor: '', waiting: [] }));
}

export function hasMore<T>({ rest }: FoundPage<T>): boolean {
  return rest.some(({ cursor, waiting }) => cursor !== undefined || waiting.length > 0);
}

/** Throws where none of them answers. */
export async function nextFound<T extends { start: number }>(
  sources: readonly Source<T>[],
  ask: (id: string, cursor: string) => Promise<{ items: readonly T[]; cursor?: string }>,
): Promise<FoundPage<T>> {
  const answers = await Promise.allSettled(sources.map((source) => filled(source, ask)));
  const known: Source<T>[] = [];
  const failed: { id: string; error: unknown }[] = [];
  for (const [i, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') known.push(answer.value);
    else failed.push({ id: (sources[i] as Source<T>).id, error: answer.reason });
  }
  if (known.length === 0 && failed[0]) throw failed[0].error;
  // Before this moment a server may have more than it has told.
  const horizon = Math.max(
    ...known.map(({ cursor, waiting }) =>
      cursor === undefined ? Number.NEGATIVE_INFINITY : (waiting.at(-1)?.start ?? Infinity),
    ),
  );
  const items = known
    .flatMap(({ waiting }) => waiting.filter(({ start }) => start >= horizon))
    .sort((a, b) => b.start - a.start);
  const rest = known.map((source) => ({
    ...source,
    waiting: source.waiting.filter(({ start }) => start < horizon),
  }));
  return { items, rest, failed };
}

async function filled<T>(
  source: Source<T>,
  ask: (id: string, cursor: string) => Promise<{ items: readonly T[]; cursor?: string }>,
): Promise<Source<T>> {
  const { id, cursor, waiting } = source;
  if (cursor === undefined || waiting.length > 0) return source;
  const page = await ask(id, cursor);
  return {
    id,
    cursor: page.cursor,
    waiting: page.items.map((item) => ({ ...item, serverId: id })),
  };
}
