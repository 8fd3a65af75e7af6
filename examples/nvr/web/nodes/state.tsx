// The state of a node as a chip, and what is wrong with it in words.
import { useTranslation } from 'react-i18next';
import type { RemoteNode } from '../../protocol/index.js';
import { Badge, type Tone } from '../design/index.js';
import { wordsOf } from '../i18n/words.js';

const TONES: Record<RemoteNode['state'], Tone> = {
  CONNECTED: 'good',
  CONNECTING: 'info',
  AUTHENTICATING: 'accent',
  DISCONNECTED: 'neutral',
  ERROR: 'bad',
};

type StateMembers = Pick<RemoteNode, 'state' | 'enabled'>;

export function StateChip({ node }: { node: StateMembers }) {
  const { t } = useTranslation('nodes');
  return (
    <span data-node-state={node.enabled ? node.state : 'disabled'}>
      {node.enabled ? (
        <Badge tone={TONES[node.state]}>{t(`state.${node.state}`)}</Badge>
      ) : (
        <Badge>{t('state.disabled')}</Badge>
      )}
    </span>
  );
}

/** Milliseconds between the clocks from which on it is said. */
const CLOCK_TOLERANCE_MS = 2000;

export function isClockWrong(offsetMs: number | undefined): offsetMs is number {
  return offsetMs !== undefined && Math.abs(offsetMs) > CLOCK_TOLERANCE_MS;
}

/** What is wrong and what to do, in a line each. */
export function FaultWords({ code, message }: { code: string; message: string }) {
  const { title, meaning, advice } = wordsOf(code, message);
  return (
    <>
      <strong>{title}</strong>
      {meaning && <p>{meaning}</p>}
      {advice && <p>{advice}</p>}
    </>
  );
}
