// The page playback: 1 to 16 cameras in step, above their timeline.
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearch } from 'wouter';
import { useCameras, useServer, useServers } from '../api/index.js';
import { EmptyState, Notice, PageSpinner } from '../design/index.js';
import { playbackAddress, readAddress } from './address.js';
import { playable } from './chosen.js';
import { Player } from './player.js';
import { useConductor } from './use-conductor.js';

/** Without a moment in the address: a little ago, where footage is likely to be in the index. */
const DEFAULT_AGO_MS = 90_000;
const DEFAULT_CAMERAS = 4;

export default function PlaybackPage() {
  const { t } = useTranslation(['playback', 'timeline']);
  const server = useServer();
  const { node } = useServers();
  const answer = useCameras();
  const search = useSearch();
  const [, navigate] = useLocation();
  const address = useMemo(() => readAddress(search), [search]);
  const cameras = useMemo(() => answer.data?.filter(({ may }) => may.archive) ?? [], [answer.data]);
  const wanted = address.cameras.filter((id) => cameras.some((camera) => camera.id === id));
  const chosen = playable(
    wanted.length > 0 ? wanted : playable(cameras.map(({ id }) => id)).slice(0, DEFAULT_CAMERAS),
  ).join();
  const ids = useMemo(() => chosen.split(',').filter(Boolean), [chosen]);
  if (answer.isPending) return <PageSpinner />;
  if (cameras.length === 0) {
    return (
      <EmptyState icon="camera" title={t('noCameras')}>
        <p>{t('noCamerasText')}</p>
        <Link to="/live">{t('live')}</Link>
      </EmptyState>
    );
  }
  return (
    <Opened
      key={`${node ?? server.id} ${address.at ?? ''}`}
      cameras={cameras}
      chosen={ids}
      at={address.at}
      onChoose={(next) => navigate(playbackAddress(next, address.at), { replace: true })}
    />
  );
}

function Opened(props: {
  cameras: React.ComponentProps<typeof Player>['cameras'];
  chosen: readonly string[];
  at: number | undefined;
  onChoose: (chosen: string[]) => void;
}) {
  const { t } = useTranslation('playback');
  const [start] = useState(() => props.at ?? Date.now() - DEFAULT_AGO_MS);
  const { conductor, decoding } = useConductor(props.chosen, start);
  if (decoding === 'none') {
    return (
      <Notice tone="bad" title={t('noDecoder')}>
        <p>{t('noDecoderText')}</p>
      </Notice>
    );
  }
  if (!conductor || !decoding) return <PageSpinner />;
  return (
    <>
      <h1 className="visually-hidden">{t('common:nav.playback')}</h1>
      <Player {...props} conductor={conductor} decoding={decoding} start={start} />
    </>
  );
}
