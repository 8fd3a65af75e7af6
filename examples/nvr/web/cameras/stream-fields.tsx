// Address, login and transport of a camera, and a test of them with a picture.
import { useTranslation } from 'react-i18next';
import type { CameraTestResult } from '../../protocol/index.js';
import { useServer } from '../api/index.js';
import { Button, CheckField, SelectField, TextField } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import forms from '../forms/forms.module.css';
import { type CameraForm, checkStreamUrl, splitCredentials } from './camera-form.js';
import type { FieldsProps } from './edit-page.js';
import { LoginFields } from './login-fields.js';
import { TestResult } from './test-result.js';

const TRANSPORTS = ['tcp', 'udp', 'auto'] as const;

export function StreamFields(props: FieldsProps & { id: string; hasPassword: boolean }) {
  const { t } = useTranslation('cameras');
  const { form, set, errorOf, id, hasPassword } = props;
  const server = useServer();
  const test = useAction(
    () =>
      server.api.post<CameraTestResult>('/api/cameras/test', {
        id,
        url: form.url.trim(),
        transport: form.transport,
        ...(form.username.trim() !== '' && { username: form.username.trim() }),
        ...(form.password !== '' && { password: form.password }),
      }),
    { onFailure: () => undefined },
  );
  const text = (field: TextFieldName, hint?: string) => (
    <TextField
      label={t(`field.${field}`)}
      value={form[field]}
      verbatim
      onChange={(event) => set({ [field]: event.target.value })}
      {...(hint && { hint })}
      {...errorOf(field)}
    />
  );
  return (
    <div className={forms.form}>
      <div className={forms.columns}>
        {text('name')}
        {text('group', t('hint.group'))}
      </div>
      <TextField
        label={t('field.url')}
        hint={t('hint.url')}
        value={form.url}
        inputMode="url"
        verbatim
        onChange={(event) => set(withoutCredentials(event.target.value))}
        {...errorOf('url')}
      />
      {text('subUrl', t('hint.subUrl'))}
      <LoginFields
        login={form}
        onChange={set}
        hint={hasPassword ? t('hint.keepPassword') : t('hint.noPassword')}
        removesPassword={form.removePassword}
      />
      {hasPassword && (
        <CheckField
          label={t('field.removePassword')}
          checked={form.removePassword}
          onChange={(removePassword) => set({ removePassword, password: '' })}
        />
      )}
      <div className={forms.columns}>
        <SelectField<CameraForm['transport']>
          label={t('field.transport')}
          hint={t('hint.transport')}
          value={form.transport}
          onChange={(transport) => set({ transport })}
          options={TRANSPORTS.map((value) => ({ value, label: t(`transport.${value}`) }))}
        />
        {text('onvifUrl', t('hint.onvifUrl'))}
      </div>
      {/^(rtsps|rtsp\+https|https|rtmps):/i.test(form.url) &&
        text('fingerprint', t('hint.fingerprint'))}
      {form.onvifUrl.trim() !== '' && (
        <CheckField
          label={t('field.onvifEvents')}
          hint={t('hint.onvifEvents')}
          checked={form.onvifEvents}
          onChange={(onvifEvents) => set({ onvifEvents })}
        />
      )}
      <CheckField
        label={t('field.audio')}
        checked={form.audio}
        onChange={(audio) => set({ audio })}
      />
      <div>
        <Button
          icon="play"
          busy={test.isPending}
          disabled={checkStreamUrl(form.url) !== undefined}
          onClick={() => test.mutate()}
        >
          {t('test')}
        </Button>
      </div>
      {test.error && <FailureNotice error={test.error} />}
      {test.data && <TestResult result={test.data} />}
    </div>
  );
}

type TextFieldName = 'name' | 'group' | 'subUrl' | 'onvifUrl' | 'fingerprint';

/** What is pasted with a login in it goes where logins go. */
export function withoutCredentials(typed: string): Partial<CameraForm> {
  const { url, username, password } = splitCredentials(typed);
  if (username === undefined) return { url: typed };
  return { url, username, ...(password !== undefined && { password }) };
}
