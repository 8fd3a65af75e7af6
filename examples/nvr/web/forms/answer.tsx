// What a page shows of a query: its data, that it is on its way, or why there is none.
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, Notice, Spinner } from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';

/** Data that is there stays on the page when asking again fails. */
export function Answer<T>({
  query,
  children,
}: {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
}) {
  const { t } = useTranslation('common');
  const { data, error, isPending } = query;
  return (
    <>
      {error && (
        <FailureNotice error={error}>
          <Button icon="refresh" busy={query.isFetching} onClick={() => void query.refetch()}>
            {t('retry')}
          </Button>
        </FailureNotice>
      )}
      {isPending && !error && <Spinner label={t('loading')} />}
      {data !== undefined && children(data)}
    </>
  );
}

/** Why something failed and what to do, and the server's own words where ours are general. */
export function FailureNotice({ error, children }: { error: unknown; children?: ReactNode }) {
  const { title, meaning, advice } = wordsOfError(error);
  const own = error instanceof Error && error.message !== title ? error.message : '';
  return (
    <Notice tone="bad" title={title}>
      {meaning && <p>{meaning}</p>}
      {advice && <p>{advice}</p>}
      {own && <p>{own}</p>}
      {children}
    </Notice>
  );
}
