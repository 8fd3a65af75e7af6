// How the remote nodes do, side by side: what a server knows of them, and of when that is.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { NodeAnswer, NodeReport, RemoteNode } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { useServer } from '../api/index.js';
import { Badge, Panel } from '../design/index.js';
import { formatDay, formatTimeOfDay } from '../format/moments.js';
import { formatPercent } from '../format/quantities.js';
import { FailureNotice } from '../forms/answer.js';
import { wordsOf } from '../i18n/words.js';
import { ClockWarning } from './clock-warning.js';
import { DiskBar } from './disk-bar.js';
import { type Fact, FactList } from './fact-list.js';
import styles from './nodes.module.css';
import { useNodes } from './queries.js';
import { isClockWrong } from './state.js';

interface NodesHealth {
  /** The server itself without `node`. */
  items: { node?: { id: string; label: string }; report: NodeReport }[];
  nodes: NodeAnswer[];
}

const EVERY_MS = 5000;

/** Nothing where there are no nodes. */
export function NodesHealthPanel() {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const { data: nodes = [] } = useNodes();
  const { data, error } = useQuery({
    queryKey: [server.id, 'health'],
    queryFn: ({ signal }) => server.api.get<NodesHealth>('/api/system/health', { signal }),
    refetchInterval: EVERY_MS,
    enabled: nodes.length > 0,
  });
  if (nodes.length === 0) return null;
  return (
    <Panel title={t('health.title')}>
      {error && <FailureNotice error={error} />}
      <ul className={styles.widgets}>
        {data?.nodes.map((answer) => (
          <li key={answer.id}>
            <Widget
              answer={answer}
              report={data.items.find(({ node }) => node?.id === answer.id)?.report}
              node={nodes.find(({ id }) => id === answer.id)}
            />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Widget(props: {
  answer: NodeAnswer;
  report: NodeReport | undefined;
  node: RemoteNode | undefined;
}) {
  const { t } = useTranslation('nodes');
  const style = useMomentStyle();
  const { answer, report, node } = props;
  const { label, status, asOf, error } = answer;
  const isSilent = status !== 'ok';
  return (
    <article className={styles.card} aria-label={label} data-node={answer.id}>
      <header className={styles.cardHead}>
        <h3>{label}</h3>
        <Badge tone={isSilent ? 'bad' : 'good'}>
          {t(isSilent ? 'health.silent' : 'state.CONNECTED')}
        </Badge>
      </header>
      {isSilent && (
        <p>
          {report ? t('health.stale', { time: formatTimeOfDay(asOf, style) }) : t('health.nothing')}{' '}
          {error && wordsOf(error.code, error.message).title}
        </p>
      )}
      {report && <Facts report={report} asOf={asOf} clockOffsetMs={node?.clockOffsetMs} />}
      <ClockWarning offsetMs={node?.clockOffsetMs} />
    </article>
  );
}

function Facts(props: {
  report: NodeReport;
  asOf: number | undefined;
  clockOffsetMs: number | undefined;
}) {
  const { t, i18n } = useTranslation('nodes');
  const style = useMomentStyle();
  const { report, asOf, clockOffsetMs } = props;
  const { camerasLive: live, cameraCount: count, camerasRecording: recording } = report;
  const { oldest } = report.storage;
  const troubles = report.troubles.length;
  const facts: Fact[] = [
    ['disk', <DiskBar key="disk" name={report.name} storage={report.storage} />],
    ['oldest', formatDay(oldest, style)],
    ['cpu', formatPercent(report.cpuUsage, i18n.language)],
    ['cameras', t('facts.liveOf', { live, count, recording })],
    [
      'troubles',
      troubles > 0 ? (
        <Badge key="troubles" tone="warn">
          {t('facts.troubleCount', { count: troubles })}
        </Badge>
      ) : (
        t('facts.noTroubles')
      ),
    ],
    ['version', report.version],
    ...(clockOffsetMs !== undefined && !isClockWrong(clockOffsetMs)
      ? [['clock', t('facts.clockRight')] as Fact]
      : []),
    ['asOf', formatTimeOfDay(asOf, style)],
  ];
  return <FactList facts={facts} />;
}
