// Media (ver10) and Media2 (ver20) of a simulated camera. Both tell of the same profiles.
import { escapeXml, textAt } from '../../onvif/index.js';
import {
  type Operation,
  type OperationContext,
  profileOf,
  profileToken,
  type Service,
} from './service.js';
import type { SimulatedProfile } from './simulated-camera.js';
import { invalidArgVal } from './soap.js';

export const VIDEO_SOURCE = 'vs1';

function main(context: OperationContext): SimulatedProfile {
  return context.camera.profiles[0] as SimulatedProfile;
}

function sourceConfiguration(context: OperationContext): string {
  const { width, height } = main(context);
  return (
    `<tt:Name>Source</tt:Name><tt:UseCount>${context.camera.profiles.length}</tt:UseCount>` +
    `<tt:SourceToken>${VIDEO_SOURCE}</tt:SourceToken><tt:Bounds x="0" y="0" width="${width}" height="${height}"/>`
  );
}

function resolution({ width, height }: SimulatedProfile): string {
  return `<tt:Resolution><tt:Width>${width}</tt:Width><tt:Height>${height}</tt:Height></tt:Resolution>`;
}

const PTZ_CONFIGURATION =
  '<tt:Name>PTZ</tt:Name><tt:UseCount>2</tt:UseCount><tt:NodeToken>node1</tt:NodeToken>' +
  '<tt:DefaultPTZTimeout>PT10S</tt:DefaultPTZTimeout>';

function mediaProfile(profile: SimulatedProfile, context: OperationContext, tag: string): string {
  return (
    `<trt:${tag} token="${profileToken(profile)}" fixed="true"><tt:Name>${escapeXml(profile.name)}</tt:Name>` +
    `<tt:VideoSourceConfiguration token="vsc1">${sourceConfiguration(context)}</tt:VideoSourceConfiguration>` +
    `<tt:VideoEncoderConfiguration token="vec_${profile.name}"><tt:Name>${escapeXml(profile.name)}</tt:Name><tt:UseCount>1</tt:UseCount>` +
    `<tt:Encoding>${profile.codec}</tt:Encoding>${resolution(profile)}<tt:Quality>5</tt:Quality>` +
    `<tt:RateControl><tt:FrameRateLimit>${Math.round(profile.frameRate)}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>${profile.bitrateKbps}</tt:BitrateLimit></tt:RateControl>` +
    '<tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration>' +
    `<tt:PTZConfiguration token="ptz1">${PTZ_CONFIGURATION}</tt:PTZConfiguration></trt:${tag}>`
  );
}

function media2Profile(profile: SimulatedProfile, context: OperationContext): string {
  return (
    `<tr2:Profiles token="${profileToken(profile)}" fixed="true"><tr2:Name>${escapeXml(profile.name)}</tr2:Name><tr2:Configurations>` +
    `<tr2:VideoSource token="vsc1">${sourceConfiguration(context)}</tr2:VideoSource>` +
    `<tr2:VideoEncoder token="vec_${profile.name}" GovLength="${Math.round(profile.frameRate)}"><tt:Name>${escapeXml(profile.name)}</tt:Name><tt:UseCount>1</tt:UseCount>` +
    `<tt:Encoding>${profile.codec}</tt:Encoding>${resolution(profile)}` +
    `<tt:RateControl><tt:FrameRateLimit>${profile.frameRate}</tt:FrameRateLimit><tt:BitrateLimit>${profile.bitrateKbps}</tt:BitrateLimit></tt:RateControl>` +
    '<tt:Quality>5</tt:Quality></tr2:VideoEncoder>' +
    `<tr2:PTZ token="ptz1">${PTZ_CONFIGURATION}</tr2:PTZ></tr2:Configurations></tr2:Profiles>`
  );
}

function streamUri(profile: SimulatedProfile, context: OperationContext): string {
  if (context.reportedHost === undefined) return escapeXml(profile.rtspUrl);
  const url = new URL(profile.rtspUrl);
  url.hostname = context.reportedHost;
  return escapeXml(url.href);
}

function snapshotUri(context: OperationContext): string {
  const { origin, camera } = context;
  return escapeXml(`${origin}/cam${camera.number}/snapshot.jpg`);
}

/** The clip in the loop decides when its next key frame comes; that one was asked for is counted. */
function synchronize(context: OperationContext, profile: SimulatedProfile): void {
  const { synchronizationPoints } = context.camera;
  synchronizationPoints.set(profile.name, (synchronizationPoints.get(profile.name) ?? 0) + 1);
}

const setSynchronizationPoint =
  (prefix: string): Operation =>
  (request, context) => {
    synchronize(context, profileOf(request, context));
    return `<${prefix}:SetSynchronizationPointResponse/>`;
  };

const MEDIA_URI_END =
  '<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout>';

export const mediaService: Service = {
  path: 'media_service',
  namespaces: ['http://www.onvif.org/ver10/media/wsdl'],
  operations: {
    GetProfiles: (_request, context) =>
      `<trt:GetProfilesResponse>${context.camera.profiles
        .map((profile) => mediaProfile(profile, context, 'Profiles'))
        .join('')}</trt:GetProfilesResponse>`,
    GetProfile: (request, context) =>
      `<trt:GetProfileResponse>${mediaProfile(profileOf(request, context), context, 'Profile')}</trt:GetProfileResponse>`,
    GetVideoSources: (_request, context) =>
      `<trt:GetVideoSourcesResponse><trt:VideoSources token="${VIDEO_SOURCE}"><tt:Framerate>${main(context).frameRate}</tt:Framerate>${resolution(main(context))}</trt:VideoSources></trt:GetVideoSourcesResponse>`,
    GetStreamUri: (request, context) => {
      const profile = profileOf(request, context);
      const stream = textAt(request, 'StreamSetup', 'Stream');
      const protocol = textAt(request, 'StreamSetup', 'Transport', 'Protocol');
      // Clips are sent interleaved in RTSP's own connection, and in no other way.
      if (stream !== 'RTP-Unicast' || (protocol !== 'RTSP' && protocol !== 'TCP')) {
        throw invalidArgVal('InvalidStreamSetup', 'Only RTP-Unicast over RTSP is served');
      }
      return `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>${streamUri(profile, context)}</tt:Uri>${MEDIA_URI_END}</trt:MediaUri></trt:GetStreamUriResponse>`;
    },
    GetSnapshotUri: (request, context) => {
      profileOf(request, context);
      return `<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>${snapshotUri(context)}</tt:Uri>${MEDIA_URI_END}</trt:MediaUri></trt:GetSnapshotUriResponse>`;
    },
    SetSynchronizationPoint: setSynchronizationPoint('trt'),
    GetServiceCapabilities: () =>
      '<trt:GetServiceCapabilitiesResponse><trt:Capabilities SnapshotUri="true"><trt:ProfileCapabilities MaximumNumberOfProfiles="2"/><trt:StreamingCapabilities RTP_RTSP_TCP="true"/></trt:Capabilities></trt:GetServiceCapabilitiesResponse>',
  },
};

export const media2Service: Service = {
  path: 'media2_service',
  namespaces: ['http://www.onvif.org/ver20/media/wsdl'],
  operations: {
    GetProfiles: (request, context) => {
      const token = textAt(request, 'Token');
      const profiles = context.camera.profiles.filter(
        (profile) => token === '' || profileToken(profile) === token,
      );
      if (profiles.length === 0) throw invalidArgVal('NoProfile', `There is no profile '${token}'`);
      return `<tr2:GetProfilesResponse>${profiles
        .map((profile) => media2Profile(profile, context))
        .join('')}</tr2:GetProfilesResponse>`;
    },
    GetVideoSourceConfigurations: (_request, context) =>
      `<tr2:GetVideoSourceConfigurationsResponse><tr2:Configurations token="vsc1">${sourceConfiguration(context)}</tr2:Configurations></tr2:GetVideoSourceConfigurationsResponse>`,
    GetStreamUri: (request, context) => {
      const profile = profileOf(request, context);
      if (!['RTSP', 'RtspUnicast'].includes(textAt(request, 'Protocol'))) {
        throw invalidArgVal('InvalidStreamSetup', 'Only RTSP is served');
      }
      return `<tr2:GetStreamUriResponse><tr2:Uri>${streamUri(profile, context)}</tr2:Uri></tr2:GetStreamUriResponse>`;
    },
    GetSnapshotUri: (request, context) => {
      profileOf(request, context);
      return `<tr2:GetSnapshotUriResponse><tr2:Uri>${snapshotUri(context)}</tr2:Uri></tr2:GetSnapshotUriResponse>`;
    },
    SetSynchronizationPoint: setSynchronizationPoint('tr2'),
    GetServiceCapabilities: () =>
      '<tr2:GetServiceCapabilitiesResponse><tr2:Capabilities SnapshotUri="true"><tr2:ProfileCapabilities MaximumNumberOfProfiles="2"/><tr2:StreamingCapabilities RTP_RTSP_TCP="true"/></tr2:Capabilities></tr2:GetServiceCapabilitiesResponse>',
  },
};
