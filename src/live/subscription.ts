// One camera of a viewer: which stream it gets, from which picture on, and what it has missed.
import { QUALITIES, type StreamName } from '../camera/index.js';
import { isFluxError } from '../errors.js';
import { chooseStream, isShown, type StreamChoice } from './choice.js';
import type { CameraWatcher, LiveCamera } from './live-camera.js';
import type { LivePicture, LiveStream, StreamWatcher } from './live-stream.js';
import type { LiveCodec, LiveQuality } from './options.js';

/** Pictures of a camera come with this stream number from now on. */
export interface StreamInfo {
  cameraId: string;
  /** In the header of the messages. */
  stream: number;
  /** What was asked for, and what is sent. */
  wanted: LiveQuality;
  quality: LiveQuality;
  /** RFC 6381, or `mjpeg`. */
  codec: string;
  width: number;
  height: number;
  /** Why it is not as wanted. */
  reason?: 'quota' | 'unsupported_codec';
}

/** There are no pictures of a camera; they come again by themselves. */
export interface StreamStop {
  cameraId: string;
  /** Of an error (docs/errors.md). */
  code: string;
  message: string;
}

/** What a subscription asks of its viewer. */
export interface SubscriptionHost {
  readonly codecs: ReadonlySet<LiveCodec>;
  /** May so many bytes be sent now? */
  hasRoom(bytes: number): boolean;
  /** What may wait, or a second of the bandwidth, is nearly used up. */
  isPressed(): boolean;
  /** May so many bytes be sent at once, beside what comes anyway? */
  mayCatchUp(bytes: number): boolean;
  send(message: Buffer): void;
  started(info: StreamInfo): void;
  stopped(stop: StreamStop): void;
  dropped(cameraId: string, frames: number): void;
}

export class Subscription implements StreamWatcher, CameraWatcher {
  wanted: LiveQuality = 'GRID_VIEW';
  fps: number | undefined;
  /** What the bandwidth allows. */
  cap: LiveQuality = 'FULLSCREEN';
  /** It has less than wanted only because nobody knew yet what that costs. */
  isProvisional = false;
  /** May it be one of the viewer's full-screen cameras? */
  largeAllowed = true;
  framesSent = 0;
  framesDropped = 0;
  #camera: LiveCamera | undefined;
  /** What is sent, and what is to be sent as soon as it has a key frame. */
  #current: LiveStream | undefined;
  #next: LiveStream | undefined;
  #choice: StreamChoice | undefined;
  #info: StreamInfo | undefined;
  /** What decoders were told last, and whether the viewer was told that there are pictures. */
  #initSent: Buffer | undefined;
  #told = false;
  /** The viewer has a key frame and everything behind it. */
  #begun = false;
  #shedding = false;
  #stop: string | undefined;
  #untold = 0;
  #lastKeyAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly cameraId: string,
    private readonly host: SubscriptionHost,
  ) {}

  get camera(): LiveCamera | undefined {
    return this.#camera;
  }

  /** What it would get with bandwidth enough. */
  get allowed(): LiveQuality {
    return this.largeAllowed ? this.wanted : lesser(this.wanted, 'GRID_VIEW');
  }

  get quality(): LiveQuality {
    return lesser(this.allowed, this.cap);
  }

  /** What it gets, or will get. */
  get choice(): StreamChoice | undefined {
    return this.#choice;
  }

  get info(): StreamInfo | undefined {
    return this.#begun ? this.#info : undefined;
  }

  /** What another quality would be. */
  choiceFor(quality: LiveQuality, camera = this.#camera): StreamChoice | undefined {
    if (!camera) return undefined;
    const { codecs } = this.host;
    return chooseStream(camera, { quality, fps: this.fps, codecs });
  }

  /** The camera is there, again perhaps. */
  attach(camera: LiveCamera): void {
    this.#camera = camera;
    camera.watchers.add(this);
    this.review();
  }

  detach(): void {
    this.#camera?.watchers.delete(this);
    this.#camera = undefined;
    this.#leaveAll();
    this.#choice = undefined;
  }

  /** Follows what is wanted, allowed and known now. */
  review(): void {
    if (!this.#camera) return;
    const choice = this.choiceFor(this.quality);
    this.#choice = choice;
    if (!choice) {
      this.#leaveAll();
      this.#halt('ERR_UNSUPPORTED_CODEC', unsupported(this.cameraId));
      return;
    }
    const aimed = this.#next ?? this.#current;
    if (aimed?.choice.key !== choice.key) this.#turnTo(this.#camera, choice);
    else if (this.#begun && !this.#next && this.#current) this.#announce(this.#current);
  }

  onInit(stream: LiveStream): void {
    // Its next picture is a key frame: parameters change there.
    if (stream === this.#current) this.#begun = false;
    if (!this.#canShow(stream)) this.review();
  }

  onPicture(stream: LiveStream, picture: LivePicture): void {
    if (stream === this.#next) {
      if (picture.keyFrame && this.#begin(stream, [picture])) this.#change(stream);
      return;
    }
    if (stream !== this.#current) return;
    if (!this.#begun) {
      if (picture.keyFrame) this.#begun = this.#begin(stream, [picture]);
      else if (this.#shedding) this.#lose();
      return;
    }
    // On the way down nothing but key frames, where room is what is missing.
    const turns = this.#next !== undefined && this.#isReduced();
    const thin = turns && !picture.keyFrame && this.host.isPressed();
    if (thin || !this.host.hasRoom(picture.message.length)) {
      this.#shed();
      this.#begun = false;
      return;
    }
    if (this.#isTooSoon(picture)) return;
    this.tellLoss();
    this.#send(picture);
  }

  onFailure(stream: LiveStream, code: string, message: string): void {
    if (stream === (this.#current ?? this.#next)) this.#halt(code, message);
  }

  onTrouble(name: StreamName, code: string, message: string): void {
    const shown = this.#current ?? this.#next;
    if (shown?.choice.stream === name) this.#halt(code, message);
  }

  onChange(): void {
    this.review();
  }

  onRemoved(): void {
    this.detach();
    this.#halt('ERR_CAMERA_NOT_FOUND', `Camera '${this.cameraId}' was removed.`);
  }

  /** Says what was lost since that was last said. */
  tellLoss(): void {
    if (this.#untold === 0) return;
    const frames = this.#untold;
    this.#untold = 0;
    this.host.dropped(this.cameraId, frames);
  }

  #turnTo(camera: LiveCamera, choice: StreamChoice): void {
    this.#next?.leave(this);
    this.#next = undefined;
    if (this.#current?.choice.key === choice.key) {
      if (this.#begun) this.#announce(this.#current);
      return;
    }
    let stream: LiveStream;
    try {
      stream = camera.stream(choice);
    } catch (error) {
      if (!isFluxError(error)) throw error;
      this.#leaveAll();
      this.#halt(error.code, error.message);
      return;
    }
    stream.watch(this);
    if (this.#begun) {
      this.#next = stream;
    } else {
      this.#current?.leave(this);
      this.#current = stream;
    }
    this.#catchUp(stream);
    if (this.#begun) return;
    const trouble = camera.trouble(choice.stream);
    if (trouble) this.#halt(trouble.code, trouble.message);
  }

  /** Begins with what is kept, so that there is a picture at once. */
  #catchUp(stream: LiveStream): void {
    const [key] = stream.cache;
    if (!key) return;
    const bytes = stream.cache.reduce((sum, { message }) => sum + message.length, 0);
    const whole = this.host.mayCatchUp(bytes);
    // What is shown goes on until the next key frame.
    if (!whole && this.#begun && !this.host.isPressed()) return;
    if (!this.#begin(stream, whole ? stream.cache : [key])) return;
    if (stream === this.#next) this.#change(stream);
    this.#begun = whole || stream.cache.length === 1;
  }

  /** False where there is no room for a beginning. */
  #begin(stream: LiveStream, pictures: readonly LivePicture[]): boolean {
    const { init } = stream;
    const [key] = pictures;
    if (!init || !key || !this.#canShow(stream)) return false;
    if (!this.host.hasRoom(init.message.length + key.message.length)) {
      this.#shed();
      return false;
    }
    if (this.#isTooSoon(key)) return false;
    this.#shedding = false;
    this.tellLoss();
    this.#stop = undefined;
    if (this.#announce(stream)) this.host.send(init.message);
    for (const picture of pictures) this.#send(picture);
    return true;
  }

  #canShow({ init }: LiveStream): boolean {
    return init !== undefined && isShown(init.codec, this.host.codecs);
  }

  #change(stream: LiveStream): void {
    this.#current?.leave(this);
    this.#current = stream;
    this.#next = undefined;
    this.#begun = true;
  }

  /** Says what comes; true where decoders have to be told, too. */
  #announce(stream: LiveStream): boolean {
    const { init, choice } = stream;
    if (!init) return false;
    const { wanted, quality, cameraId } = this;
    const { codec, width, height } = init;
    const reason = quality === wanted ? choice.reason : 'quota';
    const before = this.#info;
    const info: StreamInfo = {
      ...{ cameraId, stream: stream.number, wanted, quality, codec, width, height },
      ...(reason && { reason }),
    };
    const same =
      before?.stream === info.stream && this.#initSent === init.message && this.#told === true;
    if (
      same &&
      before.wanted === wanted &&
      before.quality === quality &&
      before.reason === reason
    ) {
      return false;
    }
    this.#info = info;
    this.#initSent = init.message;
    this.#told = true;
    this.host.started(info);
    return !same;
  }

  #send(picture: LivePicture): void {
    this.framesSent += 1;
    if (picture.keyFrame) this.#lastKeyAt = performance.now();
    this.host.send(picture.message);
  }

  /** Of key frames alone, fewer may be wanted. */
  #isTooSoon(picture: LivePicture): boolean {
    if (this.fps === undefined || !picture.keyFrame || !this.#choice?.keyFramesOnly) return false;
    return performance.now() - this.#lastKeyAt < 900 / this.fps;
  }

  #isReduced(): boolean {
    return this.quality !== this.wanted;
  }

  /** It loses everything up to a key frame. */
  #shed(): void {
    this.#shedding = true;
    this.#lose();
  }

  #lose(): void {
    this.framesDropped += 1;
    this.#untold += 1;
  }

  #halt(code: string, message: string): void {
    this.#begun = false;
    this.#told = false;
    if (this.#stop === code) return;
    this.#stop = code;
    this.host.stopped({ cameraId: this.cameraId, code, message });
  }

  #leaveAll(): void {
    this.#current?.leave(this);
    this.#next?.leave(this);
    this.#current = undefined;
    this.#next = undefined;
    this.#begun = false;
  }
}

function lesser(a: LiveQuality, b: LiveQuality): LiveQuality {
  return QUALITIES.indexOf(a) < QUALITIES.indexOf(b) ? a : b;
}

function unsupported(id: string): string {
  return (
    `No stream of camera '${id}' has a codec that this viewer can show. Give the camera an H.264 sub ` +
    'stream, let the broadcaster encode (transcode: auto), or use a viewer that shows H.265.'
  );
}
