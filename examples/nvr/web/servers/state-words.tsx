// The state of a server as mark and words.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type ServerConnection, useServerSnapshot } from '../api/index.js';
import { Icon } from '../design/index.js';
import type { ConnectionState, ServerStatus } from './server-state.js';

/** What a tab shows: a connected server whose socket was lost is on its way back. */
export type ShownState = ConnectionState | 'RECONNECTING';

const MARKS: Record<ShownState, ReactNode> = {
  CONNECTED: '✓',
  CONNECTING: '…',
  RECONNECTING: '⚠',
  // The sign for it is in few fonts.
  AUTHENTICATING: <Icon name="key" size={14} />,
  ERROR: '✗',
  DISCONNECTED: '○',
};

export function StateMark({ state }: { state: ShownState }) {
  const { t } = useTranslation('servers');
  return (
    <>
      <span aria-hidden="true" data-server-state={state}>
        {MARKS[state]}
      </span>
      <span className="visually-hidden">{t(`state.${state}`)}</span>
    </>
  );
}

export function useConnectedState(connection: ServerConnection): ShownState {
  const { state } = useServerSnapshot(connection);
  return state === 'open' ? 'CONNECTED' : 'RECONNECTING';
}

/** The state in words, and why it is so. */
export function useStateWords(): (status: ServerStatus) => string {
  const { t } = useTranslation('servers');
  return ({ state, fault }) =>
    fault ? `${t(`state.${state}`)}: ${t(`fault.${fault}`)}` : t(`state.${state}`);
}
