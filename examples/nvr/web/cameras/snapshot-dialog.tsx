// What a camera sees now, to look at and to keep.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { Button, Dialog, Notice, Spinner } from '../design/index.js';
import { formatMoment } from '../format/moments.js';
import { FailureNotice } from '../forms/answer.js';
import styles from './cameras.module.css';
import { useSnapshot } from './queries.js';

export function SnapshotDialog({ camera, onClose }: { camera: CameraView; onClose: () => void }) {
  const { t } = useTranslation('cameras');
  const { data, url, error, isFetching, refetch } = useSnapshot(camera.id);
  const style = useMomentStyle();
  const save = () => {
    if (!url) return;
    const link = document.createElement('a');
    link.href = url;
    link.download = `${camera.id}-${new Date().toISOString().replaceAll(':', '-')}.jpg`;
    link.click();
  };
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={t('snapshotOf', { name: camera.name })}
      actions={
        <>
          <Button icon="refresh" busy={isFetching} onClick={() => void refetch()}>
            {t('again')}
          </Button>
          <Button kind="primary" icon="save" disabled={!url} onClick={save}>
            {t('saveImage')}
          </Button>
        </>
      }
    >
      {error && <FailureNotice error={error} />}
      {data?.recorded && (
        <Notice tone="warn" title={t('snapshotOld')}>
          <p>{t('snapshotOldText', { time: formatMoment(data.time, style) })}</p>
        </Notice>
      )}
      {url ? (
        <img className={styles.picture} src={url} alt={t('snapshotOf', { name: camera.name })} />
      ) : (
        !error && <Spinner label={t('common:loading')} />
      )}
    </Dialog>
  );
}
