// The page search: what was recorded when, by which camera of which server.
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearch } from 'wouter';
import type { NodeAnswer } from '../../protocol/index.js';
import { useCameras, useServers } from '../api/index.js';
import { Button, EmptyState, Notice, Page, PageSpinner } from '../design/index.js';
import { idThere } from '../federation/ids.js';
import { FailureNotice } from '../forms/answer.js';
import { wordsOf } from '../i18n/words.js';
import { browserZone } from '../timeline/index.js';
import { NOTHING_SPECIAL, readQuery, searchAddress } from './address.js';
import { useRecordings } from './data.js';
import { RecordingCard } from './recording-card.js';
import styles from './search.module.css';
import { SearchBar } from './search-bar.js';

const DAY_MS = 86_400_000;

export default function SearchPage() {
  const { t } = useTranslation('search');
  const search = useSearch();
  const [, navigate] = useLocation();
  const query = useMemo(() => readQuery(search), [search]);
  const answer = useCameras();
  const { node } = useServers();
  const cameras = useMemo(() => answer.data?.filter(({ may }) => may.archive) ?? [], [answer.data]);
  const zone = useMemo(browserZone, []);
  const [now] = useState(Date.now);
  const { start = now - DAY_MS, end = now } = query;
  const asked = query.cameras.length > 0 || node === undefined ? query.cameras : ids(cameras);
  const found = useRecordings(asked, { start, end }, end > start && (!node || asked.length > 0));
  const pages = found.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const bottom = useRef<HTMLDivElement>(null);
  const { hasNextPage, fetchNextPage } = found;
  useEffect(() => {
    if (!bottom.current || !hasNextPage) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) void fetchNextPage();
    });
    observer.observe(bottom.current);
    return () => observer.disconnect();
  }, [hasNextPage, fetchNextPage]);
  return (
    <Page title={t('title')}>
      <SearchBar
        cameras={cameras}
        query={query}
        range={{ start, end }}
        zone={zone}
        onChange={(next) => navigate(searchAddress(next), { replace: true })}
      />
      {end <= start && <Notice tone="warn">{t('endBeforeStart')}</Notice>}
      {found.error && <FailureNotice error={found.error} />}
      <Silent answers={pages.flatMap(({ nodes = [] }) => nodes)} onAgain={found.refetch} />
      <Missing cameras={pages.flatMap(({ missing = [] }) => missing)} />
      {found.isLoading && <PageSpinner />}
      {found.data && items.length === 0 && (
        <EmptyState icon="search" title={t('empty')}>
          <p>{t('emptyText')}</p>
          <Button onClick={() => navigate(searchAddress(NOTHING_SPECIAL))}>{t('clear')}</Button>
        </EmptyState>
      )}
      <ul className={styles.list} aria-label={t('title')}>
        {items.map((recording) => (
          <li key={`${recording.node?.id ?? ''} ${recording.id}`}>
            <RecordingCard recording={recording} zone={zone} />
          </li>
        ))}
      </ul>
      <div ref={bottom} className={styles.end}>
        {hasNextPage && (
          <Button busy={found.isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('more')}
          </Button>
        )}
      </div>
    </Page>
  );
}

/** Whose footage is missing. */
function Silent(props: { answers: readonly NodeAnswer[]; onAgain: () => unknown }) {
  const { t } = useTranslation('search');
  const silent = new Map(
    props.answers.filter(({ status }) => status !== 'ok').map((answer) => [answer.id, answer]),
  );
  if (silent.size === 0) return null;
  return (
    <Notice tone="warn" title={t('missing')}>
      <ul>
        {[...silent.values()].map(({ id, label, error }) => (
          <li key={id}>
            {label}
            {error && `: ${wordsOf(error.code, error.message).title}`}
          </li>
        ))}
      </ul>
      <Button icon="refresh" onClick={() => void props.onAgain()}>
        {t('again')}
      </Button>
    </Notice>
  );
}

/** Cameras that their servers have no more. */
function Missing({ cameras }: { cameras: readonly string[] }) {
  const { t } = useTranslation('search');
  if (cameras.length === 0) return null;
  const names = [...new Set(cameras)].map(idThere).join(', ');
  return (
    <Notice tone="warn" title={t('noCameras')}>
      {names}
    </Notice>
  );
}

function ids(cameras: readonly { id: string }[]): string[] {
  return cameras.map(({ id }) => id);
}
