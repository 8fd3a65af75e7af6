// How a node is called, reached and ordered.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RemoteNode } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import { Button, CheckField, Dialog, PasswordField, TextField } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import { changeOf, draftOf, errorsOf, movesOf, type NodeDraft } from './node-form.js';
import { useNodesChanged } from './queries.js';

interface Props {
  node: RemoteNode;
  /** `moved`: it has another address. */
  onSaved: (moved: boolean) => void;
  onClose: () => void;
}

export function EditDialog({ node, onSaved, onClose }: Props) {
  const { t } = useTranslation('nodes');
  const server = useServer();
  const changed = useNodesChanged();
  const [draft, setDraft] = useState<NodeDraft>(() => draftOf(node));
  const [isSent, setSent] = useState(false);
  const errors = errorsOf(draft);
  const set = (part: Partial<NodeDraft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useAction(
    () => server.api.put(path`/api/system/nodes/${node.id}`, changeOf(node, draft)),
    {
      onDone: () => {
        changed();
        onSaved(movesOf(node, draft));
      },
      onFailure: () => undefined,
    },
  );
  const text = (name: 'label' | 'url' | 'directUrl' | 'group' | 'priority') => {
    const wrong = isSent ? errors[name] : undefined;
    return {
      label: t(`edit.${name}`),
      ...(name !== 'label' && { hint: t(`edit.${name}Hint`) }),
      value: draft[name],
      onChange: (event: { target: { value: string } }) => set({ [name]: event.target.value }),
      ...(wrong && { error: t(`error.${wrong}`) }),
    };
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('edit.title', { name: node.label })}
    >
      <Form
        onSubmit={() => {
          setSent(true);
          if (Object.keys(errors).length === 0) save.mutate();
        }}
      >
        {save.error && <FailureNotice error={save.error} />}
        <TextField maxLength={100} {...text('label')} />
        <TextField inputMode="url" verbatim {...text('url')} />
        <TextField inputMode="url" verbatim {...text('directUrl')} />
        <PasswordField
          label={t('edit.key')}
          hint={t('edit.keyHint')}
          autoComplete="off"
          value={draft.apiKey}
          onChange={(event) => set({ apiKey: event.target.value })}
          {...(isSent && errors.apiKey && { error: t(`error.${errors.apiKey}`) })}
        />
        <div className={forms.columns}>
          <TextField maxLength={100} {...text('group')} />
          <TextField inputMode="numeric" {...text('priority')} />
        </div>
        <CheckField
          label={t('edit.favourite')}
          checked={draft.favourite}
          onChange={(favourite) => set({ favourite })}
        />
        <CheckField
          label={t('edit.enabled')}
          hint={t('edit.enabledHint')}
          checked={draft.enabled}
          onChange={(enabled) => set({ enabled })}
        />
        <div className={forms.row}>
          <Button kind="primary" type="submit" busy={save.isPending}>
            {t('common:save')}
          </Button>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
        </div>
      </Form>
    </Dialog>
  );
}
