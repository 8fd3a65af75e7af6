// Buttons: with words, or with an icon and a name.
import type { ComponentProps } from 'react';
import styles from './button.module.css';
import { Icon, type IconName } from './icon.js';
import { Spinner } from './spinner.js';
import { Tooltip } from './tooltip.js';

export type ButtonKind = 'plain' | 'primary' | 'danger' | 'quiet';

export interface ButtonProps extends ComponentProps<'button'> {
  kind?: ButtonKind;
  icon?: IconName;
  /** Shows that it works, and takes no second click. */
  busy?: boolean;
}

function classes(kind: ButtonKind, className?: string, extra?: string): string {
  const own = kind === 'plain' ? undefined : styles[kind];
  return [styles.button, own, extra, className].filter(Boolean).join(' ');
}

export function Button({
  kind = 'plain',
  icon,
  busy = false,
  className,
  children,
  disabled,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={classes(kind, className)}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? <Spinner size={16} /> : icon && <Icon name={icon} size={16} />}
      {children}
    </button>
  );
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  icon: IconName;
  /** Its name, for readers and as tooltip. */
  label: string;
  kind?: ButtonKind;
  /** In pixels. */
  iconSize?: number;
  /** For toggles. */
  pressed?: boolean;
  /** False: only readers get the name. An open tooltip would take the Escape of a dialog. */
  tip?: boolean;
}

export function IconButton({
  icon,
  label,
  kind = 'quiet',
  iconSize = 18,
  pressed,
  tip = true,
  className,
  type = 'button',
  ...rest
}: IconButtonProps) {
  const button = (
    <button
      type={type}
      className={classes(kind, className, styles.icon)}
      aria-label={label}
      aria-pressed={pressed}
      {...rest}
    >
      <Icon name={icon} size={iconSize} />
    </button>
  );
  return tip ? <Tooltip text={label}>{button}</Tooltip> : button;
}
