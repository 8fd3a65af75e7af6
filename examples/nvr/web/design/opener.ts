// What had the focus when a dialog opened: it gets it back.
import { useRef } from 'react';

/** Gives the focus back; to the page where what had it is gone. */
export function useOpener(open: boolean): () => void {
  const opener = useRef<Element>(null);
  const wasOpen = useRef(false);
  // While it is drawn, not after: what is in a menu has gone by then.
  if (open !== wasOpen.current) {
    wasOpen.current = open;
    if (open) opener.current = openerOf(document.activeElement);
  }
  return () => {
    const { current } = opener;
    const isThere = current instanceof HTMLElement && current.isConnected;
    const target = isThere && current !== document.body ? current : document.querySelector('main');
    if (target instanceof HTMLElement) target.focus();
  };
}

/** Of what is in a menu or in a panel, the button that opened that. */
function openerOf(element: Element | null): Element | null {
  const panel = element?.closest('[role="menu"], [role="dialog"]');
  const button = panel?.id && document.querySelector(`[aria-controls="${CSS.escape(panel.id)}"]`);
  return button || element;
}
