// A camera whose stream's or ONVIF address is known.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, TextField } from '../design/index.js';
import { Form } from '../forms/form.js';
import { checkStreamUrl } from './camera-form.js';
import { LoginFields } from './login-fields.js';
import { type Draft, draftOfUrl } from './wizard-state.js';

const EMPTY = { url: '', username: '', password: '' };

export function AddByAddress({ onChosen }: { onChosen: (draft: Draft) => void }) {
  const { t } = useTranslation('cameras');
  const [typed, setTyped] = useState(EMPTY);
  const [sent, setSent] = useState(false);
  const draft = draftOfUrl(typed.url);
  const error = checkStreamUrl(draft.url || draft.onvifUrl);
  const submit = () => {
    setSent(true);
    if (error) return;
    onChosen({
      ...draft,
      username: typed.username || draft.username,
      password: typed.password || draft.password,
    });
    setTyped(EMPTY);
    setSent(false);
  };
  const set = (members: Partial<typeof EMPTY>) => setTyped({ ...typed, ...members });
  return (
    <Form onSubmit={submit}>
      <TextField
        label={t('field.url')}
        hint={t('wizard.addressHint')}
        placeholder="rtsp://192.168.1.20:554/stream1"
        inputMode="url"
        verbatim
        value={typed.url}
        onChange={(event) => set({ url: event.target.value })}
        {...(sent && error && { error: t(error) })}
      />
      <LoginFields login={typed} onChange={set} />
      <div>
        <Button kind="primary" type="submit">
          {t('test')}
        </Button>
      </div>
    </Form>
  );
}
