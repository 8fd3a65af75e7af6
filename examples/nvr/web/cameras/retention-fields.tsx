// How long recordings of one camera are kept, within what the whole storage allows.
import { useTranslation } from 'react-i18next';
import { Notice, TextField } from '../design/index.js';
import { daysUntil } from '../format/moments.js';
import { formatBytes } from '../format/quantities.js';
import forms from '../forms/forms.module.css';
import { GIGABYTE } from './camera-form.js';
import type { FieldsProps } from './edit-page.js';
import { useStorage } from './queries.js';

export function RetentionFields({ form, set, errorOf, id }: FieldsProps & { id: string }) {
  const { t, i18n } = useTranslation('cameras');
  const { data: storage } = useStorage();
  const used = storage?.cameras.find(({ cameraId }) => cameraId === id);
  const ageDays = used?.oldest === undefined ? 0 : -daysUntil(used.oldest, Date.now());
  const tooOld = form.maxDays !== '' && Number(form.maxDays) < ageDays;
  const tooMuch =
    form.maxGigabytes !== '' && Number(form.maxGigabytes) * GIGABYTE < (used?.bytes ?? 0);
  return (
    <div className={forms.form}>
      <p>{t('retentionText')}</p>
      <div className={forms.columns}>
        <TextField
          label={t('field.maxDays')}
          hint={t('hint.maxDays')}
          inputMode="decimal"
          value={form.maxDays}
          onChange={(event) => set({ maxDays: event.target.value })}
          {...errorOf('maxDays')}
        />
        <TextField
          label={t('field.maxGigabytes')}
          hint={t('hint.maxGigabytes')}
          inputMode="decimal"
          value={form.maxGigabytes}
          onChange={(event) => set({ maxGigabytes: event.target.value })}
          {...errorOf('maxGigabytes')}
        />
      </div>
      {used && (
        <p>{t('retentionUsed', { size: formatBytes(used.bytes, i18n.language), days: ageDays })}</p>
      )}
      {(tooOld || tooMuch) && <Notice tone="warn" title={t('retentionDeletes')} />}
    </div>
  );
}
