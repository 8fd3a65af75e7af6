// All that is wrong with a server, worst first.
import { useTranslation } from 'react-i18next';
import type { CameraView, Trouble } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { Badge } from '../design/index.js';
import { formatMoment } from '../format/moments.js';
import { SeverityBadge, TroubleText } from './trouble-text.js';
import styles from './troubles.module.css';

export function TroubleList(props: {
  troubles: readonly Trouble[];
  cameras: readonly CameraView[];
}) {
  const { t } = useTranslation('troubles');
  const style = useMomentStyle();
  const { troubles, cameras } = props;
  if (troubles.length === 0) {
    return (
      <p>
        <Badge tone="good">{t('none')}</Badge>
      </p>
    );
  }
  const ordered = troubles.toSorted(
    (a, b) => Number(b.severity === 'error') - Number(a.severity === 'error') || b.since - a.since,
  );
  return (
    <ul className={styles.list}>
      {ordered.map((trouble) => (
        <li key={`${trouble.code} ${trouble.cameraId ?? ''}`}>
          <div className={styles.head}>
            <SeverityBadge severity={trouble.severity} />
            {trouble.cameraId !== undefined && (
              <span>
                {cameras.find(({ id }) => id === trouble.cameraId)?.name ?? trouble.cameraId}
              </span>
            )}
            <small>{t('since', { time: formatMoment(trouble.since, style) })}</small>
          </div>
          <TroubleText trouble={trouble} />
        </li>
      ))}
    </ul>
  );
}
