// How the server does: troubles with what to do, plots of the last hour, certificate and version.
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { SystemInfo, SystemStats } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { itemsOf, useAllCameras, useServer } from '../api/index.js';
import { Badge, Panel, Spinner } from '../design/index.js';
import { daysUntil, formatDay, formatMoment } from '../format/moments.js';
import { formatBytes, formatDuration, formatNumber, formatPercent } from '../format/quantities.js';
import { Answer } from '../forms/answer.js';
import forms from '../forms/forms.module.css';
import { NodesHealthPanel } from '../nodes/health-widgets.js';
import { TroubleList } from '../troubles/trouble-list.js';
import styles from './system.module.css';

/** uPlot is loaded when somebody looks at it. */
const Plots = lazy(() => import('./plots.js'));

export default function Health() {
  const { t } = useTranslation('system');
  const server = useServer();
  const { data: cameras = [] } = useAllCameras();
  const stats = useQuery({
    queryKey: [server.id, 'stats'],
    queryFn: ({ signal }) => server.api.get<SystemStats>('/api/system/stats', { signal }),
    refetchInterval: 5000,
  });
  const history = useQuery({
    queryKey: [server.id, 'stats', 'history'],
    queryFn: async ({ signal }) =>
      itemsOf(
        await server.api.get<{ items: SystemStats[] }>('/api/system/stats/history', {
          query: { minutes: 60 },
          signal,
        }),
      ),
    refetchInterval: 10_000,
  });
  const info = useQuery({
    queryKey: [server.id, 'info'],
    queryFn: ({ signal }) => server.api.get<SystemInfo>('/api/system/info', { signal }),
    staleTime: 60_000,
  });
  return (
    <div className={forms.form}>
      <Answer query={stats}>
        {(now) => (
          <>
            <Panel title={t('health.troubles')}>
              <TroubleList troubles={now.troubles} cameras={cameras} />
            </Panel>
            <Now stats={now} />
            <NodesHealthPanel />
          </>
        )}
      </Answer>
      <Answer query={history}>
        {(points) => (
          <Suspense fallback={<Spinner label={t('common:loading')} />}>
            <Plots points={points} />
          </Suspense>
        )}
      </Answer>
      <Answer query={info}>{(known) => <About info={known} />}</Answer>
    </div>
  );
}

function Now({ stats }: { stats: SystemStats }) {
  const { t, i18n } = useTranslation('system');
  const { language } = i18n;
  const facts: [string, string][] = [
    ['cpu', formatPercent(stats.cpuUsage, language)],
    ['machineCpu', formatPercent(stats.machineCpuUsage, language)],
    ...(stats.gpuUsage === undefined
      ? []
      : [['gpu', formatPercent(stats.gpuUsage, language)] as [string, string]]),
    ['memory', formatBytes(stats.memoryBytes, language)],
    ['cameras', `${stats.camerasLive} / ${stats.cameraCount}`],
    ['recording', formatNumber(stats.camerasRecording, language)],
    ['clients', formatNumber(stats.clientCount, language)],
    ['framesLost', formatNumber(stats.framesLost, language)],
    ['framesDropped', formatNumber(stats.framesDropped, language)],
    ['free', formatBytes(stats.storageFreeBytes, language)],
  ];
  return (
    <Panel title={t('health.now')}>
      <dl className={styles.tiles}>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.tile}>
            <dt>{t(`health.${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {stats.framesLost > 0 && <Badge tone="bad">{t('health.framesLostText')}</Badge>}
    </Panel>
  );
}

function About({ info }: { info: SystemInfo }) {
  const { t } = useTranslation('system');
  const style = useMomentStyle();
  const { certificate } = info;
  const days = daysUntil(certificate.validTo, Date.now());
  const tone = days < 0 ? 'bad' : days < 30 ? 'warn' : 'good';
  const facts: [string, string][] = [
    ['name', info.name],
    ['version', info.version],
    ['node', info.node],
    ...(info.gpu === undefined ? [] : [['gpuName', info.gpu] as [string, string]]),
    ['runningSince', formatMoment(info.startedAt, style)],
    ['runsFor', formatDuration(info.serverTime - info.startedAt, style.language)],
  ];
  return (
    <Panel title={t('health.about')}>
      <dl className={forms.facts}>
        {facts.map(([name, value]) => (
          <div key={name} className={styles.contents}>
            <dt>{t(`health.${name}`)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <dt>{t('health.certificate')}</dt>
        <dd>
          <Badge tone={tone}>
            {days < 0 ? t('health.expired') : t('health.daysLeft', { count: days })}
          </Badge>{' '}
          {t('health.validTo', { day: formatDay(certificate.validTo, style) })}{' '}
          {certificate.selfSigned && t('health.selfSigned')}
        </dd>
        <dt>{t('health.fingerprint')}</dt>
        <dd className={forms.mono}>{certificate.fingerprint}</dd>
      </dl>
    </Panel>
  );
}
