// What pages need of the timeline.

export { kindKey } from './event-kinds.js';
export { formatsOf } from './formats.js';
export { MomentField } from './moment-field.js';
export { durationText, momentText, parseMoment } from './moment-text.js';
export { coverageAt, neighbourEvent, nextFootage, recordedMs } from './rows.js';
export { SeekGate } from './seek-gate.js';
export { rangeBetween, setEnd, type TimeRange } from './selection.js';
export type { PositionSource } from './slider.js';
export { useThumbnail } from './thumbnails.js';
export { Timeline } from './timeline.js';
export { type TimeView, viewAround, ZOOM_STEP, zoom } from './view.js';
export { browserZone, startOfDay, wallTime } from './zone.js';
