// A name that shows at the pointer and at the focus.
import { Tooltip as Radix } from 'radix-ui';
import type { ReactElement } from 'react';
import styles from './popover.module.css';

/** Around the application: the delays of all tooltips. */
export const TooltipProvider = Radix.Provider;

/** `text` is no name for a reader: the control has its own `aria-label`. */
export function Tooltip({ text, children }: { text: string; children: ReactElement }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.tooltip} sideOffset={6} collisionPadding={8}>
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
