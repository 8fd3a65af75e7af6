// Language, colours, time and the first layout; each choice is kept at once.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLayouts, useServers } from '../api/index.js';
import { CheckField, SelectField, TextField } from '../design/index.js';
import { formatMoment, isTimeZone } from '../format/moments.js';
import { toastFailure } from '../forms/action.js';
import forms from '../forms/forms.module.css';
import { LANGUAGES, type Language } from '../i18n/index.js';
import { DEFAULT_TOUR_SECONDS, TOUR_SECONDS } from '../live/tour.js';
import { THEMES, type ThemeChoice } from '../theme/theme.js';
import { useAppearance } from './appearance.js';
import { readPreferences, useMomentStyle, usePreferences } from './preferences.js';

const CLOCKS = ['language', '24', '12'] as const;
type Clock = (typeof CLOCKS)[number];
const ZONES: readonly string[] = Intl.supportedValuesOf?.('timeZone') ?? [];

export function PreferencesForm() {
  const { t } = useTranslation('account');
  const { theme, language, choose } = useAppearance();
  const style = useMomentStyle();
  const { data: layouts = [] } = useLayouts();
  const { preferences, change } = usePreferences();
  const { all } = useServers();
  const known = readPreferences(preferences);
  const { timeZone, hour12, defaultLayout = '', sealedPictures = false } = known;
  const { tourSeconds = DEFAULT_TOUR_SECONDS } = known;
  const [zone, setZone] = useState<string>();
  const keep = (members: Record<string, unknown>) => void change(members).catch(toastFailure);
  const seal = async (wanted: boolean) => {
    await change({ sealedPictures: wanted || undefined });
    for (const { live } of all) live.renew();
  };
  const clock: Clock = hour12 === undefined ? 'language' : hour12 ? '12' : '24';
  const typed = zone ?? timeZone ?? '';
  const wrong = typed !== '' && !isTimeZone(typed);
  return (
    <div className={forms.form}>
      <div className={forms.columns}>
        <SelectField<Language>
          label={t('common:language')}
          value={language}
          onChange={(next) => choose({ language: next })}
          options={Object.entries(LANGUAGES).map(([value, label]) => ({
            value: value as Language,
            label,
          }))}
        />
        <SelectField<ThemeChoice>
          label={t('common:theme.title')}
          value={theme}
          onChange={(next) => choose({ theme: next })}
          options={THEMES.map((value) => ({ value, label: t(`common:theme.${value}`) }))}
        />
        <SelectField
          label={t('defaultLayout')}
          hint={t('defaultLayoutHint')}
          value={defaultLayout}
          onChange={(id) => keep({ defaultLayout: id === '' ? undefined : id })}
          options={[
            { value: '', label: t('lastLayout') },
            ...layouts.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <SelectField
          label={t('tourSeconds')}
          hint={t('tourSecondsHint')}
          value={String(tourSeconds)}
          onChange={(value) => keep({ tourSeconds: Number(value) })}
          options={[...new Set([...TOUR_SECONDS, tourSeconds])].map((seconds) => ({
            value: String(seconds),
            label: t('seconds', { count: seconds }),
          }))}
        />
        <SelectField<Clock>
          label={t('clock')}
          value={clock}
          onChange={(value) => keep({ hour12: value === 'language' ? undefined : value === '12' })}
          options={CLOCKS.map((value) => ({ value, label: t(`clockOf.${value}`) }))}
        />
        <TextField
          label={t('timeZone')}
          hint={t('timeZoneHint', { now: formatMoment(Date.now(), style) })}
          placeholder={Intl.DateTimeFormat().resolvedOptions().timeZone}
          list="time-zones"
          verbatim
          value={typed}
          onChange={(event) => {
            const next = event.target.value.trim();
            setZone(next);
            if (next === '' || isTimeZone(next)) keep({ timeZone: next || undefined });
          }}
          {...(wrong && { error: t('timeZoneWrong') })}
        />
      </div>
      <datalist id="time-zones">
        {ZONES.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <CheckField
        label={t('sealedPictures')}
        hint={t('sealedPicturesHint')}
        checked={sealedPictures}
        onChange={(wanted) => void seal(wanted).catch(toastFailure)}
      />
      <p className={forms.hint}>{t('kept')}</p>
    </div>
  );
}
