// Where an administrator is logged in besides here; the server shows sessions to administrators alone.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SessionInfo } from '../../protocol/index.js';
import { itemsOf, path, useServers } from '../api/index.js';
import { useAccount } from '../app/session.js';
import { Badge, Button, Panel, Table } from '../design/index.js';
import { formatMoment } from '../format/moments.js';
import { useAction } from '../forms/action.js';
import { Answer } from '../forms/answer.js';
import { useMomentStyle } from './preferences.js';

export function OwnSessions() {
  const { t } = useTranslation('account');
  const { home } = useServers();
  const { userId } = useAccount();
  const style = useMomentStyle();
  const sessions = useQuery({
    queryKey: [home.id, 'sessions'],
    queryFn: async ({ signal }) =>
      itemsOf(await home.api.get<{ items: SessionInfo[] }>('/api/system/sessions', { signal })),
  });
  const end = useAction((id: string) => home.api.delete(path`/api/system/sessions/${id}`), {
    changes: ['sessions'],
  });
  return (
    <Panel title={t('sessions')}>
      <Answer query={sessions}>
        {(all) => (
          <Table
            caption={t('sessions')}
            rows={all.filter((session) => session.userId === userId)}
            rowKey={({ id }) => id}
            empty={t('noSessions')}
            columns={[
              { key: 'address', header: t('address'), cell: ({ address }) => address },
              {
                key: 'since',
                header: t('since'),
                cell: ({ connectedAt }) => formatMoment(connectedAt, style),
              },
              {
                key: 'end',
                header: <span className="visually-hidden">{t('end')}</span>,
                end: true,
                cell: ({ id, own }) =>
                  own ? (
                    <Badge tone="accent">{t('thisOne')}</Badge>
                  ) : (
                    <Button kind="quiet" icon="logout" onClick={() => end.mutate(id)}>
                      {t('end')}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Answer>
    </Panel>
  );
}
