// What nodes answer, read with bounds: unknown members are left out, everything else has to be right.
import { MAX_TIME } from '../arguments/index.js';
import { Members, parseNodeJson, wrongShape } from './node-json.js';
import { plainText } from './plain-text.js';
import type {
  FederatedCameraInfo,
  NodeInfo,
  NodeReport,
  PairedNode,
  RecordingInfo,
  TicketPermission,
} from './wire.js';

const SERVER_ID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const IDENTITY_KEY = /^[A-Za-z0-9+/]{122}==$/;
const LOCAL_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;
/** RFC 6381, and short names of codecs. */
const CODEC = /^[A-Za-z0-9._-]{1,64}$/;
const MAX_CAMERAS = 1000;
const MAX_PIXELS = 65_535;

/** `GET /api/discovery/info`. */
export function readInfo(body: Uint8Array): NodeInfo {
  const info = new Members('the information', parseNodeJson(body));
  return {
    serverId: info.token('serverId', SERVER_ID),
    name: info.text('name', 100),
    version: info.text('version', 40),
    cameraCount: info.integer('cameraCount', 1e6),
    httpPort: info.integer('httpPort', 65_535),
    wsPort: info.integer('wsPort', 65_535),
    apiMin: info.integer('apiMin', 1e6),
    apiMax: info.integer('apiMax', 1e6),
  };
}

/** `POST /api/federation/pair`. */
export function readPaired(body: Uint8Array): PairedNode {
  const paired = new Members('the pairing', parseNodeJson(body));
  return {
    serverId: paired.token('serverId', SERVER_ID),
    name: paired.text('name', 100),
    version: paired.text('version', 40),
    apiMin: paired.integer('apiMin', 1e6),
    apiMax: paired.integer('apiMax', 1e6),
    features: words(paired.list('features', 64)),
    scopes: words(paired.list('scopes', 16)),
    ...(paired.has('identityKey') && { identityKey: paired.token('identityKey', IDENTITY_KEY) }),
  };
}

/** `POST /api/federation/identity`. */
export function readProof(body: Uint8Array): string {
  return new Members('the proof', parseNodeJson(body)).token(
    'signature',
    /^[A-Za-z0-9+/=]{1,128}$/,
  );
}

/** `GET /api/federation/status`. */
export function readReport(body: Uint8Array): NodeReport {
  const report = new Members('the status', parseNodeJson(body));
  const storage = report.object('storage');
  return {
    serverId: report.token('serverId', SERVER_ID),
    name: report.text('name', 100),
    version: report.text('version', 40),
    serverTime: report.integer('serverTime', MAX_TIME),
    startedAt: report.integer('startedAt', MAX_TIME),
    camerasVersion: report.token('camerasVersion', /^[\x21-\x7e]{1,128}$/),
    cpuUsage: report.decimal('cpuUsage', 1e6),
    memoryBytes: report.integer('memoryBytes'),
    cameraCount: report.integer('cameraCount', 1e6),
    camerasLive: report.integer('camerasLive', 1e6),
    camerasRecording: report.integer('camerasRecording', 1e6),
    clientCount: report.integer('clientCount', 1e6),
    framesLost: report.integer('framesLost'),
    storage: {
      totalBytes: storage.integer('totalBytes'),
      freeBytes: storage.integer('freeBytes'),
      recordedBytes: storage.integer('recordedBytes'),
      ...(storage.has('oldest') && { oldest: storage.integer('oldest', MAX_TIME) }),
    },
    troubles: report.list('troubles', 16).map((value) => {
      const trouble = new Members('a trouble', value);
      return {
        code: trouble.token('code', CODE),
        severity: trouble.oneOf('severity', 'warning', 'error'),
      };
    }),
  };
}

/** `GET /api/federation/cameras`: at most 1000, each id once. */
export function readCameras(body: Uint8Array): { version: string; items: FederatedCameraInfo[] } {
  const answer = new Members('the cameras', parseNodeJson(body));
  const cameras = new Map<string, FederatedCameraInfo>();
  for (const item of answer.list('items', MAX_CAMERAS)) {
    const camera = readCamera(new Members('a camera', item));
    if (!cameras.has(camera.id)) cameras.set(camera.id, camera);
  }
  return {
    version: answer.token('version', /^[\x21-\x7e]{1,128}$/),
    items: [...cameras.values()],
  };
}

/** `GET /api/federation/recordings`: at most `limit`, by start. */
export function readRecordings(
  body: Uint8Array,
  asked: { first: 'newest' | 'oldest'; limit: number },
): { items: RecordingInfo[]; cursor?: string; missing: string[] } {
  const answer = new Members('the recordings', parseNodeJson(body));
  const items = answer.list('items', asked.limit).map(readRecording);
  const sign = asked.first === 'newest' ? -1 : 1;
  for (const [i, { start }] of items.entries()) {
    const before = items[i - 1];
    if (before && (start - before.start) * sign < 0) throw wrongShape('is not in order of time');
  }
  return {
    items,
    missing: answer.has('missing') ? words(answer.list('missing', MAX_CAMERAS), 64) : [],
    ...(answer.has('cursor') && { cursor: answer.token('cursor', /^[\x21-\x7e]{1,100}$/) }),
  };
}

/** `POST /api/federation/tickets`. */
export function readTicket(body: Uint8Array) {
  const ticket = new Members('the ticket', parseNodeJson(body));
  const known = ['live', 'archive', 'ptz'] as const;
  const given = ticket.list('permissions', known.length);
  return {
    ticket: ticket.token('ticket', /^fvt_[A-Za-z0-9_-]{16,128}$/),
    permissions: known.filter((one): one is TicketPermission => given.includes(one)),
    redeemWithinMs: ticket.integer('redeemWithinMs', 86_400_000),
    leaseMs: ticket.integer('leaseMs', 86_400_000),
  };
}

/** RFC 9457: the code, where it is one, and what happened. Undefined for anything else. */
export function readProblem(body: Uint8Array): { code: string; detail: string } | undefined {
  try {
    const problem = new Members('the problem', parseNodeJson(body));
    const detail = problem.has('detail') ? problem.text('detail', 500) : problem.text('title', 200);
    return { code: problem.token('code', /^ERR_[A-Z0-9_]{1,60}$/), detail };
  } catch {
    return undefined;
  }
}

function readCamera(camera: Members): FederatedCameraInfo {
  const main = camera.object('main');
  const trouble = camera.has('trouble') ? camera.object('trouble') : undefined;
  return {
    id: camera.token('id', LOCAL_ID),
    name: camera.text('name', 100),
    ...(camera.has('group') && { group: camera.text('group', 100) }),
    enabled: camera.flag('enabled'),
    status: camera.oneOf('status', 'LIVE', 'CONNECTING', 'OFFLINE', 'STOPPED'),
    recording: camera.flag('recording'),
    hasPtz: camera.flag('hasPtz'),
    main: {
      ...(main.has('codec') && { codec: main.token('codec', CODEC) }),
      ...(main.has('width') && { width: main.integer('width', MAX_PIXELS) }),
      ...(main.has('height') && { height: main.integer('height', MAX_PIXELS) }),
    },
    hasSub: camera.flag('hasSub'),
    ...(trouble && {
      trouble: { code: trouble.token('code', CODE), since: trouble.integer('since', MAX_TIME) },
    }),
  };
}

function readRecording(value: unknown): RecordingInfo {
  const row = new Members('a recording', value);
  const [start, end] = [row.integer('start', MAX_TIME), row.integer('end', MAX_TIME)];
  if (end < start) throw wrongShape('has a recording that ends before it starts');
  return {
    id: row.token('id', LOCAL_ID),
    cameraId: row.token('cameraId', LOCAL_ID),
    stream: row.oneOf('stream', 'main', 'sub'),
    ...{ start, end },
    bytes: row.integer('bytes'),
    frames: row.integer('frames'),
    codec: row.text('codec', 64),
    width: row.integer('width', MAX_PIXELS),
    height: row.integer('height', MAX_PIXELS),
    ...(row.has('trigger') && { trigger: row.text('trigger', 40) }),
  };
}

function words(values: readonly unknown[], max = 40): string[] {
  return values.filter((value) => typeof value === 'string').map((value) => plainText(value, max));
}
