// The page events: what happened, the newest first, and the footage of it.
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearch } from 'wouter';
import { useCameraNames, useCameras, useServers } from '../api/index.js';
import { Button, EmptyState, Notice, Page, PageSpinner } from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';
import { browserZone } from '../timeline/index.js';
import { BookmarkDialog } from './bookmark-dialog.js';
import { useEvents } from './data.js';
import { EventCard } from './event-card.js';
import styles from './events.module.css';
import { FilterBar } from './filter-bar.js';
import { eventsAddress, NO_FILTERS, readFilters } from './filters.js';
import { useEventSources } from './sources.js';

export default function EventsPage() {
  const { t } = useTranslation(['events', 'timeline']);
  const search = useSearch();
  const [, navigate] = useLocation();
  const filters = useMemo(() => readFilters(search), [search]);
  const answer = useCameras();
  const cameras = useMemo(() => answer.data?.filter(({ may }) => may.archive) ?? [], [answer.data]);
  // Marks are kept by the server that has the footage.
  const ours = useMemo(() => cameras.filter((camera) => !camera.node), [cameras]);
  const { all, active } = useServers();
  const isWide = filters.servers === 'all';
  const names = useCameraNames(isWide ? all : [active]);
  const zone = useMemo(browserZone, []);
  const [isMarking, setIsMarking] = useState(false);
  const { sources, away } = useEventSources(filters);
  const { data, error, isPending, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } =
    useEvents(filters, sources);
  const events = data?.pages.flatMap(({ items }) => items) ?? [];
  const serverOf = ({ serverId }: { serverId: string }) =>
    sources.find(({ id }) => id === serverId)?.server ?? active;
  const failure = error && wordsOfError(error);
  const silent = new Set(data?.pages.flatMap(({ failed }) => failed.map(({ id }) => id)));
  const missing = [...away, ...sources.flatMap(({ id, label }) => (silent.has(id) ? label : []))];
  const list = useRef<HTMLUListElement>(null);
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!end.current || !hasNextPage) return;
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) void fetchNextPage();
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [hasNextPage, fetchNextPage]);
  return (
    <Page
      title={t('title')}
      actions={
        <Button icon="bookmark" onClick={() => setIsMarking(true)} disabled={ours.length === 0}>
          {t('newBookmark')}
        </Button>
      }
    >
      <FilterBar
        filters={filters}
        cameras={cameras}
        hasServers={all.length > 1 || isWide}
        zone={zone}
        onChange={(next) => navigate(eventsAddress(next), { replace: true })}
      />
      {failure && (
        <Notice tone="bad" title={failure.title}>
          {failure.advice}
        </Notice>
      )}
      {missing.length > 0 && (
        <Notice tone="warn" title={t('missingServers', { names: missing.join(', ') })}>
          <Button onClick={() => void refetch()}>{t('askAgain')}</Button>
        </Notice>
      )}
      {isPending && <PageSpinner />}
      {data && events.length === 0 && (
        <EmptyState icon="events" title={t('empty')}>
          <p>{t('emptyText')}</p>
          <Button onClick={() => navigate(eventsAddress(NO_FILTERS))}>{t('clearFilters')}</Button>
        </EmptyState>
      )}
      <ul
        ref={list}
        className={styles.list}
        aria-label={t('title')}
        onKeyDown={(event) => moveFocus(event, list.current)}
      >
        {events.map((event) => (
          <li
            key={`${event.serverId} ${event.cameraId} ${event.event} ${event.start} ${event.id}`}
            className={styles.item}
          >
            <EventCard
              event={event}
              name={names.get(`${serverOf(event).id} ${event.cameraId}`) ?? event.cameraId}
              server={serverOf(event)}
              namesServer={isWide}
              zone={zone}
            />
          </li>
        ))}
      </ul>
      <div ref={end} className={styles.end}>
        {hasNextPage && (
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('older')}
          </Button>
        )}
      </div>
      <BookmarkDialog open={isMarking} onOpenChange={setIsMarking} cameras={ours} zone={zone} />
    </Page>
  );
}

/** Arrows, Home and End go from event to event. */
function moveFocus(event: React.KeyboardEvent, list: HTMLElement | null): void {
  const links = [...(list?.querySelectorAll<HTMLElement>('a') ?? [])];
  const i = links.indexOf(document.activeElement as HTMLElement);
  if (i < 0) return;
  const to = {
    ArrowDown: i + 1,
    ArrowRight: i + 1,
    ArrowUp: i - 1,
    ArrowLeft: i - 1,
    Home: 0,
    End: links.length - 1,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  links[Math.max(0, Math.min(links.length - 1, to))]?.focus();
}
