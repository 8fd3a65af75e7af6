// Above the pages while other servers do not answer: what is shown of them, and of when it is.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { NodeAnswer } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { useAllCameras, useNodeAnswers } from '../api/index.js';
import { useAccess } from '../app/session.js';
import { Icon, IconButton } from '../design/index.js';
import { formatTimeOfDay } from '../format/moments.js';
import { wordsOf } from '../i18n/words.js';
import styles from './alarm.module.css';

export function SilentNodes() {
  const answers = useNodeAnswers();
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const silent = answers.filter(({ status }) => status !== 'ok');
  // One that answered meanwhile is told of anew.
  const still = hidden.filter((key) => silent.some((answer) => keyOf(answer) === key));
  if (still.length !== hidden.length) setHidden(still);
  return (
    <div role="status">
      {silent
        .filter((answer) => !hidden.includes(keyOf(answer)))
        .map((answer) => (
          <Silent
            key={answer.id}
            answer={answer}
            onHide={() => setHidden((before) => [...before, keyOf(answer)])}
          />
        ))}
    </div>
  );
}

function Silent({ answer, onHide }: { answer: NodeAnswer; onHide: () => void }) {
  const { t } = useTranslation('nodes');
  const style = useMomentStyle();
  const { admin } = useAccess();
  const { data: cameras = [] } = useAllCameras();
  const { id, label: name, status, asOf, error } = answer;
  const count = cameras.filter(({ node }) => node?.id === id).length;
  const text =
    status === 'stale' && asOf !== undefined
      ? t('silent.stale', { name, count, time: formatTimeOfDay(asOf, style) })
      : t('silent.error', { name });
  return (
    <div className={styles.silent} data-node={id} data-node-status={status}>
      <Icon name="unplugged" size={16} />
      <p>
        {text} {error && wordsOf(error.code, error.message).title}{' '}
        {admin && <Link href="/system/nodes">{t('silent.why')}</Link>}
      </p>
      <IconButton icon="close" iconSize={14} label={t('silent.hide')} onClick={onHide} />
    </div>
  );
}

function keyOf({ id, status }: NodeAnswer): string {
  return `${id} ${status}`;
}
