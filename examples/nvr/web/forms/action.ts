// What a button makes the server do: once at a time, with words for how it went.
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { useServer } from '../api/index.js';
import { toast } from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';

export interface ActionOptions<R> {
  /** Words for when it succeeded; none: what changed on the page says it. */
  done?: string;
  /** What the server has to be asked for again: second members of query keys. */
  changes?: readonly string[];
  onDone?: (result: R) => void;
  /** Shows the failure itself; otherwise a toast does. */
  onFailure?: (error: Error) => void;
}

export function useAction<T = void, R = unknown>(
  run: (value: T) => Promise<R>,
  { done, changes = [], onDone, onFailure }: ActionOptions<R> = {},
): UseMutationResult<R, Error, T> {
  const queries = useQueryClient();
  const server = useServer();
  return useMutation<R, Error, T>({
    mutationFn: run,
    onSuccess: (result) => {
      for (const what of changes) void queries.invalidateQueries({ queryKey: [server.id, what] });
      if (done !== undefined) toast({ title: done, tone: 'good' });
      onDone?.(result);
    },
    onError: (error) => {
      if (onFailure) onFailure(error);
      else toastFailure(error);
    },
  });
}

export function toastFailure(error: unknown): void {
  const { title, advice } = wordsOfError(error);
  toast({ title, detail: advice, tone: 'bad' });
}
