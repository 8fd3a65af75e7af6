// Adds cameras: found on the network or by address, several at once; each is tested before it is saved.
import { useEffect, useReducer, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import type { CameraConfig, CameraTestResult, OnvifProbeResult } from '../../protocol/index.js';
import { useServer } from '../api/index.js';
import { Button, Page, Panel, Tabs, toast } from '../design/index.js';
import { useAction } from '../forms/action.js';
import forms from '../forms/forms.module.css';
import { AddByAddress } from './add-by-address.js';
import { AddByDiscovery } from './add-by-discovery.js';
import { DraftCard } from './draft-card.js';
import {
  atStep,
  type Draft,
  newCameraOfDraft,
  probeOf,
  put,
  ready,
  withFailure,
  withProfiles,
  withTest,
} from './wizard-state.js';

export function AddCamerasPage() {
  const { t } = useTranslation('cameras');
  const server = useServer();
  const [, navigate] = useLocation();
  const [way, setWay] = useState('discover');
  const [drafts, change] = useReducer(
    (before: readonly Draft[], next: Draft | { removed: string }) =>
      'removed' in next ? before.filter(({ key }) => key !== next.removed) : put(before, next),
    [],
  );

  /** Asks the device for its streams, where that is how it was found, and connects for a picture. */
  const examine = async (one: Draft) => {
    let current = atStep(one, one.onvifUrl ? 'asking' : 'testing');
    change(current);
    try {
      if (current.onvifUrl && current.profiles.length === 0) {
        const probe = await server.api.post<OnvifProbeResult>(
          '/api/cameras/onvif',
          probeOf(current),
        );
        current = withProfiles(current, probe);
      }
      current = atStep(current, 'testing');
      change(current);
      const { url, username, password } = current;
      const test = await server.api.post<CameraTestResult>('/api/cameras/test', {
        url,
        ...(username && { username }),
        ...(password && { password }),
      });
      change(withTest(current, test));
    } catch (error) {
      change(withFailure(current, error));
    }
  };

  const save = useAction(
    async (chosen: readonly Draft[]) => {
      let saved = 0;
      for (const one of chosen) {
        change(atStep(one, 'saving'));
        try {
          await server.api.post<CameraConfig>('/api/cameras', newCameraOfDraft(one));
          change(atStep(one, 'saved'));
          saved++;
        } catch (error) {
          change(withFailure(one, error));
        }
      }
      return { saved, all: saved === chosen.length };
    },
    {
      changes: ['cameras', 'troubles'],
      onDone: ({ saved, all }) => {
        if (saved > 0) toast({ title: t('wizard.added', { count: saved }), tone: 'good' });
        if (all) navigate('/cameras');
      },
    },
  );
  const addable = ready(drafts);
  const open = drafts.filter(({ step }) => step !== 'saved');
  const checked = useRef<HTMLDivElement>(null);
  const isChecking = open.length > 0;
  // On a phone it goes on below what is seen.
  useEffect(() => {
    if (isChecking) checked.current?.scrollIntoView({ block: 'start' });
  }, [isChecking]);

  return (
    <Page title={t('add')} actions={<Link href="/cameras">{t('back')}</Link>}>
      <Panel title={t('wizard.find')}>
        <Tabs
          label={t('wizard.find')}
          value={way}
          onChange={setWay}
          tabs={[
            {
              value: 'discover',
              label: t('wizard.discover'),
              content: <AddByDiscovery drafts={drafts} onChosen={(one) => void examine(one)} />,
            },
            {
              value: 'address',
              label: t('wizard.address'),
              content: <AddByAddress onChosen={(one) => void examine(one)} />,
            },
          ]}
        />
      </Panel>
      {isChecking && (
        <div ref={checked}>
          <Panel title={t('wizard.check')}>
            {open.map((one) => (
              <DraftCard
                key={one.key}
                draft={one}
                onChange={change}
                onExamine={(again) => void examine(again)}
                onRemove={() => change({ removed: one.key })}
              />
            ))}
            <div className={forms.between}>
              <span role="status">{t('wizard.ready', { count: addable.length })}</span>
              <Button
                kind="primary"
                icon="check"
                disabled={addable.length === 0}
                busy={save.isPending}
                onClick={() => save.mutate(addable)}
              >
                {t('wizard.save', { count: addable.length })}
              </Button>
            </div>
          </Panel>
        </div>
      )}
    </Page>
  );
}
