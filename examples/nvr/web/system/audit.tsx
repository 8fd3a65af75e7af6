// Who did what: filtered, page by page, verified, and as a file.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditRecord, AuditVerdict } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { useServer } from '../api/index.js';
import { Badge, Button, type Column, Notice, Spinner, Table, TextField } from '../design/index.js';
import { formatMoment } from '../format/moments.js';
import { formatNumber } from '../format/quantities.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import { type AuditPage, auditCsv, auditQuery, MAX_DOWNLOADED } from './audit-csv.js';
import { saveText } from './save-text.js';
import styles from './system.module.css';

const NO_FILTER = { actor: '', action: '', from: '', to: '' };

export default function Audit() {
  const { t } = useTranslation('system');
  const server = useServer();
  const style = useMomentStyle();
  const [typed, setTyped] = useState(NO_FILTER);
  const [filter, setFilter] = useState(NO_FILTER);
  const pages = useInfiniteQuery({
    queryKey: [server.id, 'audit', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      server.api.get<AuditPage>('/api/system/audit', {
        query: { ...auditQuery(filter), limit: 100, cursor: pageParam },
        signal,
      }),
    getNextPageParam: ({ cursor }) => cursor,
  });
  const download = useAction(async () => {
    const records: AuditRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await server.api.get<AuditPage>('/api/system/audit', {
        query: { ...auditQuery(filter), limit: 500, cursor },
      });
      records.push(...page.items);
      cursor = page.cursor;
    } while (cursor !== undefined && records.length < MAX_DOWNLOADED);
    saveText('audit.csv', 'text/csv', auditCsv(records));
  });
  const columns: Column<AuditRecord>[] = [
    { key: 'sequence', header: '#', end: true, cell: ({ sequence }) => sequence },
    {
      key: 'at',
      header: t('audit.at'),
      cell: ({ at }) => <span className={styles.moment}>{formatMoment(at, style)}</span>,
    },
    { key: 'actor', header: t('audit.actor'), cell: ({ actor }) => actor },
    { key: 'action', header: t('audit.action'), cell: ({ action }) => <code>{action}</code> },
    {
      key: 'subject',
      header: t('audit.subject'),
      cell: ({ subject }) => <span className={styles.subject}>{subject}</span>,
    },
    { key: 'outcome', header: t('audit.outcome'), cell: (record) => <Outcome {...record} /> },
    { key: 'detail', header: t('audit.detail'), cell: ({ detail }) => <Detail detail={detail} /> },
  ];
  const field = (name: keyof typeof NO_FILTER, type = 'text') => (
    <TextField
      label={t(`audit.${name}`)}
      type={type}
      value={typed[name]}
      onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
    />
  );
  return (
    <div className={forms.form}>
      <Verify />
      <Form className={forms.columns} onSubmit={() => setFilter(typed)}>
        {field('actor')}
        {field('action')}
        {field('from', 'datetime-local')}
        {field('to', 'datetime-local')}
        <div className={styles.atEnd}>
          <Button type="submit" icon="search">
            {t('audit.show')}
          </Button>
          <Button icon="exports" busy={download.isPending} onClick={() => download.mutate()}>
            {t('audit.download')}
          </Button>
        </div>
      </Form>
      {pages.error && <FailureNotice error={pages.error} />}
      {pages.isPending && <Spinner label={t('common:loading')} />}
      {pages.data && (
        <Table
          caption={t('view.audit')}
          columns={columns}
          rows={pages.data.pages.flatMap(({ items }) => items)}
          rowKey={({ sequence }) => String(sequence)}
          empty={t('audit.none')}
        />
      )}
      {pages.hasNextPage && (
        <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          {t('audit.more')}
        </Button>
      )}
    </div>
  );
}

function Verify() {
  const { t, i18n } = useTranslation('system');
  const server = useServer();
  const verify = useAction(() => server.api.post<AuditVerdict>('/api/system/audit/verify'));
  const verdict = verify.data;
  return (
    <div className={forms.form}>
      <div className={forms.row}>
        <Button icon="check" busy={verify.isPending} onClick={() => verify.mutate()}>
          {t('audit.verify')}
        </Button>
        <span className={forms.hint}>{t('audit.verifyText')}</span>
      </div>
      {verdict?.ok && (
        <Notice title={t('audit.whole')}>
          {t('audit.entries', {
            count: verdict.entries,
            number: formatNumber(verdict.entries, i18n.language),
          })}
        </Notice>
      )}
      {verdict && !verdict.ok && (
        <Notice tone="bad" title={t('audit.altered')}>
          <p>
            {t('audit.firstBad', {
              sequence: verdict.firstBad?.sequence ?? '?',
              reason: verdict.firstBad?.reason ?? '',
            })}
          </p>
          <p>{t('audit.alteredText')}</p>
        </Notice>
      )}
    </div>
  );
}

function Outcome({ outcome }: AuditRecord) {
  const { t } = useTranslation('system');
  const good = outcome === 'ok' || outcome === 'success';
  return (
    <Badge tone={good ? 'good' : 'warn'}>
      {t(`audit.outcomeOf.${outcome}`, { defaultValue: outcome })}
    </Badge>
  );
}

function Detail({ detail }: { detail: unknown }) {
  if (detail === undefined || detail === null) return null;
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail);
  return <span className={styles.detail}>{text}</span>;
}
