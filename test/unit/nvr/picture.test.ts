import { describe, expect, it } from 'vitest';
import { readInit, readPictureHeader } from '../../../examples/nvr/protocol/index.js';

function fragment(): Buffer {
  const message = Buffer.alloc(40);
  message.set([1, 2, 0b0101, 7]);
  message.writeUInt32BE(0xfffffffe, 4);
  message.writeBigInt64BE(1_790_000_000_000_123n, 8);
  message.writeBigInt64BE(-40_000n, 16);
  message.writeUInt32BE(36, 24);
  message.writeInt32BE(-40_000, 28);
  return message;
}

function init(codec: string, configuration: Buffer, segment: Buffer): Buffer {
  const head = Buffer.alloc(34);
  head.set([1, 1]);
  head.writeUInt32BE(3, 4);
  head.writeUInt16BE(codec.length, 32);
  const sizes = Buffer.alloc(8);
  sizes.writeUInt16BE(1920, 0);
  sizes.writeUInt16BE(1080, 2);
  sizes.writeUInt32BE(configuration.length, 4);
  const message = Buffer.concat([head, Buffer.from(codec), sizes, configuration, segment]);
  message.writeUInt32BE(message.length - segment.length, 24);
  return message;
}

describe('the header of a picture message', () => {
  it('is read field by field', () => {
    expect(readPictureHeader(fragment())).toEqual({
      ...{ kind: 'fragment', key: true, afterGap: false, preroll: true, audio: false },
      ...{ epoch: 7, stream: 0xfffffffe, time: 1_790_000_000_000_123, decodeTime: -40_000 },
      ...{ compositionOffset: -40_000, payloadOffset: 36 },
    });
  });

  it('is refused where it is cut, of another version or kind, or points outside', () => {
    const whole = fragment();
    for (let length = 0; length < 32; length++) {
      expect(readPictureHeader(whole.subarray(0, length))).toBeUndefined();
    }
    const altered = (offset: number, value: number) => {
      const message = Buffer.from(whole);
      message[offset] = value;
      return readPictureHeader(message);
    };
    expect(altered(0, 2)).toBeUndefined();
    expect(altered(1, 3)).toBeUndefined();
    expect(altered(27, 41)).toBeUndefined();
    expect(altered(27, 31)).toBeUndefined();
  });
});

describe('an init message', () => {
  const message = init('avc1.64001F', Buffer.from([1, 0x64, 0, 0x1f]), Buffer.from('ftypmoov'));

  it('has what a decoder has to know', () => {
    const read = readInit(message);
    expect(read).toMatchObject({ stream: 3, codec: 'avc1.64001F', width: 1920, height: 1080 });
    expect(Buffer.from(read?.configuration ?? [])).toEqual(Buffer.from([1, 0x64, 0, 0x1f]));
    expect(Buffer.from(read?.segment ?? []).toString()).toBe('ftypmoov');
  });

  it('is refused where a length leads beyond it', () => {
    for (let length = 0; length < message.length - 8; length++) {
      expect(readInit(message.subarray(0, length))).toBeUndefined();
    }
    const longCodec = Buffer.from(message);
    longCodec.writeUInt16BE(0xffff, 32);
    expect(readInit(longCodec)).toBeUndefined();
    const longConfiguration = Buffer.from(message);
    longConfiguration.writeUInt32BE(0xffffffff, 34 + 11 + 4);
    expect(readInit(longConfiguration)).toBeUndefined();
    expect(readInit(fragment())).toBeUndefined();
  });
});
