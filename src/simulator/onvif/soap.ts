// SOAP 1.2 as a device writes it: envelopes, and faults in ONVIF's words.
import { escapeXml } from '../../onvif/index.js';

/** A fault. `subcodes` from outer to inner, for example `ter:InvalidArgVal`, `ter:NoProfile`. */
export class SoapFault extends Error {
  constructor(
    readonly side: 'Sender' | 'Receiver',
    readonly subcodes: readonly string[],
    reason: string,
    readonly status = 400,
  ) {
    super(reason);
  }
}

/** The fault of an argument that is wrong. */
export function invalidArgVal(subcode: string, reason: string): SoapFault {
  return new SoapFault('Sender', ['ter:InvalidArgVal', `ter:${subcode}`], reason);
}

export function notAuthorized(reason = 'Sender not Authorized'): SoapFault {
  return new SoapFault('Sender', ['ter:NotAuthorized'], reason);
}

const PREFIXES = {
  s: 'http://www.w3.org/2003/05/soap-envelope',
  wsa: 'http://www.w3.org/2005/08/addressing',
  wsnt: 'http://docs.oasis-open.org/wsn/b-2',
  ter: 'http://www.onvif.org/ver10/error',
  tt: 'http://www.onvif.org/ver10/schema',
  tds: 'http://www.onvif.org/ver10/device/wsdl',
  trt: 'http://www.onvif.org/ver10/media/wsdl',
  tr2: 'http://www.onvif.org/ver20/media/wsdl',
  tptz: 'http://www.onvif.org/ver20/ptz/wsdl',
  timg: 'http://www.onvif.org/ver20/imaging/wsdl',
  tev: 'http://www.onvif.org/ver10/events/wsdl',
  tns1: 'http://www.onvif.org/ver10/topics',
} as const;

const DECLARATIONS = Object.entries(PREFIXES)
  .map(([prefix, namespace]) => ` xmlns:${prefix}="${namespace}"`)
  .join('');

/** The envelope around a body that is XML already. */
export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope${DECLARATIONS}><s:Body>${body}</s:Body></s:Envelope>`;
}

export function faultEnvelope(fault: SoapFault): string {
  const subcode = fault.subcodes.reduceRight(
    (inner, code) => `<s:Subcode><s:Value>${code}</s:Value>${inner}</s:Subcode>`,
    '',
  );
  return envelope(
    `<s:Fault><s:Code><s:Value>s:${fault.side}</s:Value>${subcode}</s:Code>` +
      `<s:Reason><s:Text xml:lang="en">${escapeXml(fault.message)}</s:Text></s:Reason></s:Fault>`,
  );
}
