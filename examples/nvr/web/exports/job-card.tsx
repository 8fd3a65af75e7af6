// One export: how far it is, what to do about it, its files with their checksums.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExportJob } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { Badge, Button, ConfirmDialog, Icon, toast } from '../design/index.js';
import { formatAge } from '../format/moments.js';
import { formatBytes, formatDuration, formatPercent } from '../format/quantities.js';
import { wordsOf, wordsOfError } from '../i18n/words.js';
import { browserZone, formatsOf } from '../timeline/index.js';
import styles from './exports.module.css';

const TONES = {
  queued: 'neutral',
  running: 'info',
  done: 'good',
  failed: 'bad',
  cancelled: 'warn',
} as const;

export function JobCard({ job, names }: { job: ExportJob; names: ReadonlyMap<string, string> }) {
  const { t, i18n } = useTranslation('exports');
  const server = useServer();
  const client = useQueryClient();
  const [asks, setAsks] = useState(false);
  const remove = useMutation({
    mutationFn: () => server.api.delete(path`/api/exports/${job.id}`),
    onSettled: () => client.invalidateQueries({ queryKey: [server.id, 'exports'] }),
    onSuccess: () => setAsks(false),
    onError: (error) => toast({ ...wordsOfError(error), tone: 'bad' }),
  });
  const isRunning = job.state === 'running' || job.state === 'queued';
  const formats = formatsOf(i18n.language, browserZone());
  const cameras = job.cameras.map((id) => names.get(id) ?? id).join(', ');
  const failure = job.error && wordsOf(job.error.code, job.error.message);
  return (
    <article className={styles.job} aria-label={cameras} data-state={job.state}>
      <header className={styles.jobHead}>
        <strong>{cameras}</strong>
        <Badge tone={TONES[job.state]}>{t(`state.${job.state}`)}</Badge>
        <span className={styles.spring} />
        <Button
          icon={isRunning ? 'close' : 'trash'}
          onClick={() => (isRunning ? remove.mutate() : setAsks(true))}
          busy={remove.isPending}
        >
          {t(isRunning ? 'stop' : 'remove')}
        </Button>
      </header>
      <p>
        {formats.full.format(job.start)} – {formats.full.format(job.end)} (
        {formatDuration(job.end - job.start, i18n.language)}) ·{' '}
        {t(`formats.${job.format}`, { defaultValue: job.format })}
      </p>
      <p className={styles.soft}>
        {t('by', { name: job.username, time: formats.full.format(job.createdAt) })}
        {job.expiresAt !== undefined && (
          <> · {t('expires', { time: formatAge(job.expiresAt, Date.now(), i18n.language) })}</>
        )}
      </p>
      {isRunning && (
        <div className={styles.progress}>
          <progress value={job.progress} max={1} aria-label={t('progress')} />
          <span>
            {formatPercent(job.progress * 100, i18n.language)} {job.label}
          </span>
        </div>
      )}
      {failure && (
        <p className={styles.wrong}>
          <Icon name="warning" size={16} /> {failure.title} {failure.advice}
        </p>
      )}
      {job.files.length > 0 && job.state === 'done' && (
        <ul className={styles.files}>
          {job.files.map((file) => (
            <li key={file.name}>
              <DownloadLink job={job} name={file.name} />
              <span className={styles.soft}>{formatBytes(file.bytes, i18n.language)}</span>
              {file.sha256 && (
                <code className={styles.hash} title="SHA-256">
                  {file.sha256}
                </code>
              )}
            </li>
          ))}
        </ul>
      )}
      <ConfirmDialog
        open={asks}
        onOpenChange={setAsks}
        title={t('removeTitle')}
        action={t('remove')}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        danger
      >
        {t('removeText')}
      </ConfirmDialog>
    </article>
  );
}

/** The browser's own download, with ranges: it can be paused and goes on. Needs the page's cookie. */
function DownloadLink({ job, name }: { job: ExportJob; name: string }) {
  const server = useServer();
  const { t } = useTranslation('exports');
  const file = path`/api/exports/${job.id}/files/${name}`;
  if (server.origin === '') {
    return (
      <a href={server.api.url(file)} download={name}>
        {name}
      </a>
    );
  }
  const save = async () => {
    try {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await server.api.blob(file));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    } catch (error) {
      toast({ ...wordsOfError(error), tone: 'bad' });
    }
  };
  return (
    <Button
      kind="quiet"
      icon="exports"
      onClick={() => void save()}
      aria-label={t('download', { name })}
    >
      {name}
    </Button>
  );
}
