// The frame of pages that are read rather than watched.
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.js';
import styles from './page.module.css';

export function Page(props: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.page}>
      <div className={styles.inner}>
        <header className={styles.head}>
          <h1>{props.title}</h1>
          {props.actions && <div className={styles.actions}>{props.actions}</div>}
        </header>
        {props.children}
      </div>
    </div>
  );
}

export function Panel(props: { title?: string; children: ReactNode }) {
  return (
    <section className={styles.panel} aria-label={props.title}>
      {props.title && <h2>{props.title}</h2>}
      {props.children}
    </section>
  );
}

/** Where there is nothing: why, and what to do. */
export function EmptyState(props: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <Icon name={props.icon} size={36} />
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** Words that stay on the page. */
export function Notice(props: {
  tone?: 'info' | 'warn' | 'bad';
  title?: string;
  children?: ReactNode;
}) {
  const { tone = 'info' } = props;
  const own = tone === 'info' ? undefined : styles[tone];
  return (
    <div
      className={[styles.notice, own].filter(Boolean).join(' ')}
      role={tone === 'bad' ? 'alert' : undefined}
    >
      <Icon name={tone === 'info' ? 'info' : 'warning'} />
      <div>
        {props.title && <strong>{props.title}</strong>}
        {props.children}
      </div>
    </div>
  );
}
