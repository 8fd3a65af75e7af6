// Where a page of a list ends: the time and the row of its last item. Opaque to clients.

export interface Cursor {
  /** UTC milliseconds. */
  time: number;
  id: number;
}

const FORM = /^(\d{1,16})-(\d{1,15})$/;

export function cursorOf(time: number, id: number): string {
  return Buffer.from(`${time}-${id}`).toString('base64url');
}

/** Undefined for what is no cursor. */
export function readCursor(text: string): Cursor | undefined {
  const match = FORM.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (!match) return undefined;
  const time = Number(match[1]);
  return time <= 8.64e15 ? { time, id: Number(match[2]) } : undefined;
}
