// Draws a timeline: the ruler, a row per camera with its footage, holes and events. What moves all the
// time (the position, the selection) is not in here but on top of it.
import type { TimelineRow } from '../../protocol/index.js';
import type { Formats } from './formats.js';
import { type Layout, type TimelineEvent, visible } from './layout.js';
import { coverageAt, holesOf } from './rows.js';
import { labelDetail, tickStep, ticks } from './ticks.js';
import { spanOf, type TimeView, timeAt, xOf } from './view.js';

export interface Picture {
  layout: Layout;
  view: TimeView;
  rows: readonly TimelineRow[];
  /** By camera. */
  names: ReadonlyMap<string, string>;
  now: number;
  zone: string;
  formats: Formats;
  colors: Colors;
  /** Of the canvas per pixel of the page. */
  scale: number;
}

export interface Colors {
  ground: string;
  raised: string;
  line: string;
  ink: string;
  soft: string;
  footage: string;
  motion: string;
  bookmark: string;
  accent: string;
}

export function colorsOf(element: Element): Colors {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: color('ground'),
    raised: color('raised'),
    line: color('line'),
    ink: color('ink'),
    soft: color('ink-soft'),
    footage: color('footage'),
    motion: color('motion'),
    bookmark: color('bookmark'),
    accent: color('accent'),
  };
}

const LABEL_ROOM = { seconds: 84, minutes: 64, day: 92 } as const;

export function paint(context: CanvasRenderingContext2D, picture: Picture): void {
  const { layout, scale, colors } = picture;
  const height = layout.ruler + layout.rowHeight * Math.max(1, picture.rows.length);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = colors.ground;
  context.fillRect(0, 0, layout.width, height);
  picture.rows.forEach((row, i) => {
    paintRow(context, picture, row, layout.ruler + i * layout.rowHeight);
  });
  paintRuler(context, picture, height);
  paintNow(context, picture, height);
  picture.rows.forEach(({ cameraId }, i) => {
    const y = layout.ruler + i * layout.rowHeight;
    paintName(context, picture, picture.names.get(cameraId) ?? cameraId, y, layout.rowHeight - 3);
  });
}

function paintRuler(context: CanvasRenderingContext2D, picture: Picture, height: number): void {
  const { layout, view, zone, colors, formats } = picture;
  const perPixel = spanOf(view) / layout.width;
  let step = tickStep(perPixel * LABEL_ROOM.minutes);
  if (labelDetail(step) !== 'minutes') step = tickStep(perPixel * LABEL_ROOM[labelDetail(step)]);
  const detail = labelDetail(step);
  context.font = `11px ${FONT}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const { time, kind } of ticks(zone, view.start - spanOf(view) / 10, view.end, step)) {
    const x = Math.round(xOf(view, time, layout.width)) + 0.5;
    const isDay = kind !== 'plain';
    context.strokeStyle = isDay ? colors.soft : colors.line;
    context.beginPath();
    context.moveTo(x, isDay ? 0 : layout.ruler - 6);
    context.lineTo(x, height);
    context.stroke();
    const text = kind === 'day' ? formats.day : formats[detail];
    context.fillStyle = kind === 'day' ? colors.ink : colors.soft;
    const label = kind === 'change' ? formats.zoneName(time) : text.format(time);
    context.fillText(label, x + 4, layout.ruler / 2);
  }
}

const FONT = 'system-ui, sans-serif';

function paintRow(
  context: CanvasRenderingContext2D,
  picture: Picture,
  row: TimelineRow,
  y: number,
): void {
  const { layout, view, colors, now } = picture;
  const height = layout.rowHeight - 3;
  const at = (time: number) => xOf(view, time, layout.width);
  const pending = coverageAt(row, now - 1, now).kind === 'pending';
  for (const hole of holesOf(row, view, now)) {
    const isPending = pending && hole.end >= now;
    context.fillStyle = hatch(context, colors.line, isPending ? 'pending' : 'gap', picture.scale);
    context.fillRect(at(hole.start), y, Math.max(1, at(hole.end) - at(hole.start)), height);
  }
  context.fillStyle = colors.footage;
  for (const run of visible(row.runs, view)) {
    const x = Math.max(-2, at(run.start));
    context.fillRect(x, y, Math.max(1, Math.min(layout.width + 2, at(run.end)) - x), height);
  }
  for (const event of visible(row.events, view)) {
    paintEvent(context, picture, event, { x: at(event.start), end: at(event.end), y, height });
  }
}

/** Each kind has a shape of its own: motion a striped bar, a bookmark a flag, others a diamond. */
function paintEvent(
  context: CanvasRenderingContext2D,
  { colors, scale }: Picture,
  { event }: TimelineEvent,
  place: { x: number; end: number; y: number; height: number },
): void {
  const { x, y, height } = place;
  const width = Math.max(2, place.end - x);
  if (event === 'motion' || event === 'onvif:motion') {
    context.fillStyle = hatch(context, colors.motion, 'motion', scale);
    const bar = Math.max(4, height / 2);
    context.fillRect(x, y + height - bar, width, bar);
    return;
  }
  context.fillStyle = event === 'bookmark' ? colors.bookmark : colors.ink;
  context.beginPath();
  if (event === 'bookmark') {
    context.rect(x, y, 1.5, height);
    context.moveTo(x, y);
    context.lineTo(x + 8, y + height / 4);
    context.lineTo(x, y + height / 2);
  } else {
    const middle = y + height / 2;
    const r = Math.min(4, height / 2);
    context.moveTo(x, middle - r);
    context.lineTo(x + r, middle);
    context.lineTo(x, middle + r);
    context.lineTo(x - r, middle);
  }
  context.fill();
}

function paintName(
  context: CanvasRenderingContext2D,
  { colors }: Picture,
  name: string,
  y: number,
  height: number,
): void {
  context.font = `600 ${Math.min(11, height)}px ${FONT}`;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  const text = name.length > 24 ? `${name.slice(0, 23)}…` : name;
  context.globalAlpha = 0.8;
  context.fillStyle = colors.ground;
  context.fillRect(0, y, context.measureText(text).width + 12, height);
  context.globalAlpha = 1;
  context.fillStyle = colors.ink;
  context.fillText(text, 6, y + height / 2 + 0.5);
}

function paintNow(context: CanvasRenderingContext2D, picture: Picture, height: number): void {
  const { layout, view, now, colors } = picture;
  if (now >= view.end) return;
  const x = Math.max(0, xOf(view, now, layout.width));
  context.fillStyle = colors.raised;
  context.fillRect(x, layout.ruler, layout.width - x, height - layout.ruler);
  if (timeAt(view, 0, layout.width) > now) return;
  context.strokeStyle = colors.accent;
  context.setLineDash([3, 3]);
  context.beginPath();
  context.moveTo(Math.round(x) + 0.5, 0);
  context.lineTo(Math.round(x) + 0.5, height);
  context.stroke();
  context.setLineDash([]);
}

type Texture = 'gap' | 'pending' | 'motion';
const textures = new Map<string, CanvasPattern | string>();

/** Slanted lines for what is missing, dots for what is yet to come, upright stripes for motion. */
function hatch(
  context: CanvasRenderingContext2D,
  color: string,
  texture: Texture,
  scale: number,
): CanvasPattern | string {
  const key = `${texture} ${color} ${scale}`;
  let pattern = textures.get(key);
  if (!pattern) {
    pattern = weave(context, color, texture) ?? color;
    if (typeof pattern !== 'string')
      pattern.setTransform(new DOMMatrix([1 / scale, 0, 0, 1 / scale, 0, 0]));
    textures.set(key, pattern);
  }
  return pattern;
}

function weave(
  context: CanvasRenderingContext2D,
  color: string,
  texture: Texture,
): CanvasPattern | null {
  const size = texture === 'motion' ? 4 : 8;
  const tile = new OffscreenCanvas(size, size);
  const pen = tile.getContext('2d');
  if (!pen) return null;
  pen.fillStyle = color;
  pen.strokeStyle = color;
  if (texture === 'motion') {
    pen.fillRect(0, 0, 3, size);
  } else if (texture === 'pending') {
    pen.fillRect(3, 3, 2, 2);
  } else {
    pen.lineWidth = 1.6;
    for (const offset of [-size, 0, size]) {
      pen.moveTo(offset, size);
      pen.lineTo(offset + size, 0);
    }
    pen.stroke();
  }
  return context.createPattern(tile, 'repeat');
}
