// Stored positions of a camera: to go to, and to store where it looks now.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PtzCommand, PtzPreset } from '../../protocol/cameras.js';
import { itemsOf, path, useServer } from '../api/index.js';
import { Button, toast } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { Form } from '../forms/form.js';
import styles from './ptz.module.css';

const MAX_NAME = 64;

export function Presets({ cameraId, onGo }: { cameraId: string; onGo: (token: string) => void }) {
  const { t } = useTranslation('live');
  const server = useServer();
  const [naming, setNaming] = useState(false);
  const { data: presets = [] } = useQuery({
    queryKey: [server.id, 'presets', cameraId],
    queryFn: async ({ signal }) =>
      itemsOf(
        await server.api.get<PtzPreset[] | { items: PtzPreset[] }>(
          path`/api/cameras/${cameraId}/ptz/presets`,
          { signal },
        ),
      ),
    staleTime: 60_000,
  });
  return (
    <>
      {presets.length > 0 && (
        <label className={styles.line}>
          {t('ptz.preset')}
          <select value="" onChange={(event) => onGo(event.target.value)}>
            <option value="" disabled>
              {t('ptz.choose')}
            </option>
            {presets.map((preset) => (
              <option key={preset.token} value={preset.token}>
                {preset.name || preset.token}
              </option>
            ))}
          </select>
        </label>
      )}
      {naming ? (
        <NewPreset cameraId={cameraId} onDone={() => setNaming(false)} />
      ) : (
        <Button kind="quiet" icon="save" onClick={() => setNaming(true)}>
          {t('ptz.store')}
        </Button>
      )}
    </>
  );
}

function NewPreset({ cameraId, onDone }: { cameraId: string; onDone: () => void }) {
  const { t } = useTranslation('live');
  const server = useServer();
  const [typed, setTyped] = useState('');
  const name = typed.trim();
  const store = useAction(
    (preset: string) => {
      const order: PtzCommand = { action: 'set-preset', preset };
      return server.api.post(path`/api/cameras/${cameraId}/ptz`, order);
    },
    {
      changes: ['presets'],
      onDone: () => {
        toast({ title: t('ptz.stored', { name }), tone: 'good' });
        onDone();
      },
    },
  );
  return (
    <Form
      className={styles.line}
      onSubmit={() => {
        if (name !== '') store.mutate(name);
      }}
    >
      <input
        // biome-ignore lint/a11y/noAutofocus: it was asked for by the button in its place
        autoFocus
        aria-label={t('ptz.name')}
        placeholder={t('ptz.name')}
        maxLength={MAX_NAME}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          onDone();
        }}
      />
      <Button type="submit" icon="check" busy={store.isPending} disabled={name === ''}>
        {t('common:save')}
      </Button>
    </Form>
  );
}
