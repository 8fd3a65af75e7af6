// Name and group of a server's tab.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, Dialog, TextField } from '../design/index.js';
import type { KnownServer } from './server-list.js';

export function GroupDialog(props: {
  server: KnownServer;
  onSave: (server: KnownServer) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation('servers');
  const { server, onSave, onClose } = props;
  const [name, setName] = useState(server.name);
  const [group, setGroup] = useState(server.group);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('editOf', { name: server.name })}
      actions={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button
            kind="primary"
            disabled={name.trim() === ''}
            onClick={() => {
              onSave({ ...server, name: name.trim(), group: group.trim() });
              onClose();
            }}
          >
            {t('common:save')}
          </Button>
        </>
      }
    >
      <TextField
        label={t('name')}
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label={t('group')}
        hint={t('groupHint')}
        maxLength={100}
        value={group}
        onChange={(event) => setGroup(event.target.value)}
      />
    </Dialog>
  );
}
