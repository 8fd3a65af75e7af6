// A fingerprint to be compared by eye: four pairs stand together, whatever room there is.
import { readableFingerprint } from './fingerprint.js';
import styles from './nodes.module.css';

export function Fingerprint({ value }: { value: string }) {
  const parts = readableFingerprint(value).match(/.{1,12}/g) ?? [];
  return (
    <code className={styles.fingerprint}>
      {parts.map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text
        <span key={i}>{part}</span>
      ))}
    </code>
  );
}
