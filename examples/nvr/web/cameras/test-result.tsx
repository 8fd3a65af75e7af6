// How a test of a camera went: its picture and what it sends, or why there is none.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { CameraTestResult } from '../../protocol/index.js';
import { Badge } from '../design/index.js';
import { formatBitrate, formatNumber } from '../format/quantities.js';
import { TroubleText } from '../troubles/trouble-text.js';
import styles from './cameras.module.css';
import { codecName } from './codec-name.js';
import { useObjectUrl } from './queries.js';

export function TestResult({ result }: { result: CameraTestResult }) {
  const { t } = useTranslation('cameras');
  const blob = useMemo(() => jpegOf(result.picture), [result.picture]);
  const url = useObjectUrl(blob);
  return (
    <div className={styles.test} role="status">
      {url && <img className={styles.preview} src={url} alt={t('testPicture')} />}
      <div className={styles.testWords}>
        {result.ok ? (
          <Badge tone="good">{t('testGood')}</Badge>
        ) : (
          <Badge tone="bad">{t('testBad')}</Badge>
        )}
        {result.stream && <StreamSummary stream={result.stream} />}
        {result.ok && !result.picture && <span>{t('testNoPicture')}</span>}
        {result.trouble && <TroubleText trouble={result.trouble} />}
      </div>
    </div>
  );
}

function StreamSummary({ stream }: { stream: NonNullable<CameraTestResult['stream']> }) {
  const { t, i18n } = useTranslation('cameras');
  const { codec, width, height, frameRate, bitsPerSecond } = stream;
  const parts = [
    codec !== undefined && codecName(codec),
    width !== undefined && `${width} × ${height}`,
    frameRate !== undefined && t('fps', { value: formatNumber(frameRate, i18n.language, 1) }),
    bitsPerSecond !== undefined && formatBitrate(bitsPerSecond, i18n.language),
  ];
  return <span>{parts.filter(Boolean).join(' · ')}</span>;
}

/** Undefined where it is no Base64: then there is no picture, and no error either. */
function jpegOf(base64: string | undefined): Blob | undefined {
  if (!base64) return undefined;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new Blob([bytes], { type: 'image/jpeg' });
  } catch {
    return undefined;
  }
}
