// How a video source renders the scene: brightness, day and night, wide dynamic range, focus.
import { checkOptions, decimal, oneOf, optional } from '../arguments/index.js';
import type { OnvifClient } from './client.js';
import { type OnvifRequestOptions, requestOptions } from './ptz.js';
import { all, clean, escapeXml, find, numberAt, textAt, type XmlElement } from './xml.js';

/** Settings of a video source. Numbers are in the camera's own ranges, see {@link Imaging.ranges}. */
export interface ImagingSettings {
  brightness?: number;
  contrast?: number;
  saturation?: number;
  sharpness?: number;
  /** `on`: infrared is kept out (day). `off`: it is let in (night). */
  irCutFilter?: 'on' | 'off' | 'auto';
  wideDynamicRange?: { mode: 'on' | 'off'; level?: number };
  focus?: { mode: 'auto' | 'manual'; nearLimit?: number; farLimit?: number; defaultSpeed?: number };
}

/** From the least to the largest value. */
export interface ImagingRange {
  min: number;
  max: number;
}

/** What a camera accepts; what it does not name is undefined. */
export interface ImagingRanges {
  brightness: ImagingRange | undefined;
  contrast: ImagingRange | undefined;
  saturation: ImagingRange | undefined;
  sharpness: ImagingRange | undefined;
  wideDynamicRangeLevel: ImagingRange | undefined;
  irCutFilter: ('on' | 'off' | 'auto')[];
}

/** A focus movement: exactly one of the three. */
export interface FocusMove {
  /** Speed in the camera's range, nearer below 0; until {@link Imaging.stopFocus}. */
  continuous?: number;
  absolute?: number;
  relative?: number;
}

const IR_MODES = ['on', 'off', 'auto'] as const;
const TT = 'xmlns="http://www.onvif.org/ver10/schema"';
const any = optional(decimal(-1e9, 1e9));

/** The imaging service for one video source; see {@link OnvifDevice.imaging}. */
export class Imaging {
  readonly #client: OnvifClient;
  readonly #source: string;

  /** @internal */
  constructor(client: OnvifClient, source: string) {
    this.#client = client;
    this.#source = source;
  }

  /** The token of its video source. */
  get videoSource(): string {
    return this.#source;
  }

  /** The present settings; what the camera does not have is left out. */
  async get(options?: OnvifRequestOptions): Promise<ImagingSettings> {
    const answer = await this.#client.call(
      'getImagingSettings',
      { token: escapeXml(this.#source) },
      requestOptions('Imaging.get', options),
    );
    return readSettings(find(answer, 'ImagingSettings'));
  }

  /** Sets what is given and leaves the rest. A value out of range is an `ERR_ONVIF_FAULT`. */
  async set(settings: ImagingSettings, options?: OnvifRequestOptions): Promise<void> {
    const body =
      '<SetImagingSettings xmlns="http://www.onvif.org/ver20/imaging/wsdl">' +
      `<VideoSourceToken>${escapeXml(this.#source)}</VideoSourceToken>` +
      `<ImagingSettings>${writeSettings(settings)}</ImagingSettings>` +
      '<ForcePersistence>true</ForcePersistence></SetImagingSettings>';
    await this.#client.post('imaging', { body }, requestOptions('Imaging.set', options));
  }

  async ranges(options?: OnvifRequestOptions): Promise<ImagingRanges> {
    const answer = await this.#client.call(
      'getVideoSourceOptions',
      { token: escapeXml(this.#source) },
      requestOptions('Imaging.ranges', options),
    );
    const found = find(answer, 'ImagingOptions');
    return {
      brightness: range(find(found, 'Brightness')),
      contrast: range(find(found, 'Contrast')),
      saturation: range(find(found, 'ColorSaturation')),
      sharpness: range(find(found, 'Sharpness')),
      wideDynamicRangeLevel: range(find(found, 'WideDynamicRange', 'Level')),
      irCutFilter: all(found, 'IrCutFilterModes')
        .map((mode) => irMode(clean(mode.text)))
        .filter((mode) => mode !== undefined),
    };
  }

  async moveFocus(move: FocusMove, options?: OnvifRequestOptions): Promise<void> {
    const checked = checkOptions('Imaging.moveFocus', move, {
      continuous: any,
      absolute: any,
      relative: any,
    });
    const focus =
      (checked.absolute === undefined
        ? ''
        : `<Absolute ${TT}><Position>${checked.absolute}</Position></Absolute>`) +
      (checked.relative === undefined
        ? ''
        : `<Relative ${TT}><Distance>${checked.relative}</Distance></Relative>`) +
      (checked.continuous === undefined
        ? ''
        : `<Continuous ${TT}><Speed>${checked.continuous}</Speed></Continuous>`);
    const body =
      '<Move xmlns="http://www.onvif.org/ver20/imaging/wsdl">' +
      `<VideoSourceToken>${escapeXml(this.#source)}</VideoSourceToken><Focus>${focus}</Focus></Move>`;
    await this.#client.post('imaging', { body }, requestOptions('Imaging.moveFocus', options));
  }

  async stopFocus(options?: OnvifRequestOptions): Promise<void> {
    await this.#client.call(
      'imagingStop',
      { token: escapeXml(this.#source) },
      requestOptions('Imaging.stopFocus', options),
    );
  }
}

function readSettings(found: XmlElement | undefined): ImagingSettings {
  const settings: ImagingSettings = {};
  const brightness = numberAt(found, 'Brightness');
  const contrast = numberAt(found, 'Contrast');
  const saturation = numberAt(found, 'ColorSaturation');
  const sharpness = numberAt(found, 'Sharpness');
  const irCutFilter = irMode(textAt(found, 'IrCutFilter'));
  if (brightness !== undefined) settings.brightness = brightness;
  if (contrast !== undefined) settings.contrast = contrast;
  if (saturation !== undefined) settings.saturation = saturation;
  if (sharpness !== undefined) settings.sharpness = sharpness;
  if (irCutFilter !== undefined) settings.irCutFilter = irCutFilter;
  const wide = find(found, 'WideDynamicRange');
  if (wide) {
    const level = numberAt(wide, 'Level');
    settings.wideDynamicRange = {
      mode: textAt(wide, 'Mode') === 'ON' ? 'on' : 'off',
      ...(level !== undefined && { level }),
    };
  }
  const focus = find(found, 'Focus');
  if (focus) {
    const near = numberAt(focus, 'NearLimit');
    const far = numberAt(focus, 'FarLimit');
    const speed = numberAt(focus, 'DefaultSpeed');
    settings.focus = {
      mode: textAt(focus, 'AutoFocusMode') === 'AUTO' ? 'auto' : 'manual',
      ...(near !== undefined && { nearLimit: near }),
      ...(far !== undefined && { farLimit: far }),
      ...(speed !== undefined && { defaultSpeed: speed }),
    };
  }
  return settings;
}

/** In the order of the schema, which some cameras insist on; the package has no wide dynamic range. */
function writeSettings(settings: ImagingSettings): string {
  const checked = checkOptions('Imaging.set', settings, {
    brightness: any,
    contrast: any,
    saturation: any,
    sharpness: any,
    irCutFilter: optional(oneOf(...IR_MODES)),
    wideDynamicRange: (_name, value) =>
      value === undefined
        ? undefined
        : checkOptions('Imaging.set: wideDynamicRange', value, {
            mode: oneOf('on', 'off'),
            level: any,
          }),
    focus: (_name, value) =>
      value === undefined
        ? undefined
        : checkOptions('Imaging.set: focus', value, {
            mode: oneOf('auto', 'manual'),
            nearLimit: any,
            farLimit: any,
            defaultSpeed: any,
          }),
  });
  const { focus, wideDynamicRange: wide } = checked;
  return [
    element('Brightness', checked.brightness),
    element('ColorSaturation', checked.saturation),
    element('Contrast', checked.contrast),
    focus &&
      `<Focus ${TT}>${[
        element('AutoFocusMode', focus.mode.toUpperCase()),
        element('DefaultSpeed', focus.defaultSpeed),
        element('NearLimit', focus.nearLimit),
        element('FarLimit', focus.farLimit),
      ].join('')}</Focus>`,
    element('IrCutFilter', checked.irCutFilter?.toUpperCase()),
    element('Sharpness', checked.sharpness),
    wide &&
      `<WideDynamicRange ${TT}>${element('Mode', wide.mode.toUpperCase())}${element('Level', wide.level)}</WideDynamicRange>`,
  ].join('');
}

function element(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : `<${name} ${TT}>${value}</${name}>`;
}

function irMode(text: string): 'on' | 'off' | 'auto' | undefined {
  return IR_MODES.find((mode) => mode === text.toLowerCase());
}

function range(found: XmlElement | undefined): ImagingRange | undefined {
  const min = numberAt(found, 'Min');
  const max = numberAt(found, 'Max');
  return min === undefined || max === undefined ? undefined : { min, max };
}
