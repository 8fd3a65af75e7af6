// SOAP answers: the element that answers, or the fault as the error that it stands for.
import { FluxError } from '../errors.js';
import { all, clean, find, parseXml, textAt, type XmlElement } from './xml.js';

/** The first element of the SOAP body; a fault is thrown, as what it means. */
export function readSoapAnswer(body: Buffer, status: number, from: string): XmlElement {
  const response = soapBody(body, status, from);
  if (response.name !== 'Fault') return response;
  throw faultError(response, from);
}

function soapBody(body: Buffer, status: number, from: string): XmlElement {
  let envelope: XmlElement;
  try {
    envelope = parseXml(body.toString('utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    throw new FluxError(
      'ERR_ONVIF_ANSWER',
      `${from} answers with HTTP status ${status} and no SOAP: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const response = envelope.name === 'Envelope' ? find(envelope, 'Body')?.children[0] : undefined;
  if (response) return response;
  throw new FluxError(
    'ERR_ONVIF_ANSWER',
    `${from} answers with HTTP status ${status} and XML that is no SOAP envelope with a body.`,
  );
}

const UNAUTHORIZED = /NotAuthorized|FailedAuthentication|InvalidSecurity|OperationProhibited/i;
const UNSUPPORTED =
  /ActionNotSupported|OptionalActionNotImplemented|NoSuchService|PTZNotSupported|NoImagingForSource|NoPTZProfile/i;

function faultError(fault: XmlElement, from: string): FluxError {
  // SOAP 1.2: Code/Subcode/Subcode and Reason/Text. SOAP 1.1: faultcode and faultstring.
  const codes: string[] = [];
  let code = find(fault, 'Code') ?? find(fault, 'faultcode');
  for (let depth = 0; code && depth < 8; depth++) {
    codes.push(textAt(code, 'Value') || clean(code.text));
    code = find(code, 'Subcode');
  }
  const reason =
    all(find(fault, 'Reason'), 'Text')
      .map((text) => clean(text.text))
      .find((text) => text !== '') || textAt(fault, 'faultstring');
  const detail = textAt(fault, 'Detail', 'Text') || textAt(fault, 'Detail');
  const named = codes.filter((each) => each !== '').join(' / ');
  const what = [reason, detail].filter((part) => part !== '').join('; ') || 'no reason given';
  const message = `${from}: ${what.slice(0, 300)}${named === '' ? '' : ` (${named.slice(0, 200)})`}`;
  if (UNAUTHORIZED.test(named) || /not authorized|unauthorized/i.test(reason)) {
    return new FluxError(
      'ERR_ONVIF_UNAUTHORIZED',
      `${message}. Check the user name and password; many cameras keep users of their own for ONVIF.`,
    );
  }
  if (UNSUPPORTED.test(named)) return new FluxError('ERR_ONVIF_UNSUPPORTED', message);
  return new FluxError('ERR_ONVIF_FAULT', message);
}
