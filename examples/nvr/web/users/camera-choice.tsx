// Which cameras a user sees: all, or some of a list that can be searched.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraView } from '../../protocol/index.js';
import { Button, CheckField, TextField } from '../design/index.js';
import forms from '../forms/forms.module.css';

export function CameraChoice(props: {
  cameras: readonly CameraView[];
  all: boolean;
  chosen: readonly string[];
  onChange: (all: boolean, chosen: readonly string[]) => void;
}) {
  const { t, i18n } = useTranslation('users');
  const { cameras, all, chosen, onChange } = props;
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLocaleLowerCase(i18n.language);
  const found = cameras.filter((camera) =>
    `${camera.name} ${camera.group ?? ''} ${camera.id} ${camera.node?.label ?? ''}`
      .toLocaleLowerCase(i18n.language)
      .includes(wanted),
  );
  const choose = (ids: readonly string[], on: boolean) => {
    const others = chosen.filter((id) => !ids.includes(id));
    onChange(false, on ? [...others, ...ids] : others);
  };
  const foundIds = found.map(({ id }) => id);
  return (
    <fieldset className={forms.group}>
      <legend>{t('cameras')}</legend>
      <CheckField
        label={t('allCamerasToo')}
        checked={all}
        onChange={(checked) => onChange(checked, chosen)}
      />
      {!all && (
        <>
          <TextField
            label={t('searchCameras')}
            type="search"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
          <div className={forms.row}>
            <span role="status">
              {t('chosen', { count: chosen.length, total: cameras.length })}
            </span>
            <Button kind="quiet" onClick={() => choose(foundIds, true)}>
              {t('chooseAll')}
            </Button>
            <Button kind="quiet" onClick={() => choose(foundIds, false)}>
              {t('chooseNone')}
            </Button>
          </div>
          <div className={forms.choices}>
            {found.map((camera) => (
              <CheckField
                key={camera.id}
                label={[camera.name, camera.group, camera.node?.label].filter(Boolean).join(' · ')}
                checked={chosen.includes(camera.id)}
                onChange={(checked) => choose([camera.id], checked)}
              />
            ))}
            {found.length === 0 && <p>{t('noCameraFound')}</p>}
          </div>
        </>
      )}
    </fieldset>
  );
}
