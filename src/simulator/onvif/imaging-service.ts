// Imaging of a simulated camera: settings that are kept and bounded; the picture stays the clip's.
import { find, numberAt, textAt, type XmlElement } from '../../onvif/index.js';
import { VIDEO_SOURCE } from './media-service.js';
import { numberWithin, type Service } from './service.js';
import { invalidArgVal } from './soap.js';

const LEVEL = '<tt:Min>0</tt:Min><tt:Max>100</tt:Max>';

function checkSource(request: XmlElement): void {
  const token = textAt(request, 'VideoSourceToken');
  if (token !== VIDEO_SOURCE)
    throw invalidArgVal('NoSource', `There is no video source '${token}'`);
}

function mode(
  element: XmlElement | undefined,
  path: string[],
  modes: string[],
): string | undefined {
  const value = textAt(element, ...path);
  if (value === '') return undefined;
  if (modes.includes(value)) return value;
  throw invalidArgVal('SettingsInvalid', `${path.at(-1)} must be one of ${modes.join(', ')}`);
}

export const imagingService: Service = {
  path: 'imaging_service',
  namespaces: ['http://www.onvif.org/ver20/imaging/wsdl'],
  operations: {
    GetServiceCapabilities: () =>
      '<timg:GetServiceCapabilitiesResponse><timg:Capabilities ImageStabilization="false"/></timg:GetServiceCapabilitiesResponse>',
    GetImagingSettings: (request, { camera }) => {
      checkSource(request);
      const { imaging } = camera;
      return (
        '<timg:GetImagingSettingsResponse><timg:ImagingSettings>' +
        `<tt:Brightness>${imaging.brightness}</tt:Brightness><tt:ColorSaturation>${imaging.saturation}</tt:ColorSaturation>` +
        `<tt:Contrast>${imaging.contrast}</tt:Contrast><tt:Focus><tt:AutoFocusMode>${imaging.focus.mode}</tt:AutoFocusMode></tt:Focus>` +
        `<tt:IrCutFilter>${imaging.irCutFilter}</tt:IrCutFilter><tt:Sharpness>${imaging.sharpness}</tt:Sharpness>` +
        `<tt:WideDynamicRange><tt:Mode>${imaging.wideDynamicRange.mode}</tt:Mode><tt:Level>${imaging.wideDynamicRange.level}</tt:Level></tt:WideDynamicRange>` +
        '</timg:ImagingSettings></timg:GetImagingSettingsResponse>'
      );
    },
    SetImagingSettings: (request, { camera }) => {
      checkSource(request);
      const given = find(request, 'ImagingSettings');
      const level = (...path: string[]) => numberWithin(given, path, 0, 100, 'SettingsInvalid');
      const { imaging } = camera;
      // All of it is read before any of it is set: a fault leaves everything as it was.
      const next = {
        brightness: level('Brightness') ?? imaging.brightness,
        contrast: level('Contrast') ?? imaging.contrast,
        saturation: level('ColorSaturation') ?? imaging.saturation,
        sharpness: level('Sharpness') ?? imaging.sharpness,
        irCutFilter: mode(given, ['IrCutFilter'], ['ON', 'OFF', 'AUTO']) ?? imaging.irCutFilter,
        wideDynamicRange: {
          mode:
            mode(given, ['WideDynamicRange', 'Mode'], ['ON', 'OFF']) ??
            imaging.wideDynamicRange.mode,
          level: level('WideDynamicRange', 'Level') ?? imaging.wideDynamicRange.level,
        },
        focus: {
          ...imaging.focus,
          mode: mode(given, ['Focus', 'AutoFocusMode'], ['AUTO', 'MANUAL']) ?? imaging.focus.mode,
        },
      };
      Object.assign(imaging, next);
      return '<timg:SetImagingSettingsResponse/>';
    },
    GetOptions: (request) => {
      checkSource(request);
      return (
        '<timg:GetOptionsResponse><timg:ImagingOptions>' +
        `<tt:Brightness>${LEVEL}</tt:Brightness><tt:ColorSaturation>${LEVEL}</tt:ColorSaturation><tt:Contrast>${LEVEL}</tt:Contrast>` +
        '<tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>OFF</tt:IrCutFilterModes><tt:IrCutFilterModes>AUTO</tt:IrCutFilterModes>' +
        `<tt:Sharpness>${LEVEL}</tt:Sharpness><tt:WideDynamicRange><tt:Mode>OFF</tt:Mode><tt:Mode>ON</tt:Mode><tt:Level>${LEVEL}</tt:Level></tt:WideDynamicRange>` +
        '</timg:ImagingOptions></timg:GetOptionsResponse>'
      );
    },
    Move: (request, { camera }) => {
      checkSource(request);
      const focus = find(request, 'Focus');
      const absolute = numberWithin(focus, ['Absolute', 'Position'], 0, 1, 'InvalidPosition');
      const way = numberAt(focus, 'Relative', 'Distance') ?? numberAt(focus, 'Continuous', 'Speed');
      if (absolute === undefined && way === undefined) {
        throw invalidArgVal('InvalidArgs', 'No focus movement is given');
      }
      const position = absolute ?? camera.imaging.focus.position + (way ?? 0);
      camera.imaging.focus = { mode: 'MANUAL', position: Math.min(1, Math.max(0, position)) };
      return '<timg:MoveResponse/>';
    },
    Stop: (request) => {
      checkSource(request);
      return '<timg:StopResponse/>';
    },
    GetStatus: (request, { camera }) => {
      checkSource(request);
      return `<timg:GetStatusResponse><timg:Status><tt:FocusStatus20><tt:Position>${camera.imaging.focus.position}</tt:Position><tt:MoveStatus>IDLE</tt:MoveStatus></tt:FocusStatus20></timg:Status></timg:GetStatusResponse>`;
    },
  },
};
