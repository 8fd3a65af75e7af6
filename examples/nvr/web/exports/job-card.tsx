// One export: how far it is, what it holds, what went wrong, and what to do about it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView, ExportJob } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { useAccess } from '../app/session.js';
import { Badge, Button, ConfirmDialog, Notice } from '../design/index.js';
import { placeOf } from '../federation/ids.js';
import { formatAge } from '../format/moments.js';
import { formatBytes, formatDuration, formatPercent } from '../format/quantities.js';
import { toastFailure } from '../forms/action.js';
import { wordsOf } from '../i18n/words.js';
import { browserZone, formatsOf } from '../timeline/index.js';
import { ExportDialog } from './export-dialog.js';
import styles from './exports.module.css';
import { JobFiles } from './job-files.js';
import { FORMATS } from './request.js';

const TONES = {
  queued: 'neutral',
  running: 'info',
  done: 'good',
  failed: 'bad',
  cancelled: 'warn',
} as const;

const DAY_MS = 86_400_000;

interface Props {
  job: ExportJob;
  /** All that the user sees: those of the job may be gone. */
  cameras: readonly CameraView[];
}

export function JobCard({ job, cameras }: Props) {
  const { t, i18n } = useTranslation('exports');
  const formats = formatsOf(i18n.language, browserZone());
  const sameDay = formats.day.format(job.start) === formats.day.format(job.end);
  const end = sameDay && job.end - job.start < DAY_MS ? formats.seconds : formats.full;
  const nameOf = (id: string) => cameras.find((camera) => camera.id === id)?.name ?? id;
  const names = job.cameras.map(nameOf).join(', ');
  const nodeId = placeOf(job.id)?.nodeId;
  const node = cameras.find((camera) => camera.node?.id === nodeId)?.node?.label ?? nodeId;
  return (
    <article className={styles.job} aria-label={names} data-state={job.state}>
      <header className={styles.jobHead}>
        <strong>{names}</strong>
        {node && <Badge shape={false}>{node}</Badge>}
        <Badge tone={TONES[job.state]}>{t(`state.${job.state}`)}</Badge>
        <Actions job={job} cameras={cameras} />
      </header>
      <p>
        {formats.full.format(job.start)} – {end.format(job.end)} (
        {formatDuration(job.end - job.start, i18n.language)}) ·{' '}
        {t(`formats.${job.format}`, { defaultValue: job.format })}
      </p>
      {job.reason && (
        <p>
          {t('reason')}: {job.reason}
        </p>
      )}
      <p className={styles.soft}>
        {t('by', { name: job.username, time: formats.full.format(job.createdAt) })}
        {job.state === 'done' && job.expiresAt !== undefined && (
          <> · {t('expires', { time: formatAge(job.expiresAt, Date.now(), i18n.language) })}</>
        )}
      </p>
      {job.state === 'queued' && <p className={styles.soft}>{t('waits')}</p>}
      {job.state === 'running' && <Progress job={job} nameOf={nameOf} />}
      {job.error && <Failure {...job.error} />}
      {job.state === 'done' && <Contents job={job} nameOf={nameOf} />}
      {job.state === 'done' && <JobFiles job={job} nameOf={nameOf} />}
    </article>
  );
}

/** Stops it, makes it again, removes it: where there are files, after asking. */
function Actions({ job, cameras }: Props) {
  const { t } = useTranslation('exports');
  const server = useServer();
  const client = useQueryClient();
  const [opened, setOpened] = useState<'remove' | 'again'>();
  const remove = useMutation({
    mutationFn: () => server.api.delete(path`/api/exports/${job.id}`),
    onSettled: () => client.invalidateQueries({ queryKey: [server.id, 'exports'] }),
    onSuccess: () => setOpened(undefined),
    onError: toastFailure,
  });
  const isOpen = job.state === 'running' || job.state === 'queued';
  const mayAgain = job.state === 'failed' || job.state === 'cancelled';
  const again = mayAgain
    ? cameras.filter(({ id, may }) => may.export && job.cameras.includes(id))
    : [];
  const format = FORMATS.find((name) => name === job.format);
  return (
    <div className={styles.jobActions}>
      {again.length > 0 && (
        <Button icon="refresh" onClick={() => setOpened('again')}>
          {t('again')}
        </Button>
      )}
      <Button
        icon={isOpen ? 'close' : 'trash'}
        onClick={() => (job.state === 'done' ? setOpened('remove') : remove.mutate())}
        busy={remove.isPending}
      >
        {t(isOpen ? 'stop' : 'remove')}
      </Button>
      <ExportDialog
        open={opened === 'again'}
        onOpenChange={() => setOpened(undefined)}
        cameras={again}
        range={job}
        zone={browserZone()}
        before={{ ...(format && { format }), ...(job.reason && { reason: job.reason }) }}
      />
      <ConfirmDialog
        open={opened === 'remove'}
        onOpenChange={() => setOpened(undefined)}
        title={t('removeTitle')}
        action={t('remove')}
        onConfirm={() => remove.mutate()}
        busy={remove.isPending}
        danger
      >
        {t('removeText')}
      </ConfirmDialog>
    </div>
  );
}

interface PartProps {
  job: ExportJob;
  nameOf: (id: string) => string;
}

function Progress({ job, nameOf }: PartProps) {
  const { t, i18n } = useTranslation('exports');
  const { progress, sourceBytes, remainingMs, label } = job;
  const size = (bytes: number) => formatBytes(Math.round(bytes), i18n.language);
  const told = [
    formatPercent(Math.floor(progress * 100), i18n.language),
    sourceBytes && t('doneOf', { done: size(progress * sourceBytes), total: size(sourceBytes) }),
    // Never nothing: it is not done yet.
    remainingMs !== undefined &&
      t('remaining', { time: formatDuration(Math.max(1000, remainingMs), i18n.language) }),
    label && nameOf(label),
  ];
  return (
    <div className={styles.progress}>
      <progress value={progress} max={1} aria-label={t('progress')} />
      <span>{told.filter(Boolean).join(' · ')}</span>
    </div>
  );
}

function Failure({ code, message }: { code: string; message: string }) {
  const { t, i18n } = useTranslation('exports');
  const { admin } = useAccess();
  const key = `exports:failure.${code}`;
  if (i18n.exists(`${key}.title`)) {
    return (
      <Notice tone="bad" title={t(`${key}.title` as 'failure.ERR_ABORTED.title')}>
        <p>{t(`${key}.advice` as 'failure.ERR_ABORTED.advice')}</p>
      </Notice>
    );
  }
  const { title, advice } = wordsOf(code, message, admin);
  return (
    <Notice tone="bad" title={title}>
      {advice && <p>{advice}</p>}
      {admin && message !== title && <p>{message}</p>}
    </Notice>
  );
}

/** Said where it is not all that was asked for. */
function Contents({ job, nameOf }: PartProps) {
  const { t, i18n } = useTranslation('exports');
  const duration = (ms: number) => formatDuration(ms, i18n.language);
  const asked = job.end - job.start;
  const partial = job.footage?.filter(({ gaps, leftOut }) => gaps > 0 || leftOut > 0) ?? [];
  if (partial.length === 0) return null;
  return (
    <ul className={styles.contents}>
      {partial.map(({ cameraId, durationMs, gaps, leftOut }) => {
        const name = nameOf(cameraId);
        if (durationMs === 0) return <li key={cameraId}>{t('nothingIn', { name })}</li>;
        return (
          <li key={cameraId}>
            {t('holds', { name, duration: duration(durationMs), asked: duration(asked) })}
            {gaps > 0 && t('gaps', { count: gaps })}
            {leftOut > 0 && t('leftOut', { count: leftOut })}
          </li>
        );
      })}
    </ul>
  );
}
