// The named points of the commit and of the deletion protocol: where the shim ends the process.

export interface KillPoint {
  name: string;
  rules: readonly string[];
  /** The point lies in a deletion: retention has to be on. */
  deleting?: boolean;
}

const SEGMENT = 'cam1/????????/*';
const DAY = 'cam1/????????';

/** `before` and `after` the call. */
function both(name: string, rule: string, then = ''): KillPoint[] {
  return ['before', 'after'].map((when) => ({
    name: `${when} ${name}`,
    rules: [...(then ? [then] : []), `${then ? 'then ' : ''}${rule} kill-${when}`],
  }));
}

export const COMMIT_POINTS: readonly KillPoint[] = [
  ...both('the mkdir of a day folder', `mkdir ${DAY} 1 1`),
  ...both('a segment file is created', `create ${SEGMENT} 2 1`),
  ...both('the first write to a segment', `write ${SEGMENT} 1 1`),
  ...both('the write of a chunk', `write ${SEGMENT} 4 1`),
  {
    name: 'in the middle of the write of a chunk',
    rules: [`write ${SEGMENT} 4 1 short=5000`, `write ${SEGMENT} 4 1 kill-after`],
  },
  ...both('the fdatasync of an open segment', `fdatasync ${SEGMENT} 2 1`),
  ...both('the last write to a segment', `finish ${SEGMENT} 1 1`),
  ...both('the fsync of a finished segment', `fsync ${SEGMENT} 1 1`),
  ...both('the fsync of its folder', `fsyncdir ${DAY} 1 1`, `fsync ${SEGMENT} 1 1 note`),
  ...both("the row's write to the WAL", 'write index.db-wal 1 1', `fsync ${SEGMENT} 1 1 note`),
  ...both(
    "the row's fsync of the WAL",
    'fsync,fdatasync index.db-wal 1 1',
    `fsync ${SEGMENT} 1 1 note`,
  ),
];

export const DELETE_POINTS: readonly KillPoint[] = [
  ...both('an unlink', `unlink ${SEGMENT} 1 1`),
  ...both('the second unlink', `unlink ${SEGMENT} 2 1`),
  ...both(
    'the fsync of the folder that lost a file',
    `fsyncdir ${DAY} 1 1`,
    `unlink ${SEGMENT} 1 1 note`,
  ),
  ...both('the write that forgets garbage', 'write index.db-wal 1 1', `unlink ${SEGMENT} 1 1 note`),
  ...both(
    'the fsync that forgets garbage',
    'fsync,fdatasync index.db-wal 1 1',
    `unlink ${SEGMENT} 1 1 note`,
  ),
].map((point) => ({ ...point, deleting: true }));

export const OPENING_POINTS: readonly KillPoint[] = [
  ...both('the index is created', 'create index.db 1 1'),
  ...both('the first write to the index', 'write index.db* 1 1'),
  ...both('the marker is put in its place', 'rename storage.json 1 1'),
];
