// Reads the settings file. What is wrong with it is told with file, line and column.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Ajv, type ErrorObject } from 'ajv';
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import { Settings } from './schema.js';
import { nearest } from './similar-name.js';

/** A mistake in the settings file. */
export interface ConfigProblem {
  /** From 1. */
  line: number;
  column: number;
  message: string;
}

/** The settings file cannot be used; the message has a line per problem: `file:line:column: what`. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(
      problems
        .map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`)
        .join('\n'),
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const MAX_BYTES = 1 << 20;
const ajv = new Ajv({
  allErrors: true,
  useDefaults: true,
  verbose: true,
  strict: true,
  strictTypes: false,
});
const validate = ajv.compile<Settings>(Settings);

/** Settings as they are used: paths are absolute. */
export type Config = Settings & { readonly file: string };

/** @throws ConfigError; and what reading the file throws. */
export function loadConfig(file: string): Config {
  const text = readFileSync(file, 'utf8');
  return parseConfig(text, file);
}

/** As {@link loadConfig}, of a text that was read already. */
export function parseConfig(text: string, file: string): Config {
  if (text.length > MAX_BYTES) fail(file, 1, 1, `a settings file has at most ${MAX_BYTES} bytes`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    throw new ConfigError(
      file,
      syntax.map(({ pos, message }) => ({ ...place(lines, pos[0]), message })),
    );
  }
  const value: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: 10 });
  if (!validate(value)) {
    const problems = (validate.errors ?? []).map((error) => explain(error, document, lines));
    throw new ConfigError(file, unique(problems));
  }
  const config = withAbsolutePaths(value, dirname(resolve(file)));
  const problem = contradiction(config);
  if (problem) {
    throw new ConfigError(file, [
      { ...positionOf(document, lines, problem.path), message: problem.message },
    ]);
  }
  return { ...config, file };
}

function fail(file: string, line: number, column: number, message: string): never {
  throw new ConfigError(file, [{ line, column, message }]);
}

/** What a schema cannot say. */
function contradiction(config: Settings): { path: string[]; message: string } | undefined {
  const { tls, listen } = config;
  if ((tls?.certificate === undefined) !== (tls?.key === undefined)) {
    return { path: ['tls'], message: 'tls needs certificate and key, or neither of them' };
  }
  if (tls?.certificate !== undefined && tls.generate === 'authority') {
    return {
      path: ['tls', 'generate'],
      message: 'tls.generate has no meaning beside tls.certificate',
    };
  }
  if ((listen?.httpPort === undefined) !== (listen?.wsPort === undefined)) {
    return { path: ['listen'], message: 'listen needs httpPort and wsPort, or neither of them' };
  }
  return undefined;
}

function withAbsolutePaths(settings: Settings, directory: string): Settings {
  const absolute = (path: string) => resolve(directory, path);
  const { tls, passphrase, mqtt } = settings;
  return {
    ...settings,
    storage: absolute(settings.storage),
    ...(tls && {
      tls: {
        ...tls,
        ...(tls.certificate !== undefined && { certificate: absolute(tls.certificate) }),
        ...(tls.key !== undefined && { key: absolute(tls.key) }),
      },
    }),
    ...(passphrase?.file !== undefined && { passphrase: { file: absolute(passphrase.file) } }),
    ...(mqtt && {
      mqtt: {
        ...mqtt,
        ...(mqtt.ca !== undefined && { ca: absolute(mqtt.ca) }),
        ...(mqtt.passwordFile !== undefined && { passwordFile: absolute(mqtt.passwordFile) }),
      },
    }),
  };
}

function explain(error: ErrorObject, document: Document, lines: LineCounter): ConfigProblem {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  if (error.keyword === 'additionalProperties') {
    const name = String(error.params.additionalProperty);
    const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
    const near = nearest(name, known);
    const advice = near ? `did you mean '${near}'?` : `there are: ${known.join(', ')}`;
    const where = path.length > 0 ? ` in ${path.join('.')}` : '';
    return {
      ...positionOf(document, lines, [...path, name], 'key'),
      message: `'${shown(name)}' is no setting${where}; ${advice}`,
    };
  }
  const name = path.length > 0 ? path.join('.') : 'the file';
  if (error.keyword === 'required') {
    return {
      ...positionOf(document, lines, path),
      message: `${name} lacks '${error.params.missingProperty}'`,
    };
  }
  return {
    ...positionOf(document, lines, path),
    message: `${name} must be ${expected(error)}, found ${found(error)}`,
  };
}

function expected({ keyword, params, message = '', parentSchema }: ErrorObject): string {
  switch (keyword) {
    case 'type':
      return numbers(params.type, parentSchema);
    case 'minimum':
    case 'maximum':
      return numbers(String(parentSchema?.type), parentSchema);
    case 'const':
      return JSON.stringify(params.allowedValue);
    case 'anyOf': {
      const choices = ((parentSchema?.anyOf ?? []) as { const?: unknown }[]).map((c) => c.const);
      return `one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`;
    }
    case 'pattern':
      return `text of the form ${params.pattern}`;
    case 'minProperties':
    case 'maxProperties':
      return `exactly one of ${Object.keys((parentSchema?.properties ?? {}) as object).join(', ')}`;
    default:
      return message.replace(/^must (be |NOT )?/, (_, not) => (not === 'NOT ' ? 'without: ' : ''));
  }
}

function numbers(type: string, schema: ErrorObject['parentSchema']): string {
  const article = /^[aeiou]/.test(type) ? 'an' : 'a';
  const { minimum, maximum } = (schema ?? {}) as { minimum?: number; maximum?: number };
  if (minimum === undefined) return `${article} ${type}`;
  return `${article} ${type} from ${minimum}${maximum === undefined ? ' on' : ` to ${maximum}`}`;
}

function found({ data }: ErrorObject): string {
  if (data === null) return 'nothing';
  if (Array.isArray(data)) return `a list of ${data.length}`;
  if (typeof data === 'object')
    return `{ ${Object.keys(data as object)
      .map(shown)
      .join(', ')} }`;
  return shown(JSON.stringify(data) ?? String(data));
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Where the value at `path` stands; where it is absent, what should hold it. */
function positionOf(
  document: Document,
  lines: LineCounter,
  path: readonly string[],
  part: 'key' | 'value' = 'value',
) {
  let node: unknown = document.contents;
  let offset = offsetOf(node);
  for (const [depth, name] of path.entries()) {
    const pair = isMap(node) ? node.items.find((item) => keyOf(item) === name) : undefined;
    const next: unknown = pair ? pair.value : elementOf(node, name);
    if (next === undefined || next === null) break;
    const atKey = pair && (part === 'key' || isNothing(next)) && depth === path.length - 1;
    offset = atKey ? offsetOf(pair.key) : offsetOf(next);
    node = next;
  }
  return place(lines, offset);
}

function elementOf(node: unknown, index: string): unknown {
  const items = (node as { items?: unknown[] } | null)?.items;
  return Array.isArray(items) ? items[Number(index)] : undefined;
}

function isNothing(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : '';
}

function offsetOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

function place(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** A value that fits none of several choices fails each of them: the sum of it is enough. */
function unique(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const places = new Map<string, ConfigProblem>();
  for (const problem of problems) places.set(`${problem.line}:${problem.column}`, problem);
  return [...places.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
