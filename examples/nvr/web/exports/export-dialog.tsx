// Asks for an export: cameras, the exact range, the format, and how large it will be.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { CameraView, ExportJob, ExportRequest } from '../../protocol/index.js';
import { useServer } from '../api/index.js';
import {
  Button,
  CheckField,
  Dialog,
  Notice,
  PasswordField,
  SelectField,
  TextArea,
  toast,
} from '../design/index.js';
import { camerasByServer } from '../federation/by-server.js';
import { formatBytes, formatDuration } from '../format/quantities.js';
import { wordsOfError } from '../i18n/words.js';
import { MomentField, type TimeRange } from '../timeline/index.js';
import { useEstimate } from './estimate.js';
import styles from './exports.module.css';
import {
  type ExportDraft,
  type ExportFormat,
  errorsOf,
  FORMATS,
  MIN_PASSPHRASE,
  perServer,
  requestOf,
} from './request.js';

interface Props {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  cameras: readonly CameraView[];
  range: TimeRange;
  zone: string;
  /** Of an export that is made again. */
  before?: Partial<Pick<ExportDraft, 'format' | 'reason'>>;
}

export function ExportDialog(props: Props) {
  const { t } = useTranslation('exports');
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title={t('dialogTitle')}
      description={t('dialogText')}
      wide
    >
      {props.open && <ExportForm {...props} />}
    </Dialog>
  );
}

function ExportForm({ cameras, range, zone, before, onOpenChange }: Props) {
  const { t, i18n } = useTranslation(['exports', 'timeline']);
  const server = useServer();
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [touched, setTouched] = useState(false);
  const [draft, setDraft] = useState<ExportDraft>(() => ({
    cameras: cameras.map(({ id }) => id),
    ...{ start: range.start, end: range.end },
    ...{ format: 'mp4', audio: true, reason: '', passphrase: '', ...before },
  }));
  const change = (part: Partial<ExportDraft>) => setDraft((now) => ({ ...now, ...part }));
  const errors = errorsOf(draft, Date.now());
  const servers = camerasByServer(cameras);
  const jobs = camerasByServer(cameras.filter(({ id }) => draft.cameras.includes(id))).length;
  const estimate = useEstimate(draft.cameras, useSettled(draft.start), useSettled(draft.end));
  const isEmpty = estimate?.recordedMs === 0 && draft.cameras.length > 0;
  const missing = cameras.filter(({ id }) => estimate?.without.includes(id));
  const start = useMutation({
    mutationFn: async (request: ExportRequest) => {
      const requests = perServer(request);
      const made = await Promise.allSettled(
        requests.map((one) => server.api.post<ExportJob>('/api/recordings/export', one)),
      );
      const failed = requests.filter((_, i) => made[i]?.status === 'rejected');
      const failure = made.find((one) => one.status === 'rejected');
      if (!failure) return;
      // What has begun is not asked for twice.
      change({ cameras: failed.flatMap((one) => one.cameras) });
      throw failure.reason;
    },
    onSettled: () => client.invalidateQueries({ queryKey: [server.id, 'exports'] }),
    onSuccess: () => {
      toast({ title: t('started'), tone: 'good' });
      onOpenChange(false);
      navigate('/exports');
    },
  });
  const wrong = (field: keyof typeof errors) => {
    const name = touched ? errors[field] : undefined;
    return name && t(`wrong.${name}`, { count: MIN_PASSPHRASE });
  };
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    setTouched(true);
    const request = requestOf(draft, Date.now());
    // The form says so already.
    if (request && !isEmpty) start.mutate(request);
  };
  const failure = start.error && wordsOfError(start.error);
  return (
    <form className={styles.form} onSubmit={submit}>
      <fieldset className={styles.cameras}>
        <legend>{t('cameras')}</legend>
        {servers.map(({ nodeId, label, cameras: members }) => (
          // biome-ignore lint/a11y/useSemanticElements: it is within a fieldset
          <div key={nodeId} role="group" aria-label={label || t('ownServer')}>
            {(servers.length > 1 || label) && (
              <div className={styles.server}>{label || t('ownServer')}</div>
            )}
            {members.map(({ id, name }) => (
              <CheckField
                key={id}
                label={name}
                checked={draft.cameras.includes(id)}
                onChange={(checked) =>
                  change({
                    cameras: checked
                      ? [...draft.cameras, id]
                      : draft.cameras.filter((other) => other !== id),
                  })
                }
              />
            ))}
          </div>
        ))}
        {jobs > 1 && <p className={styles.soft}>{t('perServer', { count: jobs })}</p>}
        {wrong('cameras') && <p className={styles.wrong}>{wrong('cameras')}</p>}
      </fieldset>
      <div className={styles.pair}>
        <MomentField
          label={t('from')}
          zone={zone}
          value={draft.start ?? range.start}
          onChange={(value) => change({ start: value })}
          onTyping={(value) => change({ start: value })}
          withMilliseconds
        />
        <MomentField
          label={t('to')}
          zone={zone}
          value={draft.end ?? range.end}
          onChange={(value) => change({ end: value })}
          onTyping={(value) => change({ end: value })}
          withMilliseconds
        />
      </div>
      {(wrong('start') ?? wrong('end')) && (
        <p className={styles.wrong} role="alert">
          {wrong('start') ?? wrong('end')}
        </p>
      )}
      <SelectField<ExportFormat>
        label={t('format')}
        hint={t(`formatHint.${draft.format}`)}
        value={draft.format}
        onChange={(format) => change({ format })}
        options={FORMATS.map((value) => ({ value, label: t(`formats.${value}`) }))}
      />
      {draft.format === 'sealed' && (
        <PasswordField
          label={t('passphrase')}
          hint={t('passphraseHint')}
          error={wrong('passphrase')}
          value={draft.passphrase}
          autoComplete="new-password"
          onChange={(event) => change({ passphrase: event.target.value })}
        />
      )}
      <CheckField
        label={t('audio')}
        checked={draft.audio}
        onChange={(audio) => change({ audio })}
      />
      <TextArea
        label={t('reason')}
        hint={t('reasonHint')}
        value={draft.reason}
        maxLength={1000}
        onChange={(event) => change({ reason: event.target.value })}
      />
      <p className={styles.estimate} aria-live="polite">
        {estimate && !isEmpty
          ? t('estimate', {
              size: formatBytes(estimate.bytes, i18n.language),
              duration: formatDuration(estimate.recordedMs, i18n.language),
            })
          : !isEmpty && t('estimating')}
      </p>
      {isEmpty && <Notice tone={touched ? 'bad' : 'warn'}>{t('nothingRecorded')}</Notice>}
      {!isEmpty && missing.length > 0 && (
        <Notice tone="warn">
          {t('nothingOf', { names: missing.map(({ name }) => name).join(', ') })}
        </Notice>
      )}
      {failure && (
        <Notice tone="bad" title={failure.title}>
          {failure.advice}
        </Notice>
      )}
      <div className={styles.actions}>
        <Button onClick={() => onOpenChange(false)}>{t('cancel')}</Button>
        <Button type="submit" kind="primary" icon="exports" busy={start.isPending}>
          {t('start')}
        </Button>
      </div>
    </form>
  );
}

/** The value, once it has not changed for a while: each one is asked for. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), 400);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
