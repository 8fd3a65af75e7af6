// PTZ of a simulated camera: it really moves, within bounds and at a finite speed.
import { escapeXml, find, numberIn, textAt, type XmlElement } from '../../onvif/index.js';
import type { PtzPosition } from './ptz-state.js';
import { durationMs, type OperationContext, profileOf, type Service } from './service.js';
import { invalidArgVal, SoapFault } from './soap.js';

const SPACE = 'http://www.onvif.org/ver10/tptz';
const MAX_MOVE_MS = 600_000;

const range = (name: string, min: number, max: number) =>
  `<tt:${name}><tt:Min>${min}</tt:Min><tt:Max>${max}</tt:Max></tt:${name}>`;
const plane = (name: string, uri: string) =>
  `<tt:${name}><tt:URI>${SPACE}/PanTiltSpaces/${uri}</tt:URI>${range('XRange', -1, 1)}${range('YRange', -1, 1)}</tt:${name}>`;
const line = (name: string, uri: string, min: number) =>
  `<tt:${name}><tt:URI>${SPACE}/${uri}</tt:URI>${range('XRange', min, 1)}</tt:${name}>`;
const SPACES =
  plane('AbsolutePanTiltPositionSpace', 'PositionGenericSpace') +
  line('AbsoluteZoomPositionSpace', 'ZoomSpaces/PositionGenericSpace', 0) +
  plane('RelativePanTiltTranslationSpace', 'TranslationGenericSpace') +
  line('RelativeZoomTranslationSpace', 'ZoomSpaces/TranslationGenericSpace', -1) +
  plane('ContinuousPanTiltVelocitySpace', 'VelocityGenericSpace') +
  line('ContinuousZoomVelocitySpace', 'ZoomSpaces/VelocityGenericSpace', -1) +
  line('PanTiltSpeedSpace', 'PanTiltSpaces/GenericSpeedSpace', 0) +
  line('ZoomSpeedSpace', 'ZoomSpaces/ZoomGenericSpeedSpace', 0);

const NODE =
  '<tptz:PTZNode token="node1" FixedHomePosition="false"><tt:Name>Node</tt:Name>' +
  `<tt:SupportedPTZSpaces>${SPACES}</tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>64</tt:MaximumNumberOfPresets>` +
  '<tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode>';

/** The vector in `element`; a part of it outside -1 to 1 (zoom: `zoomMin` to 1) is the fault `subcode`. */
function vectorIn(
  element: XmlElement | undefined,
  subcode: string,
  zoomMin: number,
): Partial<PtzPosition> {
  const panTilt = find(element, 'PanTilt');
  const zoom = find(element, 'Zoom');
  const part = (from: XmlElement, attribute: string, min: number) => {
    const number = numberIn(from, attribute);
    if (number !== undefined && number >= min && number <= 1) return number;
    throw invalidArgVal(subcode, `${from.name} ${attribute} must be from ${min} to 1`);
  };
  if (!panTilt && !zoom) throw invalidArgVal(subcode, 'Neither PanTilt nor Zoom is given');
  return {
    ...(panTilt && { pan: part(panTilt, 'x', -1), tilt: part(panTilt, 'y', -1) }),
    ...(zoom && { zoom: part(zoom, 'x', zoomMin) }),
  };
}

function speedIn(request: XmlElement): number {
  const speed = find(request, 'Speed');
  const given = numberIn(find(speed, 'PanTilt') ?? find(speed, 'Zoom'), 'x');
  return given === undefined ? 1 : Math.min(1, Math.abs(given));
}

function positionXml({ pan, tilt, zoom }: PtzPosition): string {
  return `<tt:PanTilt x="${pan}" y="${tilt}" space="${SPACE}/PanTiltSpaces/PositionGenericSpace"/><tt:Zoom x="${zoom}" space="${SPACE}/ZoomSpaces/PositionGenericSpace"/>`;
}

function presetOf(request: XmlElement, { camera }: OperationContext) {
  const token = textAt(request, 'PresetToken');
  const preset = camera.presets.get(token);
  if (preset) return preset;
  throw invalidArgVal('NoToken', `There is no preset '${token}'`);
}

export const ptzService: Service = {
  path: 'ptz_service',
  namespaces: ['http://www.onvif.org/ver20/ptz/wsdl'],
  operations: {
    GetServiceCapabilities: () =>
      '<tptz:GetServiceCapabilitiesResponse><tptz:Capabilities MoveStatus="true" StatusPosition="true"/></tptz:GetServiceCapabilitiesResponse>',
    GetNodes: () => `<tptz:GetNodesResponse>${NODE}</tptz:GetNodesResponse>`,
    GetNode: (request) => {
      if (textAt(request, 'NodeToken') !== 'node1')
        throw invalidArgVal('NoEntity', 'There is no such node');
      return `<tptz:GetNodeResponse>${NODE}</tptz:GetNodeResponse>`;
    },
    GetConfigurations: () =>
      '<tptz:GetConfigurationsResponse><tptz:PTZConfiguration token="ptz1"><tt:Name>PTZ</tt:Name><tt:UseCount>2</tt:UseCount><tt:NodeToken>node1</tt:NodeToken></tptz:PTZConfiguration></tptz:GetConfigurationsResponse>',
    GetConfigurationOptions: () =>
      `<tptz:GetConfigurationOptionsResponse><tptz:PTZConfigurationOptions><tt:Spaces>${SPACES}</tt:Spaces><tt:PTZTimeout><tt:Min>PT0S</tt:Min><tt:Max>PT600S</tt:Max></tt:PTZTimeout></tptz:PTZConfigurationOptions></tptz:GetConfigurationOptionsResponse>`,
    ContinuousMove: (request, context) => {
      profileOf(request, context);
      const velocity = vectorIn(find(request, 'Velocity'), 'InvalidVelocity', -1);
      const timeout = durationMs(textAt(request, 'Timeout'), context.now, 10_000);
      if (!(timeout > 0 && timeout <= MAX_MOVE_MS)) {
        throw invalidArgVal('TimeoutNotSupported', 'Timeout must be up to PT600S');
      }
      context.camera.ptz.move(velocity, timeout);
      return '<tptz:ContinuousMoveResponse/>';
    },
    AbsoluteMove: (request, context) => {
      profileOf(request, context);
      const target = vectorIn(find(request, 'Position'), 'InvalidPosition', 0);
      context.camera.ptz.goTo(target, speedIn(request));
      return '<tptz:AbsoluteMoveResponse/>';
    },
    RelativeMove: (request, context) => {
      profileOf(request, context);
      const way = vectorIn(find(request, 'Translation'), 'InvalidTranslation', -1);
      const from = context.camera.ptz.position;
      context.camera.ptz.goTo(
        {
          ...(way.pan !== undefined && { pan: from.pan + way.pan }),
          ...(way.tilt !== undefined && { tilt: from.tilt + way.tilt }),
          ...(way.zoom !== undefined && { zoom: from.zoom + way.zoom }),
        },
        speedIn(request),
      );
      return '<tptz:RelativeMoveResponse/>';
    },
    Stop: (request, context) => {
      profileOf(request, context);
      const wants = (name: string) => textAt(request, name) !== 'false';
      if (wants('PanTilt')) context.camera.ptz.stop('pan', 'tilt');
      if (wants('Zoom')) context.camera.ptz.stop('zoom');
      return '<tptz:StopResponse/>';
    },
    GetStatus: (request, context) => {
      profileOf(request, context);
      const { ptz } = context.camera;
      const state = (moving: boolean) => (moving ? 'MOVING' : 'IDLE');
      return (
        `<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position>${positionXml(ptz.position)}</tt:Position>` +
        `<tt:MoveStatus><tt:PanTilt>${state(ptz.moving('pan', 'tilt'))}</tt:PanTilt><tt:Zoom>${state(ptz.moving('zoom'))}</tt:Zoom></tt:MoveStatus>` +
        `<tt:UtcTime>${new Date(context.now).toISOString()}</tt:UtcTime></tptz:PTZStatus></tptz:GetStatusResponse>`
      );
    },
    GetPresets: (request, context) => {
      profileOf(request, context);
      return `<tptz:GetPresetsResponse>${[...context.camera.presets.values()]
        .map(
          ({ token, name, position }) =>
            `<tptz:Preset token="${escapeXml(token)}"><tt:Name>${escapeXml(name)}</tt:Name><tt:PTZPosition>${positionXml(position)}</tt:PTZPosition></tptz:Preset>`,
        )
        .join('')}</tptz:GetPresetsResponse>`;
    },
    SetPreset: (request, context) => {
      profileOf(request, context);
      const token = textAt(request, 'PresetToken');
      const known = token === '' ? undefined : presetOf(request, context);
      const name = textAt(request, 'PresetName') || known?.name || 'Preset';
      if (name.length > 64) throw invalidArgVal('InvalidPresetName', 'The name is too long');
      if (context.camera.ptz.moving('pan', 'tilt', 'zoom')) {
        throw new SoapFault('Receiver', ['ter:Action', 'ter:MovingPTZ'], 'The camera is moving');
      }
      const preset = context.camera.storePreset(name, known?.token);
      if (!preset) {
        throw new SoapFault('Receiver', ['ter:Action', 'ter:TooManyPresets'], 'There is no room');
      }
      return `<tptz:SetPresetResponse><tptz:PresetToken>${escapeXml(preset.token)}</tptz:PresetToken></tptz:SetPresetResponse>`;
    },
    RemovePreset: (request, context) => {
      profileOf(request, context);
      context.camera.presets.delete(presetOf(request, context).token);
      return '<tptz:RemovePresetResponse/>';
    },
    GotoPreset: (request, context) => {
      profileOf(request, context);
      context.camera.ptz.goTo(presetOf(request, context).position, speedIn(request));
      return '<tptz:GotoPresetResponse/>';
    },
    GotoHomePosition: (request, context) => {
      profileOf(request, context);
      context.camera.ptz.goTo(context.camera.home, speedIn(request));
      return '<tptz:GotoHomePositionResponse/>';
    },
    SetHomePosition: (request, context) => {
      profileOf(request, context);
      context.camera.home = context.camera.ptz.position;
      return '<tptz:SetHomePositionResponse/>';
    },
  },
};
