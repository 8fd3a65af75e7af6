// One camera that is about to be added: how far it is, its picture, its name and its streams.
import { useTranslation } from 'react-i18next';
import { Badge, Button, SelectField, Spinner, TextField } from '../design/index.js';
import { FailureNotice } from '../forms/answer.js';
import { Form } from '../forms/form.js';
import forms from '../forms/forms.module.css';
import styles from './cameras.module.css';
import { codecName } from './codec-name.js';
import { LoginFields } from './login-fields.js';
import type { Profile } from './profiles.js';
import { TestResult } from './test-result.js';
import type { Draft } from './wizard-state.js';

export function DraftCard(props: {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** With a login or a stream that was changed. */
  onExamine: (draft: Draft) => void;
  onRemove: () => void;
}) {
  const { t } = useTranslation('cameras');
  const { draft, onChange, onExamine, onRemove } = props;
  const busy = draft.step === 'asking' || draft.step === 'testing' || draft.step === 'saving';
  return (
    <article className={styles.device} aria-label={draft.name || draft.key}>
      <div className={styles.deviceHead}>
        <h3>{draft.name || draft.key}</h3>
        {busy && <Spinner size={16} />}
        <span role="status">
          <StepBadge step={draft.step} />
        </span>
        <Button kind="quiet" icon="close" disabled={busy} onClick={onRemove}>
          {t('wizard.leaveOut')}
        </Button>
      </div>
      {draft.test && <TestResult result={draft.test} />}
      {draft.error !== undefined && <FailureNotice error={draft.error} />}
      {draft.step === 'failed' && <LoginAgain draft={draft} {...{ onChange, onExamine }} />}
      {draft.step === 'ready' && (
        <div className={forms.columns}>
          <TextField
            label={t('field.name')}
            maxLength={100}
            value={draft.name}
            onChange={(event) => onChange({ ...draft, name: event.target.value })}
            {...(draft.name.trim() === '' && { error: t('errors.nameMissing') })}
          />
          {draft.profiles.length > 0 && <Streams draft={draft} {...{ onChange, onExamine }} />}
        </div>
      )}
    </article>
  );
}

function StepBadge({ step }: { step: Draft['step'] }) {
  const { t } = useTranslation('cameras');
  const tone = step === 'ready' ? 'good' : step === 'failed' ? 'bad' : 'info';
  return <Badge tone={tone}>{t(`wizard.step.${step}`)}</Badge>;
}

interface Changes {
  draft: Draft;
  onChange: (draft: Draft) => void;
  onExamine: (draft: Draft) => void;
}

function LoginAgain({ draft, onChange, onExamine }: Changes) {
  const { t } = useTranslation('cameras');
  return (
    <Form onSubmit={() => onExamine(draft)}>
      <LoginFields login={draft} onChange={(change) => onChange({ ...draft, ...change })} />
      <div>
        <Button type="submit" icon="refresh">
          {t('common:retry')}
        </Button>
      </div>
    </Form>
  );
}

function Streams({ draft, onChange, onExamine }: Changes) {
  const { t } = useTranslation('cameras');
  const options = draft.profiles.map((profile) => ({
    value: profile.url,
    label: profileWords(profile),
  }));
  return (
    <>
      <SelectField
        label={t('wizard.main')}
        value={draft.url}
        onChange={(url) => onExamine({ ...draft, url })}
        options={options}
      />
      <SelectField
        label={t('wizard.sub')}
        hint={t('hint.subUrl')}
        value={draft.subUrl}
        onChange={(subUrl) => onChange({ ...draft, subUrl })}
        options={[{ value: '', label: t('wizard.noSub') }, ...options]}
      />
    </>
  );
}

function profileWords({ name, codec, width, height, frameRate }: Profile): string {
  const parts = [
    codec && codecName(codec),
    width && height && `${width} × ${height}`,
    frameRate && `${frameRate} fps`,
  ].filter(Boolean);
  return parts.length > 0 ? `${name} (${parts.join(', ')})` : name;
}
