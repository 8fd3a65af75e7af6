// Dialogs: the focus stays in them and goes back where it was; Escape closes them.
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './button.js';
import styles from './dialog.module.css';
import { useOpener } from './opener.js';

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** Read out when it opens. */
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons at its end. */
  actions?: ReactNode;
  wide?: boolean;
}

/** The scrim is ours: Radix' own would put styles into the page, which its policy forbids. */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  actions,
  wide,
}: DialogProps) {
  const { t } = useTranslation('common');
  const giveBack = useOpener(open);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div className={styles.scrim} />
        <Radix.Content
          className={wide ? `${styles.dialog} ${styles.wide}` : styles.dialog}
          onOpenAutoFocus={focusFirstField}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            giveBack();
          }}
          {...(description ? {} : { 'aria-describedby': undefined })}
        >
          <div className={styles.head}>
            <Radix.Title>{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton icon="close" label={t('close')} tip={false} />
            </Radix.Close>
          </div>
          {description && (
            <Radix.Description className={styles.description}>{description}</Radix.Description>
          )}
          <div className={styles.body}>{children}</div>
          {actions && <div className={styles.actions}>{actions}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Not the button that closes it: its tooltip would open, and take the first Escape for itself. */
function focusFirstField(event: Event): void {
  const dialog = event.currentTarget;
  if (!(dialog instanceof HTMLElement)) return;
  event.preventDefault();
  const field = dialog.querySelector<HTMLElement>(
    'input:not(:disabled), select:not(:disabled), textarea:not(:disabled)',
  );
  (field ?? dialog).focus();
}

export interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** What the button says: the action, not "OK". */
  action: string;
  onConfirm: () => void;
  busy?: boolean;
  danger?: boolean;
}

/** Asks before what cannot be undone. */
export function ConfirmDialog(props: ConfirmProps) {
  const { t } = useTranslation('common');
  return (
    <Dialog
      open={props.open}
      onOpenChange={props.onOpenChange}
      title={props.title}
      description={props.children}
      actions={
        <>
          <Button onClick={() => props.onOpenChange(false)}>{t('cancel')}</Button>
          <Button
            kind={props.danger ? 'danger' : 'primary'}
            busy={props.busy}
            onClick={props.onConfirm}
          >
            {props.action}
          </Button>
        </>
      }
    />
  );
}
