// Short messages at the corner; read out, and gone after a while unless something went wrong.
import { useEffect, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { IconButton } from './button.js';
import styles from './toast.module.css';

export interface ToastMessage {
  title: string;
  /** What to do. */
  detail?: string;
  tone?: 'good' | 'bad';
}

interface Shown extends ToastMessage {
  id: number;
}

const STAYS_MS = 5000;
const MOST = 4;
let shown: readonly Shown[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function show(next: readonly Shown[]): void {
  shown = next;
  for (const listener of listeners) listener();
}

/** From anywhere, also outside of components. What went wrong and is still there is not said twice. */
export function toast(message: ToastMessage): void {
  const isSame = ({ title, detail, tone }: ToastMessage) =>
    tone === 'bad' && title === message.title && detail === message.detail;
  if (message.tone === 'bad' && shown.some(isSame)) return;
  show([...shown, { ...message, id: nextId++ }].slice(-MOST));
}

function dismiss(id: number): void {
  show(shown.filter((message) => message.id !== id));
}

export function Toasts() {
  const messages = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
  return (
    <div className={styles.area} role="status" aria-live="polite">
      {messages.map((message) => (
        <ToastView key={message.id} message={message} />
      ))}
    </div>
  );
}

function ToastView({ message }: { message: Shown }) {
  const { t } = useTranslation('common');
  const bad = message.tone === 'bad';
  useEffect(() => {
    if (bad) return;
    const timer = setTimeout(() => dismiss(message.id), STAYS_MS);
    return () => clearTimeout(timer);
  }, [message.id, bad]);
  return (
    <div className={bad ? `${styles.toast} ${styles.bad}` : styles.toast}>
      <div className={styles.words}>
        <strong>{message.title}</strong>
        {message.detail && <span>{message.detail}</span>}
      </div>
      <IconButton icon="close" label={t('close')} onClick={() => dismiss(message.id)} />
    </div>
  );
}
