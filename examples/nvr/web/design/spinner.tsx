// Something is on its way.
import styles from './spinner.module.css';

/** `label` is read out; without one it stands beside words that say it. */
export function Spinner({ size = 20, label }: { size?: number; label?: string }) {
  const look = { className: styles.spinner, style: { width: size, height: size } };
  if (!label) return <span {...look} aria-hidden="true" />;
  return <output {...look} aria-label={label} />;
}

/** In the middle of what is not there yet. */
export function PageSpinner({ label }: { label?: string }) {
  return (
    <div className={styles.page}>
      <Spinner size={28} label={label ?? 'FluxVision'} />
    </div>
  );
}
