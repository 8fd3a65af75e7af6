// How full the disk of a server is, in a bar and in words.
import { useTranslation } from 'react-i18next';
import type { NodeReport } from '../../protocol/index.js';
import { formatBytes } from '../format/quantities.js';
import styles from './nodes.module.css';

export function DiskBar({ name, storage }: { name: string; storage: NodeReport['storage'] }) {
  const { t, i18n } = useTranslation('nodes');
  const { totalBytes, freeBytes } = storage;
  const used = totalBytes > 0 ? (totalBytes - freeBytes) / totalBytes : 0;
  const size = (bytes: number) => formatBytes(bytes, i18n.language);
  return (
    <div className={styles.disk}>
      <meter
        min={0}
        max={1}
        low={0.9}
        high={0.97}
        optimum={0}
        value={used}
        aria-label={t('health.diskUse', { name })}
      />
      <span>{t('facts.freeOf', { free: size(freeBytes), total: size(totalBytes) })}</span>
    </div>
  );
}
