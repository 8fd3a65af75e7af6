// A state in a word and a shape; the colour only repeats it.
import type { ReactNode } from 'react';
import styles from './badge.module.css';

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'info' | 'accent';

const SHAPES: Record<Tone, string> = {
  neutral: '○',
  good: '●',
  warn: '▲',
  bad: '✕',
  info: 'ⓘ',
  accent: '◆',
};

/** `shape: false` where the words stand in a row of equals and need no mark. */
export function Badge(props: { tone?: Tone; shape?: boolean; children: ReactNode }) {
  const { tone = 'neutral', shape = true, children } = props;
  const own = tone === 'neutral' ? undefined : styles[tone];
  return (
    <span className={[styles.badge, own].filter(Boolean).join(' ')}>
      {shape && <span aria-hidden="true">{SHAPES[tone]}</span>}
      {children}
    </span>
  );
}
