// The drawn part of a timeline. It is drawn again when something of it changed, at most once per picture
// of the screen.
import { useEffect, useRef, useState } from 'react';
import type { TimelineRow } from '../../protocol/index.js';
import type { Formats } from './formats.js';
import { heightOf, type Layout } from './layout.js';
import { type Colors, colorsOf, paint } from './paint.js';
import styles from './timeline.module.css';
import type { TimeView } from './view.js';

export interface TimelineCanvasProps {
  layout: Layout;
  view: TimeView;
  rows: readonly TimelineRow[];
  names: ReadonlyMap<string, string>;
  now: number;
  zone: string;
  formats: Formats;
}

export function TimelineCanvas(props: TimelineCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const newest = useRef(props);
  const frame = useRef(0);
  const colors = useColors();
  const { layout } = props;
  const height = heightOf(layout);
  useEffect(() => {
    newest.current = props;
    if (frame.current) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      const element = canvas.current;
      const context = element?.getContext('2d', { alpha: false });
      if (!element || !context) return;
      const scale = devicePixelRatio || 1;
      const drawn = newest.current;
      const [width, tall] = [drawn.layout.width * scale, heightOf(drawn.layout) * scale].map(
        Math.round,
      );
      if (element.width !== width) element.width = width ?? 0;
      if (element.height !== tall) element.height = tall ?? 0;
      paint(context, { ...drawn, scale, colors: colors ?? colorsOf(element) });
    });
  });
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return (
    <div aria-hidden="true">
      <canvas ref={canvas} className={styles.canvas} style={{ width: layout.width, height }} />
    </div>
  );
}

/** The theme's; read again when it changes. */
function useColors(): Colors | undefined {
  const [colors, setColors] = useState<Colors>();
  useEffect(() => {
    const root = document.documentElement;
    const read = () => setColors(colorsOf(root));
    read();
    const observer = new MutationObserver(read);
    observer.observe(root, { attributes: true, attributeFilter: ['data-theme', 'class'] });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', read);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', read);
    };
  }, []);
  return colors;
}
