// The disk and what is on it: how full, how long it lasts, what each camera takes, and retention.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StorageView } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { useServer } from '../api/index.js';
import { useStorage } from '../cameras/queries.js';
import { Button, type Column, ConfirmDialog, Panel, Table, TextField } from '../design/index.js';
import { formatMoment } from '../format/moments.js';
import { formatBytes, formatNumber, formatShare } from '../format/quantities.js';
import { useAction } from '../forms/action.js';
import { Answer, FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import {
  checkRetention,
  deletedBy,
  type RetentionForm,
  retentionFormOf,
  retentionOf,
} from './retention.js';
import styles from './system.module.css';

export default function Storage() {
  const storage = useStorage();
  return (
    <Answer query={storage}>
      {(view) => (
        <div className={forms.form}>
          <Disk view={view} />
          <Retention view={view} />
          <ByCamera view={view} />
        </div>
      )}
    </Answer>
  );
}

function Disk({ view }: { view: StorageView }) {
  const { t } = useTranslation('system');
  const style = useMomentStyle();
  const { language } = style;
  const { totalBytes, freeBytes, recordedBytes } = view;
  const other = Math.max(0, totalBytes - freeBytes - recordedBytes);
  const parts = [
    { name: 'recorded', bytes: recordedBytes },
    { name: 'other', bytes: other },
    { name: 'free', bytes: freeBytes },
  ] as const;
  return (
    <Panel title={t('storage.disk')}>
      <div className={styles.bar} aria-hidden="true">
        {parts.map(({ name, bytes }) => (
          <span
            key={name}
            data-part={name}
            style={{ width: `${(bytes / Math.max(1, totalBytes)) * 100}%` }}
          />
        ))}
      </div>
      <dl className={forms.facts}>
        {parts.map(({ name, bytes }) => (
          <div key={name} className={styles.contents}>
            <dt>
              <span className={styles.swatch} data-part={name} aria-hidden="true" />
              {t(`storage.${name}`)}
            </dt>
            <dd>
              {formatBytes(bytes, language)} ({formatShare(bytes, totalBytes, language)})
            </dd>
          </div>
        ))}
        <dt>{t('storage.lasts')}</dt>
        <dd>
          {view.estimatedDays === undefined
            ? t('storage.unknown')
            : t('storage.days', { count: Math.round(view.estimatedDays) })}
        </dd>
        <dt>{t('storage.oldest')}</dt>
        <dd>{formatMoment(view.oldest, style)}</dd>
        <dt>{t('storage.path')}</dt>
        <dd className={forms.mono}>{view.path}</dd>
      </dl>
    </Panel>
  );
}

function Retention({ view }: { view: StorageView }) {
  const { t, i18n } = useTranslation('system');
  const server = useServer();
  const [form, setForm] = useState(() => retentionFormOf(view.retention));
  const [asking, setAsking] = useState(false);
  const [sent, setSent] = useState(false);
  const errors = checkRetention(form);
  const loss = deletedBy(form, view, Date.now());
  const save = useAction(
    () => server.api.put('/api/system/storage', { retention: retentionOf(form) }),
    {
      done: t('storage.saved'),
      changes: ['storage', 'troubles'],
      onDone: () => setSent(false),
      onFailure: () => undefined,
    },
  );
  const submit = () => {
    setSent(true);
    if (Object.keys(errors).length > 0) return;
    if (loss.length > 0) setAsking(true);
    else save.mutate();
  };
  const field = (name: keyof RetentionForm) => (
    <TextField
      label={t(`storage.field.${name}`)}
      hint={t(`storage.hint.${name}`)}
      inputMode="decimal"
      value={form[name]}
      onChange={(event) => setForm({ ...form, [name]: event.target.value })}
      {...(sent && errors[name] && { error: t(errors[name]) })}
    />
  );
  return (
    <Panel title={t('storage.retention')}>
      <p>{t('storage.retentionText')}</p>
      <Form onSubmit={submit}>
        {save.error && <FailureNotice error={save.error} />}
        <div className={forms.columns}>
          {field('maxDays')}
          {field('maxGigabytes')}
          {field('minFreeGigabytes')}
        </div>
        <div>
          <Button kind="primary" type="submit" busy={save.isPending}>
            {t('common:save')}
          </Button>
        </div>
      </Form>
      <ConfirmDialog
        open={asking}
        danger
        onOpenChange={setAsking}
        title={t('storage.deletesTitle')}
        action={t('storage.deletesAction')}
        onConfirm={() => {
          setAsking(false);
          save.mutate();
        }}
      >
        {loss
          .map(({ why, bytes, cameras }) =>
            t(`storage.deletes.${why}`, {
              size: formatBytes(bytes, i18n.language),
              count: cameras,
            }),
          )
          .join(' ')}
      </ConfirmDialog>
    </Panel>
  );
}

function ByCamera({ view }: { view: StorageView }) {
  const { t } = useTranslation('system');
  const style = useMomentStyle();
  const { language } = style;
  type Row = StorageView['cameras'][number];
  const columns: Column<Row>[] = [
    { key: 'name', header: t('storage.camera'), cell: ({ name }) => name },
    {
      key: 'share',
      header: t('storage.share'),
      cell: ({ bytes }) => (
        <span className={styles.share}>
          <span className={styles.bar} aria-hidden="true">
            <span
              data-part="recorded"
              style={{ width: `${(bytes / Math.max(1, view.recordedBytes)) * 100}%` }}
            />
          </span>
          {formatShare(bytes, view.recordedBytes, language)}
        </span>
      ),
    },
    {
      key: 'bytes',
      header: t('storage.size'),
      end: true,
      cell: ({ bytes }) => formatBytes(bytes, language),
    },
    {
      key: 'segments',
      header: t('storage.segments'),
      end: true,
      cell: ({ segments }) => formatNumber(segments, language),
    },
    {
      key: 'oldest',
      header: t('storage.oldest'),
      end: true,
      cell: ({ oldest }) => formatMoment(oldest, style),
    },
    {
      key: 'newest',
      header: t('storage.newest'),
      end: true,
      cell: ({ newest }) => formatMoment(newest, style),
    },
  ];
  return (
    <Table
      caption={t('storage.byCamera')}
      columns={columns}
      rows={view.cameras.toSorted((a, b) => b.bytes - a.bytes)}
      rowKey={({ cameraId }) => cameraId}
      empty={t('storage.none')}
    />
  );
}
