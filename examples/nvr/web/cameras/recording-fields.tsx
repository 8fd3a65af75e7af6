// When a camera is recorded, and how much around an event.
import { useTranslation } from 'react-i18next';
import { CheckField, SelectField, TextField } from '../design/index.js';
import forms from '../forms/forms.module.css';
import type { CameraForm } from './camera-form.js';
import type { FieldsProps } from './edit-page.js';
import { ScheduleEditor } from './schedule-editor.js';

const MODES = ['continuous', 'events', 'schedule', 'off'] as const;

export function RecordingFields({ form, set, errorOf }: FieldsProps) {
  const { t } = useTranslation('cameras');
  const events = form.mode === 'events' || form.mode === 'schedule';
  const seconds = (field: 'preRollSeconds' | 'postRollSeconds') => (
    <TextField
      label={t(`field.${field}`)}
      hint={t(`hint.${field}`)}
      inputMode="decimal"
      value={form[field]}
      onChange={(event) => set({ [field]: event.target.value })}
      {...errorOf(field)}
    />
  );
  return (
    <div className={forms.form}>
      <SelectField<CameraForm['mode']>
        label={t('field.mode')}
        hint={t(`modeText.${form.mode}`)}
        value={form.mode}
        onChange={(mode) => set({ mode })}
        options={MODES.map((value) => ({ value, label: t(`mode.${value}`) }))}
      />
      {form.mode === 'schedule' && (
        <ScheduleEditor week={form.week} onChange={(week) => set({ week })} {...errorOf('week')} />
      )}
      {events && (
        <div className={forms.columns}>
          {seconds('preRollSeconds')}
          {seconds('postRollSeconds')}
        </div>
      )}
      {form.subUrl.trim() !== '' && (
        <CheckField
          label={t('field.recordSub')}
          hint={t('hint.recordSub')}
          checked={form.recordSub}
          onChange={(recordSub) => set({ recordSub })}
        />
      )}
    </div>
  );
}
