// One camera's settings: stream and login, recording, motion, retention.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import type { CameraConfig } from '../../protocol/index.js';
import { path, useAllCameras, useServer } from '../api/index.js';
import { Button, Notice, Page, Panel, Tabs } from '../design/index.js';
import { useAction } from '../forms/action.js';
import { Answer, FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import { type CameraForm, changeOf, checkForm, type FormErrors, formOf } from './camera-form.js';
import { MotionFields } from './motion-fields.js';
import { useCameraConfig } from './queries.js';
import { RecordingFields } from './recording-fields.js';
import { RemoveCameraDialog } from './remove-dialog.js';
import { RetentionFields } from './retention-fields.js';
import { CameraStatus } from './status.js';
import { StreamFields } from './stream-fields.js';

/** What every group of fields gets. */
export interface FieldsProps {
  form: CameraForm;
  set: (members: Partial<CameraForm>) => void;
  /** Words for a field that is wrong, once somebody has tried to save. */
  errorOf: (field: keyof CameraForm) => { error?: string };
}

type TabName = 'stream' | 'recording' | 'motion' | 'retention';

/** Where a field is, so that an error is never behind another tab. */
const TAB_OF: Partial<Record<keyof CameraForm, TabName>> = {
  week: 'recording',
  preRollSeconds: 'recording',
  postRollSeconds: 'recording',
  maxDays: 'retention',
  maxGigabytes: 'retention',
};

export function EditCameraPage({ id }: { id: string }) {
  const { t } = useTranslation('cameras');
  const config = useCameraConfig(id);
  const { data: cameras } = useAllCameras();
  const camera = cameras?.find((one) => one.id === id);
  return (
    <Page
      title={config.data?.name ?? camera?.name ?? id}
      actions={<Link href="/cameras">{t('back')}</Link>}
    >
      {camera && (
        <Panel>
          <CameraStatus camera={camera} />
        </Panel>
      )}
      <Answer query={config}>
        {(data) => <CameraEditor key={id} config={data} onSaved={() => void config.refetch()} />}
      </Answer>
    </Page>
  );
}

function CameraEditor({ config, onSaved }: { config: CameraConfig; onSaved: () => void }) {
  const { t } = useTranslation('cameras');
  const server = useServer();
  const [, navigate] = useLocation();
  const [form, setForm] = useState(() => formOf(config));
  const [tab, setTab] = useState<TabName>('stream');
  const [sent, setSent] = useState(false);
  const [removing, setRemoving] = useState(false);
  const errors = checkForm(form);
  const save = useAction(
    () => server.api.put<CameraConfig>(path`/api/cameras/${config.id}`, changeOf(form, config)),
    {
      done: t('saved', { name: form.name }),
      changes: ['cameras', 'troubles', 'storage'],
      onDone: () => {
        setForm((before) => ({ ...before, password: '', removePassword: false }));
        setSent(false);
        onSaved();
      },
      onFailure: () => undefined,
    },
  );
  const fields: FieldsProps = {
    form,
    set: (members) => setForm((before) => ({ ...before, ...members })),
    errorOf: (field) => (sent && errors[field] ? { error: t(errors[field]) } : {}),
  };
  const submit = () => {
    setSent(true);
    const wrong = firstTab(errors);
    if (wrong) setTab(wrong);
    else save.mutate();
  };
  return (
    <Form onSubmit={submit}>
      {save.error && <FailureNotice error={save.error} />}
      {sent && firstTab(errors) && <Notice tone="warn" title={t('errors.some')} />}
      <Tabs
        label={t('settings')}
        value={tab}
        onChange={(value) => setTab(value as TabName)}
        tabs={[
          {
            value: 'stream',
            label: t('tab.stream'),
            content: <StreamFields {...fields} id={config.id} hasPassword={config.hasPassword} />,
          },
          {
            value: 'recording',
            label: t('tab.recording'),
            content: <RecordingFields {...fields} />,
          },
          {
            value: 'motion',
            label: t('tab.motion'),
            content: <MotionFields {...fields} id={config.id} />,
          },
          {
            value: 'retention',
            label: t('tab.retention'),
            content: <RetentionFields {...fields} id={config.id} />,
          },
        ]}
      />
      <div className={forms.between}>
        <Button kind="quiet" icon="trash" onClick={() => setRemoving(true)}>
          {t('removeCamera')}
        </Button>
        <Button kind="primary" type="submit" icon="save" busy={save.isPending}>
          {t('common:save')}
        </Button>
      </div>
      {removing && (
        <RemoveCameraDialog
          camera={config}
          onClose={() => setRemoving(false)}
          onRemoved={() => navigate('/cameras')}
        />
      )}
    </Form>
  );
}

function firstTab(errors: FormErrors): TabName | undefined {
  const [field] = Object.keys(errors) as (keyof CameraForm)[];
  return field && (TAB_OF[field] ?? 'stream');
}
