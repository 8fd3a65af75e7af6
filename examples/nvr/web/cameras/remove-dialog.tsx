// Asks before a camera is removed, and says what becomes of its recordings.
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { ConfirmDialog } from '../design/index.js';
import { formatBytes } from '../format/quantities.js';
import { useAction } from '../forms/action.js';
import { useStorage } from './queries.js';

export function RemoveCameraDialog(props: {
  camera: Pick<CameraView, 'id' | 'name'>;
  onClose: () => void;
  onRemoved?: () => void;
}) {
  const { t, i18n } = useTranslation('cameras');
  const { camera, onClose, onRemoved } = props;
  const server = useServer();
  const { data: storage } = useStorage();
  const bytes = storage?.cameras.find(({ cameraId }) => cameraId === camera.id)?.bytes;
  const remove = useAction(() => server.api.delete(path`/api/cameras/${camera.id}`), {
    done: t('removed', { name: camera.name }),
    changes: ['cameras', 'troubles', 'storage'],
    onDone: () => {
      onClose();
      onRemoved?.();
    },
  });
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => !open && onClose()}
      title={t('removeTitle', { name: camera.name })}
      action={t('removeAction')}
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      {t('removeText')}{' '}
      {bytes
        ? t('removeFootage', { size: formatBytes(bytes, i18n.language), id: camera.id })
        : t('removeNoFootage')}
    </ConfirmDialog>
  );
}
