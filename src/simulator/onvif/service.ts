// What the services of a simulated camera have in common: operations by name, and how they are found.
import { numberAt, textAt, type XmlElement } from '../../onvif/index.js';
import type { SimulatedCamera, SimulatedProfile } from './simulated-camera.js';
import { invalidArgVal, SoapFault } from './soap.js';

/** What an operation works with. */
export interface OperationContext {
  camera: SimulatedCamera;
  /** `http://host:port`, as the camera tells its own address. */
  origin: string;
  /** Where the services of this camera are: `/cam1/onvif`. */
  path: string;
  /** Of the request: a subscription is part of its address. */
  query: URLSearchParams;
  /** The camera's time, UTC milliseconds. */
  now: number;
  media2: boolean;
  /** As the camera tells its RTSP addresses, where it tells another host. */
  reportedHost: string | undefined;
}

/** Returns the XML of the body. */
export type Operation = (
  request: XmlElement,
  context: OperationContext,
) => string | Promise<string>;

export interface Service {
  /** Its part of the path, below the camera's. */
  path: string;
  namespaces: readonly string[];
  operations: Readonly<Record<string, Operation>>;
}

/** Runs the operation that `request` names; a name of another service or of none is a fault. */
export async function runOperation(
  service: Service,
  request: XmlElement,
  context: OperationContext,
): Promise<string> {
  const operation = Object.hasOwn(service.operations, request.name)
    ? service.operations[request.name]
    : undefined;
  if (!operation || !service.namespaces.includes(request.namespace)) {
    throw new SoapFault(
      'Receiver',
      ['ter:ActionNotSupported'],
      `There is no action ${request.name.slice(0, 64)} at this service`,
    );
  }
  return operation(request, context);
}

/** The profile that the request names. */
export function profileOf(request: XmlElement, context: OperationContext): SimulatedProfile {
  const token = textAt(request, 'ProfileToken');
  const profile = context.camera.profiles.find((each) => profileToken(each) === token);
  if (profile) return profile;
  throw invalidArgVal('NoProfile', `There is no profile '${token}'`);
}

export function profileToken(profile: SimulatedProfile): string {
  return `profile_${profile.name}`;
}

/** A number within bounds; undefined where it is not given. */
export function numberWithin(
  request: XmlElement | undefined,
  path: readonly string[],
  min: number,
  max: number,
  subcode: string,
): number | undefined {
  if (textAt(request, ...path) === '') return undefined;
  const number = numberAt(request, ...path);
  if (number !== undefined && number >= min && number <= max) return number;
  throw invalidArgVal(subcode, `${path.at(-1)} must be from ${min} to ${max}`);
}

/** An xs:duration of hours, minutes and seconds, or a time to come, in milliseconds from now. */
export function durationMs(text: string, now: number, fallback: number): number {
  if (text === '') return fallback;
  const parts = /^PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6}(?:\.\d{1,6})?)S)?$/.exec(text);
  if (parts) {
    const [, hours = '0', minutes = '0', seconds = '0'] = parts;
    return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  }
  const time = Date.parse(text);
  if (Number.isFinite(time)) return time - now;
  throw invalidArgVal('InvalidArgs', `'${text.slice(0, 40)}' is no duration`);
}
