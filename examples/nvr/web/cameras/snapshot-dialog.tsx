// What a camera sees now, to look at and to keep.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { Button, Dialog, Spinner } from '../design/index.js';
import { FailureNotice } from '../forms/answer.js';
import styles from './cameras.module.css';
import { useSnapshot } from './queries.js';

export function SnapshotDialog({ camera, onClose }: { camera: CameraView; onClose: () => void }) {
  const { t } = useTranslation('cameras');
  const { url, error, isFetching, refetch } = useSnapshot(camera.id);
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
      {url ? (
        <img className={styles.picture} src={url} alt={t('snapshotOf', { name: camera.name })} />
      ) : (
        !error && <Spinner label={t('common:loading')} />
      )}
    </Dialog>
  );
}
