// Creates a user or changes one: role, rights, cameras and quota.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView, Role, User } from '../../protocol/index.js';
import { path, useServer } from '../api/index.js';
import {
  Button,
  CheckField,
  Dialog,
  PasswordField,
  SelectField,
  TextField,
} from '../design/index.js';
import { useAction } from '../forms/action.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import { CameraChoice } from './camera-choice.js';
import {
  checkUserForm,
  EMPTY_USER,
  formOfUser,
  MIN_PASSWORD,
  newUserOf,
  type UserForm,
  userChangeOf,
  withRole,
} from './user-form.js';

const ROLES: readonly Role[] = ['ADMIN', 'OPERATOR', 'VIEWER'];
const RIGHTS = ['canViewLive', 'canViewArchive', 'canExport', 'canControlPTZ'] as const;
const QUOTA = ['maxBandwidthMbps', 'maxCamerasFullscreen', 'maxCamerasTotal'] as const;

export function UserDialog(props: {
  /** None: a new one. */
  user?: User;
  /** Of the last administrator the role stays. */
  last: boolean;
  cameras: readonly CameraView[];
  onClose: () => void;
}) {
  const { t } = useTranslation('users');
  const { user, last, onClose } = props;
  const server = useServer();
  const [form, setForm] = useState<UserForm>(user ? formOfUser(user) : EMPTY_USER);
  const [sent, setSent] = useState(false);
  const set = (members: Partial<UserForm>) => setForm((before) => ({ ...before, ...members }));
  const errors = checkUserForm(form, !user);
  const words = (field: keyof UserForm) => {
    const error = errors[field];
    return sent && error ? { error: t(error, { count: MIN_PASSWORD }) } : {};
  };
  const save = useAction(
    () =>
      user
        ? server.api.put(path`/api/users/${user.id}`, userChangeOf(form))
        : server.api.post('/api/users', newUserOf(form)),
    {
      done: user ? t('saved', { name: form.username }) : t('added', { name: form.username }),
      changes: ['users', 'sessions'],
      onDone: onClose,
      onFailure: () => undefined,
    },
  );
  const submit = () => {
    setSent(true);
    if (Object.keys(errors).length === 0) save.mutate();
  };
  const isAdmin = form.role === 'ADMIN';

  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={user ? t('editTitle', { name: user.username }) : t('add')}
      actions={
        <>
          <Button onClick={onClose}>{t('common:cancel')}</Button>
          <Button kind="primary" busy={save.isPending} onClick={submit}>
            {user ? t('common:save') : t('add')}
          </Button>
        </>
      }
    >
      <Form onSubmit={submit}>
        {save.error && <FailureNotice error={save.error} />}
        {!user && (
          <div className={forms.columns}>
            <TextField
              label={t('username')}
              autoComplete="off"
              verbatim
              value={form.username}
              onChange={(event) => set({ username: event.target.value })}
              {...words('username')}
            />
            <PasswordField
              label={t('firstPassword')}
              hint={t('firstPasswordHint', { count: MIN_PASSWORD })}
              autoComplete="new-password"
              value={form.password}
              onChange={(event) => set({ password: event.target.value })}
              {...words('password')}
            />
          </div>
        )}
        <SelectField<Role>
          label={t('role')}
          hint={last ? t('lastRule') : t(`roleText.${form.role}`)}
          value={form.role}
          disabled={last}
          onChange={(role) => setForm((before) => withRole(before, role))}
          options={ROLES.map((value) => ({ value, label: t(`common:roles.${value}`) }))}
        />
        {!isAdmin && (
          <>
            <fieldset className={forms.group}>
              <legend>{t('rights')}</legend>
              {RIGHTS.map((right) => (
                <CheckField
                  key={right}
                  label={t(`right.${right}`)}
                  checked={form[right]}
                  onChange={(checked) => set({ [right]: checked })}
                />
              ))}
            </fieldset>
            <CameraChoice
              cameras={props.cameras}
              all={form.allCameras}
              chosen={form.cameras}
              onChange={(allCameras, cameras) => set({ allCameras, cameras })}
            />
          </>
        )}
        <fieldset className={forms.group}>
          <legend>{t('quota')}</legend>
          <p className={forms.hint}>{t('quotaText')}</p>
          <div className={forms.columns}>
            {QUOTA.map((field) => (
              <TextField
                key={field}
                label={t(`quotaField.${field}`)}
                inputMode="decimal"
                value={form[field]}
                onChange={(event) => set({ [field]: event.target.value })}
                {...words(field)}
              />
            ))}
          </div>
          <CheckField
            label={t('priorityClient')}
            checked={form.priorityClient}
            onChange={(priorityClient) => set({ priorityClient })}
          />
        </fieldset>
      </Form>
    </Dialog>
  );
}
