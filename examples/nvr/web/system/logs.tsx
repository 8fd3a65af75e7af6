// What the server says while it works.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogLine } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { itemsOf, useServer } from '../api/index.js';
import {
  Badge,
  CheckField,
  ScrollBox,
  SelectField,
  TextField,
  type Tone,
} from '../design/index.js';
import { formatMoment } from '../format/moments.js';
import { Answer } from '../forms/answer.js';
import forms from '../forms/forms.module.css';
import styles from './system.module.css';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];
const TONES: Record<string, Tone> = { warn: 'warn', error: 'bad', fatal: 'bad', info: 'info' };

export default function Logs() {
  const { t } = useTranslation('system');
  const server = useServer();
  const [level, setLevel] = useState<Level>('info');
  const [search, setSearch] = useState('');
  const [follow, setFollow] = useState(true);
  const logs = useQuery({
    queryKey: [server.id, 'logs', level],
    queryFn: async ({ signal }) =>
      itemsOf(
        await server.api.get<{ items: LogLine[] }>('/api/system/logs', {
          query: { level, limit: 500 },
          signal,
        }),
      ),
    refetchInterval: follow ? 2000 : false,
  });
  return (
    <div className={forms.form}>
      <div className={forms.columns}>
        <SelectField<Level>
          label={t('logs.level')}
          value={level}
          onChange={setLevel}
          options={LEVELS.map((value) => ({ value, label: t(`logs.levelOf.${value}`) }))}
        />
        <TextField
          label={t('common:search')}
          type="search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      </div>
      <CheckField label={t('logs.follow')} checked={follow} onChange={setFollow} />
      <Answer query={logs}>
        {(lines) => <Lines lines={lines} search={search.trim().toLowerCase()} follow={follow} />}
      </Answer>
    </div>
  );
}

function Lines(props: { lines: readonly LogLine[]; search: string; follow: boolean }) {
  const { t } = useTranslation('system');
  const style = useMomentStyle();
  const box = useRef<HTMLDivElement>(null);
  const { search, follow } = props;
  const ordered = props.lines.toSorted((a, b) => a.at - b.at);
  const lines = ordered.filter((line) => textOf(line).toLowerCase().includes(search));
  const newest = lines.at(-1)?.at;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever there is a newer line
  useEffect(() => {
    if (follow) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [follow, newest]);
  if (lines.length === 0) return <p>{t('logs.none')}</p>;
  return (
    <ScrollBox box={box} label={t('view.logs')} className={styles.logs}>
      <ol aria-label={t('view.logs')}>
        {lines.map((line, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two lines of one moment may be the same
          <li key={`${line.at} ${i}`}>
            <time dateTime={new Date(line.at).toISOString()}>{formatMoment(line.at, style)}</time>
            <Badge tone={TONES[line.level] ?? 'neutral'}>{line.level}</Badge>
            <span>{textOf(line)}</span>
          </li>
        ))}
      </ol>
    </ScrollBox>
  );
}

function textOf({ message, detail }: LogLine): string {
  if (detail === undefined) return message;
  return `${message} ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`;
}
