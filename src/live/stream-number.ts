// Numbers of streams in the headers of messages: no two streams of a process share one.
import { integer } from '../arguments/index.js';

const MAX_NUMBER = 0xffff_ffff;
let last = 0;

export const STREAM_NUMBERS = integer(0, MAX_NUMBER);

export function nextStreamNumber(): number {
  last = last === MAX_NUMBER ? 1 : last + 1;
  return last;
}
