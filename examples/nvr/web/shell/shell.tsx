// The frame around all pages: servers and tools above, navigation at the side (phones: below).
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeptAppearance } from '../account/appearance.js';
import { useChangedQueries } from '../api/index.js';
import { ServerTabs } from '../servers/tabs.js';
import { Alarm } from './alarm.js';
import alarm from './alarm.module.css';
import { AlteredPictures } from './altered-pictures.js';
import { ConnectionState } from './connection-state.js';
import { Mark } from './mark.js';
import { Navigation } from './navigation.js';
import styles from './shell.module.css';
import { SilentNodes } from './silent-nodes.js';
import { TroublesBell } from './troubles-bell.js';
import { UserMenu } from './user-menu.js';

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation('common');
  const main = useRef<HTMLElement>(null);
  useChangedQueries();
  useKeptAppearance();
  return (
    <div className={styles.shell}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        {t('skip')}
      </button>
      <header className={styles.bar}>
        <div className={styles.mark}>
          <Mark size={26} />
        </div>
        <div className={styles.tabs}>
          <ServerTabs />
        </div>
        <div className={styles.tools}>
          <ConnectionState />
          <TroublesBell />
          <UserMenu />
        </div>
      </header>
      <div className={alarm.notices}>
        <Alarm />
        <SilentNodes />
      </div>
      <Navigation />
      <AlteredPictures />
      <main className={styles.main} ref={main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
