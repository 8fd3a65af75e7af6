// Removes a node, and says whether its key has ended there, too.
import { useTranslation } from 'react-i18next';
import type { RemoteNode, RemovedNode } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { Button, ConfirmDialog, Dialog, Notice, toast } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { useNodesChanged } from './queries.js';

export function RemoveDialog({ node, onClose }: { node: RemoteNode; onClose: () => void }) {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const changed = useNodesChanged();
  const name = node.label;
  const remove = useAction(
    () => server.api.delete<RemovedNode>(path`/api/system/nodes/${node.id}`),
    {
      onDone: ({ revokedThere }) => {
        changed();
        if (!revokedThere) return;
        toast({ title: t('remove.done', { name }), tone: 'good' });
        onClose();
      },
    },
  );
  if (remove.data && !remove.data.revokedThere) {
    return (
      <Dialog
        open
        onOpenChange={(open) => !open && onClose()}
        title={t('remove.keptTitle', { name })}
        actions={
          <Button kind="primary" onClick={onClose}>
            {t('remove.close')}
          </Button>
        }
      >
        <Notice tone="warn" title={t('remove.kept')}>
          {remove.data.reason && <p>{remove.data.reason}</p>}
        </Notice>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      open
      danger
      onOpenChange={(open) => !open && onClose()}
      title={t('remove.title', { name })}
      action={t('remove.action')}
      busy={remove.isPending}
      onConfirm={() => remove.mutate()}
    >
      {t('remove.text')}
    </ConfirmDialog>
  );
}
