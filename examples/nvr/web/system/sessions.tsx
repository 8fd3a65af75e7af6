// Who is connected, from where, what they watch and what it costs; and the way to end it.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionInfo } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { itemsOf, path, useAllCameras, useServer } from '../api/index.js';
import { Badge, Button, type Column } from '../design/index.js';
import { formatAge, formatMoment } from '../format/moments.js';
import { formatBitrate, formatNumber, formatShare } from '../format/quantities.js';
import { AnswerTable } from '../forms/answer-table.js';
import { DeleteDialog } from '../forms/delete-dialog.js';
import styles from './system.module.css';

export default function Sessions() {
  const { t } = useTranslation('system');
  const server = useServer();
  const style = useMomentStyle();
  const { data: cameras = [] } = useAllCameras();
  const [kicked, setKicked] = useState<SessionInfo>();
  const sessions = useQuery({
    queryKey: [server.id, 'sessions'],
    queryFn: async ({ signal }) =>
      itemsOf(await server.api.get<{ items: SessionInfo[] }>('/api/system/sessions', { signal })),
    refetchInterval: 3000,
  });
  const nameOf = (id: string) => cameras.find((camera) => camera.id === id)?.name ?? id;

  const columns: Column<SessionInfo>[] = [
    {
      key: 'user',
      header: t('sessions.user'),
      cell: ({ username, role, own }) => (
        <div className={styles.stack}>
          <span>
            {username} {own && <Badge tone="accent">{t('sessions.own')}</Badge>}
          </span>
          <small>{t(`common:roles.${role}`)}</small>
        </div>
      ),
    },
    {
      key: 'where',
      header: t('sessions.where'),
      cell: ({ address, userAgent }) => (
        <div className={styles.stack}>
          <span>{address}</span>
          <small title={userAgent}>{programOf(userAgent)}</small>
        </div>
      ),
    },
    {
      key: 'since',
      header: t('sessions.since'),
      cell: ({ connectedAt, lastActivity }) => (
        <div className={styles.stack}>
          <span>{formatMoment(connectedAt, style)}</span>
          <small>
            {t('sessions.active', { age: formatAge(lastActivity, Date.now(), style.language) })}
          </small>
        </div>
      ),
    },
    {
      key: 'watches',
      header: t('sessions.watches'),
      cell: ({ subscriptions }) => <Watched {...{ subscriptions, nameOf }} />,
    },
    {
      key: 'bandwidth',
      header: t('sessions.bandwidth'),
      end: true,
      cell: ({ bitsPerSecond, quota }) => (
        <div className={styles.stack}>
          <span>{formatBitrate(bitsPerSecond, style.language)}</span>
          <small>
            {t('sessions.ofQuota', {
              share: formatShare(bitsPerSecond, quota.maxBandwidthMbps * 1e6, style.language),
            })}
          </small>
        </div>
      ),
    },
    {
      key: 'dropped',
      header: t('sessions.dropped'),
      end: true,
      cell: ({ framesDropped }) => formatNumber(framesDropped, style.language),
    },
    {
      key: 'actions',
      header: <span className="visually-hidden">{t('actions')}</span>,
      end: true,
      cell: (session) =>
        !session.own && (
          <Button kind="quiet" icon="logout" onClick={() => setKicked(session)}>
            {t('sessions.kick')}
          </Button>
        ),
    },
  ];
  return (
    <>
      <AnswerTable
        query={sessions}
        caption={t('view.sessions')}
        columns={columns}
        rowKey={({ id }) => id}
        empty={t('sessions.none')}
      />
      {kicked && <KickDialog session={kicked} onClose={() => setKicked(undefined)} />}
    </>
  );
}

function Watched(props: {
  subscriptions: SessionInfo['subscriptions'];
  nameOf: (id: string) => string;
}) {
  const { t } = useTranslation('system');
  const { subscriptions, nameOf } = props;
  const shown = subscriptions.filter(({ quality }) => quality !== 'PAUSED');
  if (shown.length === 0) return t('sessions.nothing');
  const words = shown.map(
    ({ cameraId, quality }) => `${nameOf(cameraId)} (${t(`quality.${quality}`)})`,
  );
  if (shown.length <= 3) return words.join(', ');
  return (
    <details>
      <summary>{t('sessions.cameras', { count: shown.length })}</summary>
      {words.join(', ')}
    </details>
  );
}

function KickDialog({ session, onClose }: { session: SessionInfo; onClose: () => void }) {
  const { t } = useTranslation('system');
  return (
    <DeleteDialog
      at={path`/api/system/sessions/${session.id}`}
      changes={['sessions']}
      title={t('sessions.kickTitle', { name: session.username })}
      action={t('sessions.kick')}
      done={t('sessions.kicked', { name: session.username })}
      onClose={onClose}
    >
      {t('sessions.kickText', { address: session.address })}
    </DeleteDialog>
  );
}

/** The name of the browser; anything may stand there, so no more than a hint. */
function programOf(userAgent = ''): string {
  const [, name, version] =
    /(Firefox|Edg|OPR|Chrome|Safari)\/(\d{1,4})/.exec(userAgent.replace(/Version\/\S+ /, '')) ?? [];
  return name ? `${name === 'Edg' ? 'Edge' : name} ${version}` : userAgent.slice(0, 40);
}
