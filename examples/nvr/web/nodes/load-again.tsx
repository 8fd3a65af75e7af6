// The security policy of the page names the nodes that it may connect to: for another one, or another
// address, the page has to come anew.
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useServers } from '../api/index.js';
import { Button, Notice } from '../design/index.js';

export interface LoadAgain {
  /** Somebody has to be asked first. */
  isWanted: boolean;
  /** Loads the page where nothing is lost by it. */
  want: () => void;
}

/** Logins to other servers' tabs are in the page's memory alone, and would end. */
export function useLoadAgain(): LoadAgain {
  const { all, active, home } = useServers();
  const [isWanted, setWanted] = useState(false);
  const isAlone = all.length === 1;
  const isHome = active === home;
  const want = useCallback(() => {
    if (!isHome) return;
    if (isAlone) location.reload();
    else setWanted(true);
  }, [isAlone, isHome]);
  return { isWanted, want };
}

export function LoadAgainNotice() {
  const { t } = useTranslation('nodes');
  return (
    <Notice tone="warn" title={t('loadAgain.title')}>
      <p>{t('loadAgain.text')}</p>
      <Button icon="refresh" onClick={() => location.reload()}>
        {t('loadAgain.action')}
      </Button>
    </Notice>
  );
}
