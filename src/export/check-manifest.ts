// What a manifest's form alone does not tell.
import { Fault, fail, toFault } from './export-fault.js';
import {
  CHAIN_START,
  type ExportManifest,
  entryHash,
  KEYS_FILE,
  MANIFEST_FILE,
  SIGNATURE_FILE,
} from './manifest.js';
import { malformed } from './read-manifest.js';

/** That names are used once, and lead somewhere. */
export function checkStructure({ cameras, segments, files, content, asked }: ExportManifest): void {
  const ids = new Set(cameras.map(({ id }) => id));
  const paths = new Set(files.map((file) => file.path));
  const rightKinds = files.every(
    ({ kind }) => (kind === 'clip') === (content !== 'sealed') || kind === 'keys',
  );
  const faults: [boolean, string][] = [
    [ids.size < cameras.length, 'it names a camera twice'],
    [paths.size < files.length, 'it names a file twice'],
    [paths.has(MANIFEST_FILE) || paths.has(SIGNATURE_FILE), 'it names itself as a file'],
    [
      !segments.every(({ cameraId }) => ids.has(cameraId)),
      'a segment is of a camera it does not name',
    ],
    [
      !segments.every((segment) => segment.stream === asked.stream),
      'a segment is of another stream',
    ],
    [
      !files.every((file) => file.kind === 'keys' || ids.has(file.cameraId)),
      'a file is of no camera',
    ],
    [!rightKinds, `a file does not belong in an export of ${content}`],
    [(content === 'sealed') !== paths.has(KEYS_FILE), 'its keys are missing, or not wanted'],
  ];
  for (const [wrong, what] of faults) {
    if (wrong) throw new Fault(toFault(malformed(what), MANIFEST_FILE));
  }
}

export function checkChain({ segments, chain }: ExportManifest): void {
  let previous = CHAIN_START;
  for (const segment of segments) {
    const expected = entryHash(previous, segment);
    if (segment.hash !== expected) {
      fail(
        'ERR_EXPORT_CHAIN',
        MANIFEST_FILE,
        `the entry of ${segment.path} does not follow its predecessor`,
      );
    }
    previous = expected;
  }
  if (chain !== previous) fail('ERR_EXPORT_CHAIN', MANIFEST_FILE, 'entries are missing at its end');
}
