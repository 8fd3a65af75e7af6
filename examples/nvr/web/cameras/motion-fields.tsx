// Motion of a camera: whether it is looked for, how keenly, and where.
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { CheckField } from '../design/index.js';
import forms from '../forms/forms.module.css';
import type { FieldsProps } from './edit-page.js';
import { ZoneEditor } from './zone-editor.js';

export function MotionFields({ form, set, id }: FieldsProps & { id: string }) {
  const { t } = useTranslation('cameras');
  const sensitivityId = useId();
  const { motion } = form;
  const change = (members: Partial<typeof motion>) => set({ motion: { ...motion, ...members } });
  return (
    <div className={forms.form}>
      <CheckField
        label={t('motion.enabled')}
        hint={t('motion.enabledHint')}
        checked={motion.enabled}
        onChange={(enabled) => change({ enabled })}
      />
      {motion.enabled && (
        <>
          <div className={forms.form}>
            <label htmlFor={sensitivityId}>
              {t('motion.sensitivity', { value: motion.sensitivity })}
            </label>
            <input
              id={sensitivityId}
              type="range"
              min={0}
              max={100}
              value={motion.sensitivity}
              aria-valuetext={t(`motion.level.${levelOf(motion.sensitivity)}`)}
              onChange={(event) => change({ sensitivity: Number(event.target.value) })}
            />
            <span className={forms.hint}>{t(`motion.level.${levelOf(motion.sensitivity)}`)}</span>
          </div>
          <ZoneEditor id={id} zones={motion.zones} onChange={(zones) => change({ zones })} />
        </>
      )}
    </div>
  );
}

function levelOf(sensitivity: number): 'low' | 'medium' | 'high' {
  if (sensitivity < 35) return 'low';
  return sensitivity < 70 ? 'medium' : 'high';
}
