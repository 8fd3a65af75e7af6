// XML as cameras and strangers send it: read within bounds, without a DTD, so without entities of
// its own. What is written goes through escapeXml().
import sax from 'sax';
import { FluxError } from '../errors.js';

/** Bounds of a document; a camera with 64 profiles stays far below them. */
const MAX_DEPTH = 64;
const MAX_NODES = 100_000;
const MAX_ATTRIBUTES = 64;

/** An element with its prefix taken off: cameras choose prefixes freely, and some never declare them. */
export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  /** The namespace; '' where the prefix was not declared. */
  readonly namespace: string;
  /** By local name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text, trimmed; not that of its children. */
  readonly text: string;
}

interface OpenElement {
  name: string;
  namespace: string;
  attributes: Map<string, string>;
  children: OpenElement[];
  text: string;
}

/** Throws ERR_ONVIF_ANSWER where `text` is not one well-formed document within the bounds. */
export function parseXml(text: string): XmlElement {
  const parser = sax.parser(true, { xmlns: true, position: false });
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  let failure: string | undefined;
  let nodes = 0;
  let attributes = 0;

  const fail = (reason: string): never => {
    failure ??= reason;
    throw new Error(reason);
  };
  parser.onerror = (error) => {
    const [reason = 'malformed'] = error.message.split('\n');
    // Seen in the field: <wsa:Address> without xmlns:wsa. The rest of such a document is fine.
    if (reason.startsWith('Unbound namespace prefix')) {
      parser.error = null as unknown as Error;
      return;
    }
    fail(reason);
  };
  parser.ondoctype = () => fail('it has a DTD, which SOAP forbids');
  parser.onattribute = () => {
    if (++attributes > MAX_ATTRIBUTES) fail(`an element has over ${MAX_ATTRIBUTES} attributes`);
  };
  parser.onopentag = (tag) => {
    attributes = 0;
    if (++nodes > MAX_NODES) fail(`it has over ${MAX_NODES} elements`);
    if (open.length >= MAX_DEPTH) fail(`its elements nest deeper than ${MAX_DEPTH}`);
    const element: OpenElement = {
      name: localName(tag.name),
      namespace: 'uri' in tag && tag.uri !== tag.prefix ? tag.uri : '',
      attributes: new Map(),
      children: [],
      text: '',
    };
    for (const [name, attribute] of Object.entries(tag.attributes)) {
      const value = typeof attribute === 'string' ? attribute : attribute.value;
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) {
        element.attributes.set(localName(name), value);
      }
    }
    const parent = open.at(-1);
    if (parent) parent.children.push(element);
    else root ??= element;
    open.push(element);
  };
  const append = (part: string) => {
    const element = open.at(-1);
    if (element) element.text += part;
  };
  parser.ontext = append;
  parser.oncdata = append;
  parser.onclosetag = () => {
    const element = open.pop();
    if (element) element.text = element.text.trim();
  };

  try {
    parser.write(text).close();
  } catch (error) {
    throw new FluxError('ERR_ONVIF_ANSWER', `The XML is refused: ${failure ?? String(error)}.`, {
      cause: error,
    });
  }
  if (!root) throw new FluxError('ERR_ONVIF_ANSWER', 'The XML is refused: it has no element.');
  return root;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The element at the end of a path of local names, first of its name at each step. */
export function find(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  let at = element;
  for (const name of path) at = at?.children.find((child) => child.name === name);
  return at;
}

/** The children with a name. */
export function all(element: XmlElement | undefined, name: string): XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? [];
}

/** Longest text that is taken from a device, for names, addresses and reasons. */
const MAX_TEXT = 1024;

/** The text at the end of a path, without control characters and cut to 1024; '' where there is none. */
export function textAt(element: XmlElement | undefined, ...path: string[]): string {
  return clean(find(element, ...path)?.text ?? '');
}

/** Without what could steer a terminal or forge lines of a log. */
export function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it removes.
  return text.slice(0, MAX_TEXT).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}

/** The number at the end of a path; undefined where there is none, or it is not finite. */
export function numberAt(element: XmlElement | undefined, ...path: string[]): number | undefined {
  return toNumber(textAt(element, ...path));
}

/** The number in an attribute; undefined where there is none, or it is not finite. */
export function numberIn(element: XmlElement | undefined, attribute: string): number | undefined {
  return toNumber(element?.attributes.get(attribute) ?? '');
}

function toNumber(text: string): number | undefined {
  const number = text === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** `text` as character data or attribute value; what XML cannot carry is left out. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 cannot carry these.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
  );
}
