// The icons: 20 by 20, drawn with one stroke. They mean nothing alone: the control has the name.
import type { SVGProps } from 'react';

const PATHS = {
  live: 'M2.5 5.5h10v9h-10zM12.5 8.8l5-2.8v8l-5-2.8',
  playback: 'M10 3a7 7 0 1 1-6.3 4M3 3.5V7.2h3.7M10 6v4.2l2.8 1.8',
  events: 'M10 2.5v3M4.5 14V9.5a5.5 5.5 0 0 1 11 0V14l1.5 1.5H3zM8 17.5h4',
  exports: 'M10 3v9.5M6.2 9 10 12.8 13.8 9M3.5 13v3.5h13V13',
  camera: 'M3 6.5 14 3.5l1.5 5.2-11 3zM8 11l1 5.5M5 16.5h8',
  users:
    'M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2 16.5c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5M13 3.8a3 3 0 0 1 0 5.4M15 12.4c2 .6 3 2 3 4.1',
  user: 'M10 9.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M3.8 17c0-3.2 2.8-5 6.2-5s6.2 1.8 6.2 5',
  system: 'M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.1M6 13.5h.1M9 6.5h5M9 13.5h5',
  servers: 'M10 3v4M10 13v4M4 7h12v6H4zM3 17h14M7 10h.1',
  bell: 'M5 13.5V9a5 5 0 0 1 10 0v4.5l1.5 1.5h-13zM8.3 17.5h3.4M10 2.5V4',
  grid: 'M3 3h6v6H3zM11 3h6v6h-6zM3 11h6v6H3zM11 11h6v6h-6z',
  list: 'M3 5h.1M3 10h.1M3 15h.1M6.5 5H17M6.5 10H17M6.5 15H17',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11M13 13l4 4',
  close: 'M5 5l10 10M15 5 5 15',
  plus: 'M10 4v12M4 10h12',
  minus: 'M4 10h12',
  check: 'M4 10.5 8.2 14.7 16 6',
  more: 'M4.5 10h.1M10 10h.1M15.5 10h.1',
  down: 'M5 8l5 5 5-5',
  up: 'M5 12l5-5 5 5',
  left: 'M12 5l-5 5 5 5',
  right: 'M8 5l5 5-5 5',
  fullscreen: 'M3 7.5V3h4.5M12.5 3H17v4.5M17 12.5V17h-4.5M7.5 17H3v-4.5',
  shrink: 'M7.5 3v4.5H3M17 7.5h-4.5V3M12.5 17v-4.5H17M3 12.5h4.5V17',
  snapshot:
    'M3 6.5h3.2L7.8 4h4.4l1.6 2.5H17v9.5H3zM10 13.5a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4',
  home: 'M3 9.8 10 3.5l7 6.3M5 8.2v8.3h10V8.2M8.4 16.5V12h3.2v4.5',
  ptz: 'M10 2.5v15M2.5 10h15M8 4.5l2-2 2 2M8 15.5l2 2 2-2M4.5 8l-2 2 2 2M15.5 8l2 2-2 2',
  info: 'M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4M10 9v4.5M10 6.3h.1',
  warning: 'M10 3 18 16.8H2zM10 8v4.2M10 14.5h.1',
  lock: 'M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9M10 12v2',
  key: 'M7 12.8a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6M10.8 9H18v3M15 9v2.5',
  logout: 'M8 3.5H3.5v13H8M8.5 10H17M13.5 6.5 17 10l-3.5 3.5',
  language:
    'M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4M3 10h14M10 3c4.5 4 4.5 10 0 14M10 3c-4.5 4-4.5 10 0 14',
  moon: 'M15.8 12A6.5 6.5 0 0 1 8 4.2 6.5 6.5 0 1 0 15.8 12',
  sun: 'M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4M10 2.5v1.7M10 15.8v1.7M2.5 10h1.7M15.8 10h1.7M4.7 4.7l1.2 1.2M14.1 14.1l1.2 1.2M4.7 15.3l1.2-1.2M14.1 5.9l1.2-1.2',
  edit: 'M3.5 16.5l1-4L13.5 3.5l3 3-9 9zM11.5 5.5l3 3',
  trash: 'M3.5 5.5h13M8 5.5v-2h4v2M5.5 5.5l.8 11.5h7.4l.8-11.5M8.5 9v5M11.5 9v5',
  save: 'M3.5 3.5h10l3 3v10h-13zM6.5 3.5v4h6v-4M6.5 16.5v-5h7v5',
  star: 'M10 2.8l2.2 4.7 5 .6-3.7 3.5 1 5.1L10 14.1l-4.5 2.6 1-5.1L2.8 8.1l5-.6z',
  refresh: 'M16.5 4v4h-4M3.5 16v-4h4M4.3 8A6.2 6.2 0 0 1 16 7.5M15.7 12A6.2 6.2 0 0 1 4 12.5',
  storage: 'M3.5 5.5c0-3 13-3 13 0v9c0 3-13 3-13 0zM3.5 5.5c0 3 13 3 13 0M3.5 10c0 3 13 3 13 0',
  play: 'M6 4l10 6-10 6z',
  pause: 'M6.5 4v12M13.5 4v12',
  step: 'M5 4l7.5 6L5 16zM15 4v12',
  eye: 'M1.8 10S4.8 4.5 10 4.5 18.2 10 18.2 10 15.2 15.5 10 15.5 1.8 10 1.8 10M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5',
  help: 'M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4M7.8 8c.2-3 4.6-2.8 4.5 0 0 1.8-2.3 1.7-2.3 3.7M10 14h.1',
  gauge: 'M3.5 15a7.5 7.5 0 1 1 13 0M10 12l3.5-4.5M10 12h.1',
  clock: 'M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4M10 5.5V10l3 2',
  bookmark: 'M5.5 3h9v14L10 13.5 5.5 17z',
  unplugged:
    'M3 3l14 14M7 4.5V8M13 4.5V8M5.5 8h3M11 8h3.5v3c0 1-.4 2-1 2.7M6 9v2a4 4 0 0 0 4 4c.6 0 1.2-.1 1.7-.4M10 15v3',
  folder: 'M2.5 5h5l2 2h8v9h-15z',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({
  name,
  size = 20,
  ...rest
}: { name: IconName; size?: number } & SVGProps<SVGSVGElement>) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      {...rest}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
