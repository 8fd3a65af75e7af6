// Plots of the last hour (uPlot); each also says its newest values in words.
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { SystemStats } from '../../protocol/index.js';
import { useMomentStyle } from '../account/preferences.js';
import { Panel } from '../design/index.js';
import { formatTimeOfDay, type MomentStyle } from '../format/moments.js';
import { formatBitrate, formatBytes, formatNumber, formatPercent } from '../format/quantities.js';
import { useTheme } from '../theme/theme.js';
import { PLOTS, type PlotOf, pointsOf } from './plot-data.js';
import styles from './system.module.css';

export default function Plots({ points }: { points: readonly SystemStats[] }) {
  return (
    <div className={styles.plots}>
      {PLOTS.map((plot) => (
        <Plot key={plot.name} plot={plot} points={points} />
      ))}
    </div>
  );
}

const HEIGHT = 170;

function Plot({ plot, points }: { plot: PlotOf; points: readonly SystemStats[] }) {
  const { t } = useTranslation('system');
  const style = useMomentStyle();
  const theme = useTheme();
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot>(undefined);
  const data = pointsOf(points, plot.series);
  const newest = useRef(data);
  newest.current = data;
  const labels = plot.series.map((name) => t(`plot.${name}`));
  const labelKey = labels.join('|');

  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew for another language or theme alone
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(
      optionsOf(plot, t('plot.time'), labels, style, element),
      newest.current,
      element,
    );
    drawn.current = made;
    const watch = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, [plot, labelKey, style, theme]);
  useEffect(() => {
    drawn.current?.setData(newest.current);
  });

  const last = points.at(-1);
  const words = plot.series
    .map((name, i) => `${labels[i]}: ${wordsFor(plot.unit, last?.[name], style.language)}`)
    .join(', ');
  return (
    <Panel title={t(`plot.${plot.name}`)}>
      <div ref={box} className={styles.plot} role="img" aria-label={words} />
    </Panel>
  );
}

function wordsFor(unit: PlotOf['unit'], value: number | undefined, language: string): string {
  switch (unit) {
    case 'percent':
      return formatPercent(value, language);
    case 'bytes':
      return formatBytes(value, language);
    case 'bytesPerSecond':
      return `${formatBytes(value, language)}/s`;
    case 'bits':
      return formatBitrate(value, language);
    case 'milliseconds':
      return `${formatNumber(value, language, 1)} ms`;
    case 'count':
      return formatNumber(value, language);
  }
}

/** Lines differ in their dashes, too. */
const STROKES = [
  { color: '--accent', dash: [] },
  { color: '--warn', dash: [6, 4] },
] as const;

function optionsOf(
  { unit, series }: PlotOf,
  timeLabel: string,
  labels: readonly string[],
  style: MomentStyle,
  element: HTMLElement,
): uPlot.Options {
  const colors = getComputedStyle(element);
  const color = (name: string) => colors.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--ink-faint'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
  };
  const value = (_: uPlot, raw: number | null) => wordsFor(unit, raw ?? undefined, style.language);
  return {
    width: Math.max(200, element.clientWidth),
    height: HEIGHT,
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] } },
    axes: [
      {
        ...axis,
        values: (_, times) => times.map((at) => formatTimeOfDay(at * 1000, style)),
        space: 90,
      },
      {
        ...axis,
        size: 76,
        values: (_, values) => values.map((raw) => wordsFor(unit, raw, style.language)),
      },
    ],
    series: [
      {
        label: timeLabel,
        value: (_, at) => formatTimeOfDay(at === null ? undefined : at * 1000, style),
      },
      ...series.map((_, i) => {
        const { color: name, dash } = STROKES[i % STROKES.length] as (typeof STROKES)[number];
        return {
          ...{ label: labels[i] ?? '', stroke: color(name), width: 1.5, dash: [...dash], value },
        };
      }),
    ],
    cursor: { drag: { x: false, y: false } },
  };
}
