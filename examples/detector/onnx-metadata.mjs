// What an ONNX file says of itself and no runtime hands on: names of the classes, the size that it was
// trained with. Reads the fields of its protobuf that it needs, and steps over the rest.
import { readFile } from 'node:fs/promises';

const METADATA_PROPS = 14; // onnx.proto3: ModelProto.metadata_props, StringStringEntryProto
const KEY = 1;
const VALUE = 2;

/**
 * @param {string} path
 * @returns {Promise<Record<string, string>>}
 */
export async function readMetadata(path) {
  const metadata = {};
  for (const { field, bytes } of fields(await readFile(path))) {
    if (field !== METADATA_PROPS || !bytes) continue;
    const entry = Object.fromEntries(
      [...fields(bytes)].map((each) => [each.field, each.bytes?.toString('utf8')]),
    );
    if (entry[KEY] !== undefined) metadata[entry[KEY]] = entry[VALUE] ?? '';
  }
  return metadata;
}

/**
 * Class names as Ultralytics writes them, a Python dict: `{0: 'person', 1: "driver's cab"}`.
 *
 * @param {string | undefined} text
 * @returns {string[] | undefined}
 */
export function readNames(text) {
  if (!text) return undefined;
  const names = [];
  for (const match of text.matchAll(/(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)) {
    names[Number(match[1])] = (match[2] ?? match[3] ?? '').replaceAll(/\\(.)/g, '$1');
  }
  return names.length > 0 ? Array.from(names, (name, i) => name ?? `class ${i}`) : undefined;
}

/** The fields of a protobuf message; those of a length with their bytes. */
function* fields(message) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[at++];
      if (byte === undefined || factor > 2 ** 56) throw new Error('it is no ONNX file');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === 0) {
      varint();
      yield { field };
    } else if (kind === 1 || kind === 5) {
      at += kind === 1 ? 8 : 4;
      yield { field };
    } else if (kind === 2) {
      const length = varint();
      if (at + length > message.length) throw new Error('it is no ONNX file, or was cut');
      yield { field, bytes: message.subarray(at, at + length) };
      at += length;
    } else {
      throw new Error('it is no ONNX file');
    }
  }
}
