// The page exports: what is being written out, and what is ready to be taken.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { ExportJob } from '../../protocol/index.js';
import { itemsOf, useAllCameras, useServer } from '../api/index.js';
import { EmptyState, Notice, Page, PageSpinner } from '../design/index.js';
import { wordsOfError } from '../i18n/words.js';
import styles from './exports.module.css';
import { JobCard } from './job-card.js';

const RUNNING_MS = 1000;
const IDLE_MS = 30_000;

export default function ExportsPage() {
  const { t } = useTranslation('exports');
  const server = useServer();
  const cameras = useAllCameras();
  const answer = useQuery({
    queryKey: [server.id, 'exports'],
    queryFn: async ({ signal }) =>
      itemsOf(
        await server.api.get<ExportJob[] | { items: ExportJob[] }>('/api/exports', { signal }),
      ),
    refetchInterval: ({ state }) =>
      state.data?.some((job) => job.state === 'running' || job.state === 'queued')
        ? RUNNING_MS
        : IDLE_MS,
  });
  const jobs = [...(answer.data ?? [])].sort((a, b) => b.createdAt - a.createdAt);
  const failure = answer.error && wordsOfError(answer.error);
  return (
    <Page title={t('title')}>
      {answer.isPending && <PageSpinner />}
      {failure && (
        <Notice tone="bad" title={failure.title}>
          {failure.advice}
        </Notice>
      )}
      {answer.data && jobs.length === 0 && (
        <EmptyState icon="exports" title={t('empty')}>
          <p>{t('emptyText')}</p>
          <Link to="/playback">{t('toPlayback')}</Link>
        </EmptyState>
      )}
      <ul className={styles.jobs}>
        {jobs.map((job) => (
          <li key={job.id}>
            <JobCard job={job} cameras={cameras.data ?? []} />
          </li>
        ))}
      </ul>
      {jobs.some(({ state }) => state === 'done') && (
        <details className={styles.verify}>
          <summary>{t('verifyTitle')}</summary>
          <p>{t('verifyWhole')}</p>
          <pre>
            <code>fluxvision verify-export FOLDER</code>
          </pre>
          <p>{t('verifyText')}</p>
          <pre>
            <code>sha256sum FILE</code>
          </pre>
          <p>{t('verifyWindows')}</p>
          <pre>
            <code>Get-FileHash FILE -Algorithm SHA256</code>
          </pre>
        </details>
      )}
    </Page>
  );
}
