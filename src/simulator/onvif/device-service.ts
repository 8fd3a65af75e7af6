// The device service of a simulated camera: who it is, what time it has, which services it offers.
import { escapeXml } from '../../onvif/index.js';
import type { OperationContext, Service } from './service.js';

const NS = {
  device: 'http://www.onvif.org/ver10/device/wsdl',
  media: 'http://www.onvif.org/ver10/media/wsdl',
  media2: 'http://www.onvif.org/ver20/media/wsdl',
  ptz: 'http://www.onvif.org/ver20/ptz/wsdl',
  imaging: 'http://www.onvif.org/ver20/imaging/wsdl',
  events: 'http://www.onvif.org/ver10/events/wsdl',
};

/** What anyone may ask (ONVIF Core, access class PRE_AUTH). */
export const PRE_AUTH: ReadonlySet<string> = new Set([
  'GetSystemDateAndTime',
  'GetServices',
  'GetCapabilities',
  'GetServiceCapabilities',
  'GetHostname',
]);

export function address(context: OperationContext, service: string): string {
  return escapeXml(`${context.origin}${context.path}/${service}`);
}

/** What a camera announces of itself. */
export function scopesOf(name: string): string[] {
  const scope = (path: string) => `onvif://www.onvif.org/${path}`;
  return [
    scope('type/video_encoder'),
    scope('type/ptz'),
    scope('Profile/Streaming'),
    scope('Profile/T'),
    scope(`name/${encodeURIComponent(name)}`),
    scope('hardware/FluxVision-Simulator'),
    scope('location/nowhere'),
  ];
}

export const deviceService: Service = {
  path: 'device_service',
  namespaces: [NS.device],
  operations: {
    GetSystemDateAndTime: (_request, { now }) => {
      const date = new Date(now);
      return (
        '<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>' +
        '<tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>' +
        '<tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone><tt:UTCDateTime>' +
        `<tt:Time><tt:Hour>${date.getUTCHours()}</tt:Hour><tt:Minute>${date.getUTCMinutes()}</tt:Minute><tt:Second>${date.getUTCSeconds()}</tt:Second></tt:Time>` +
        `<tt:Date><tt:Year>${date.getUTCFullYear()}</tt:Year><tt:Month>${date.getUTCMonth() + 1}</tt:Month><tt:Day>${date.getUTCDate()}</tt:Day></tt:Date>` +
        '</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>'
      );
    },
    GetDeviceInformation: (_request, { camera }) =>
      '<tds:GetDeviceInformationResponse><tds:Manufacturer>FluxVision</tds:Manufacturer>' +
      '<tds:Model>Simulator</tds:Model><tds:FirmwareVersion>1.0</tds:FirmwareVersion>' +
      `<tds:SerialNumber>${String(camera.number).padStart(6, '0')}</tds:SerialNumber>` +
      '<tds:HardwareId>FluxVision-Simulator</tds:HardwareId></tds:GetDeviceInformationResponse>',
    GetHostname: (_request, { camera }) =>
      '<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP>' +
      `<tt:Name>simulator-${camera.number}</tt:Name></tds:HostnameInformation></tds:GetHostnameResponse>`,
    GetScopes: (_request, { camera }) =>
      `<tds:GetScopesResponse>${scopesOf(camera.name)
        .map(
          (scope) =>
            `<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>${escapeXml(scope)}</tt:ScopeItem></tds:Scopes>`,
        )
        .join('')}</tds:GetScopesResponse>`,
    GetServices: (_request, context) => {
      const services: [namespace: string, path: string, major: number][] = [
        [NS.device, 'device_service', 2],
        [NS.media, 'media_service', 2],
        ...(context.media2 ? [[NS.media2, 'media2_service', 2] as [string, string, number]] : []),
        [NS.ptz, 'ptz_service', 2],
        [NS.imaging, 'imaging_service', 2],
        [NS.events, 'event_service', 2],
      ];
      return `<tds:GetServicesResponse>${services
        .map(
          ([namespace, path, major]) =>
            `<tds:Service><tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>${address(context, path)}</tds:XAddr>` +
            `<tds:Version><tt:Major>${major}</tt:Major><tt:Minor>0</tt:Minor></tds:Version></tds:Service>`,
        )
        .join('')}</tds:GetServicesResponse>`;
    },
    GetCapabilities: (_request, context) => {
      const part = (name: string, path: string, more = '') =>
        `<tt:${name}><tt:XAddr>${address(context, path)}</tt:XAddr>${more}</tt:${name}>`;
      return `<tds:GetCapabilitiesResponse><tds:Capabilities>${part('Device', 'device_service')}${part(
        'Events',
        'event_service',
        '<tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport><tt:WSPullPointSupport>true</tt:WSPullPointSupport><tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport>',
      )}${part('Imaging', 'imaging_service')}${part(
        'Media',
        'media_service',
        '<tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities>',
      )}${part('PTZ', 'ptz_service')}</tds:Capabilities></tds:GetCapabilitiesResponse>`;
    },
    GetServiceCapabilities: () =>
      '<tds:GetServiceCapabilitiesResponse><tds:Capabilities><tds:Network/>' +
      '<tds:Security UsernameToken="true" HttpDigest="true"/><tds:System/></tds:Capabilities></tds:GetServiceCapabilitiesResponse>',
  },
};
