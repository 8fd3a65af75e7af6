#!/usr/bin/env python3
"""Verifies and decrypts one FVMS segment file: segment-format.md as a program.

usage: segment-reader.py FILE KEY_HEX [CAMERA_ID START_MS]

Writes the plaintext (Matroska) to standard output once every tag was checked; otherwise writes
nothing there, says why, and exits with 1. Version 1 files need camera and start. It is slow (about
100 kB/s) and shares no code with the product: its purpose is to prove the document.
"""
import hashlib
import hmac
import struct
import sys

MASK = 0xFFFFFFFF
DELTA = (0xC3EFE9DB, 0x44626B02, 0x79E27C8A, 0x78DF30EC, 0x715EA49E, 0xC785DA0A, 0xE04EF22A, 0xE5C40957)


def rol(x, n):
    n %= 32
    return (x << n | x >> (32 - n)) & MASK


def lea256_schedule(key):
    t = list(struct.unpack('<8I', key))
    schedule = []
    for i in range(32):
        round_key = []
        for j, rotation in enumerate((1, 3, 6, 11, 13, 17)):
            m = (6 * i + j) % 8
            t[m] = rol((t[m] + rol(DELTA[i % 8], i + j)) & MASK, rotation)
            round_key.append(t[m])
        schedule.append(round_key)
    return schedule


def lea_encrypt(schedule, block):
    a, b, c, d = struct.unpack('<4I', block)
    for k in schedule:
        a, b, c, d = (rol((a ^ k[0]) + (b ^ k[1]) & MASK, 9), rol((b ^ k[2]) + (c ^ k[3]) & MASK, 27),
                      rol((c ^ k[4]) + (d ^ k[5]) & MASK, 29), a)
    return struct.pack('<4I', a, b, c, d)


def ghash(h, aad, ciphertext):
    pad = lambda data: data + bytes(-len(data) % 16)
    data = pad(aad) + pad(ciphertext) + struct.pack('>2Q', len(aad) * 8, len(ciphertext) * 8)
    # h times every power of the field's generator, for one table look-up per bit
    powers, v = [], int.from_bytes(h, 'big')
    for _ in range(128):
        powers.append(v)
        v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
    y = 0
    for i in range(0, len(data), 16):
        x, y = y ^ int.from_bytes(data[i:i + 16], 'big'), 0
        for bit in range(128):
            if x >> (127 - bit) & 1:
                y ^= powers[bit]
    return y.to_bytes(16, 'big')


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def gcm_open(key, nonce, aad, sealed):
    """The plaintext, or None where the tag does not fit."""
    schedule = lea256_schedule(key)
    ciphertext, tag = sealed[:-16], sealed[-16:]
    expected = xor(ghash(lea_encrypt(schedule, bytes(16)), aad, ciphertext),
                   lea_encrypt(schedule, nonce + struct.pack('>I', 1)))
    if len(sealed) < 16 or not hmac.compare_digest(expected, tag):
        return None
    return b''.join(xor(ciphertext[i:i + 16], lea_encrypt(schedule, nonce + struct.pack('>I', 2 + i // 16)))
                    for i in range(0, len(ciphertext), 16))


def hkdf_expand(prk, info, size):
    out, block = b'', b''
    while len(out) < size:
        block = hmac.new(prk, block + info + bytes([len(out) // 32 + 1]), 'sha256').digest()
        out += block
    return out[:size]


def require(condition, complaint):
    if not condition:
        sys.exit(complaint)


def jpeg_size(data):
    """Bytes of the JPEG at the front of `data`, up to its end marker, or None."""
    data, at = data[:65536], 2
    while True:
        while data[at:at + 2] == b'\xff\xff':
            at += 1
        if data[at:at + 1] != b'\xff' or len(data) < at + 2:
            return None
        marker, at = data[at + 1], at + 2
        if marker == 0xD9:
            return at
        if marker == 0 or 0xD0 <= marker <= 0xD8:
            return None
        if marker != 1:
            size = int.from_bytes(data[at:at + 2], 'big')
            if size < 2 or at + size > len(data):
                return None
            at += size
        while marker == 0xDA and at + 1 < len(data):
            if data[at] == 0xFF and data[at + 1] != 0xFF and data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
                break
            at += 1 if data[at + 1] == 0xFF else 1 + (data[at] == 0xFF)


def extension_entries(extension):
    entries, at = {}, 0
    while at < len(extension):
        kind, size = struct.unpack('>BH', extension[at:at + 3].ljust(3, b'\xff'))
        require(at + 3 + size <= len(extension) and kind not in entries, 'the extension is malformed')
        entries[kind] = extension[at + 3:at + 3 + size]
        at += 3 + size
    return entries


def require_cover(cover, extension):
    """The picture in front must be the one that the header names; without an entry there is none."""
    entry = extension_entries(extension).get(1)
    expected = b'' if not cover else struct.pack('>I', len(cover)) + hashlib.sha256(cover).digest()
    require((entry or b'') == expected, 'the picture in front was altered, added or taken away')


def read_v1(data, key, camera, start_ms):
    require(len(data) >= 51, 'truncated')
    name = camera.encode()
    aad = b'FVMS1' + struct.pack('>H', len(name)) + name + struct.pack('>Q', start_ms)
    plaintext = gcm_open(key, data[23:35], aad, data[35:])
    require(plaintext is not None, 'the tag does not fit')
    return plaintext


def read_v2(data, key, camera, start_ms, cover=b''):
    require(len(data) >= 93, 'truncated')
    stored = 12 if data[6] == 0x81 else 0  # bytes of nonce in front of each chunk
    iv = data[23:35]
    header_size, flags, chunk_log2 = struct.unpack('>HBB', data[35:39])
    header_start, sequence, stream, camera_size = struct.unpack('>QQHH', data[71:91])
    require(flags == 0 and 12 <= chunk_log2 <= 20 and 1 <= camera_size <= 255, 'a header field is out of range')
    require(126 <= header_size <= min(4096, len(data)), 'truncated, or a header size out of range')
    extension_size, = struct.unpack('>H', data[91 + camera_size:93 + camera_size].ljust(2, b'\xff'))
    require(header_size == 93 + camera_size + extension_size + 32, 'the header size does not add up')
    header_camera = data[91:91 + camera_size].decode('utf-8')

    prefix, commitment = data[:header_size - 32], data[header_size - 32:header_size]
    derived = hkdf_expand(key, b'fluxvision/segment/v2\0' + hashlib.sha256(prefix).digest(), 64)
    require(hmac.compare_digest(derived[32:], commitment), 'wrong key, or the header was altered')
    require_cover(cover, data[93 + camera_size:header_size - 32])
    require(camera in (None, header_camera) and start_ms in (None, header_start), 'another segment')

    overhead = stored + 16
    piece = 2 ** chunk_log2 + overhead
    whole, rest = divmod(len(data) - header_size, piece)
    require(rest >= overhead, 'the final chunk is missing: %d whole chunks' % whole)
    out = []
    for index in range(whole + 1):
        offset = header_size + index * piece
        nonce = data[offset:offset + 12] if stored else xor(iv, index.to_bytes(12, 'big'))
        aad = struct.pack('>BQ', 1 if index == whole else 0, index)
        plaintext = gcm_open(derived[:32], nonce, aad, data[offset + stored:offset + piece])
        require(plaintext is not None, 'chunk %d at file offset %d is altered or cut' % (index, offset))
        out.append(plaintext)
    return b''.join(out)


def main():
    if len(sys.argv) not in (3, 5):
        sys.exit(__doc__)
    with open(sys.argv[1], 'rb') as file:
        data = file.read()
    key = bytes.fromhex(sys.argv[2])
    camera, start_ms = (sys.argv[3], int(sys.argv[4])) if len(sys.argv) == 5 else (None, None)
    require(len(key) == 32, 'a key has 32 bytes')
    cover_size = jpeg_size(data) if data[:2] == b'\xff\xd8' else 0
    require(cover_size is not None, 'not a FVMS segment: a picture that does not end')
    cover, data = data[:cover_size], data[cover_size:]
    require(data[:4] == b'FVMS' and len(data) >= 35, 'not a FVMS segment')
    version, algorithm = struct.unpack('>HB', data[4:7])
    require(version in (1, 2), 'unknown version %d' % version)
    require(algorithm == 1 or (version, algorithm) == (2, 0x81), 'unknown algorithm %d' % algorithm)
    require(version == 2 or camera is not None, 'version 1 needs CAMERA_ID and START_MS')
    require(version == 2 or not cover, 'a picture was put in front of a version 1 segment')
    plaintext = read_v1(data, key, camera, start_ms) if version == 1 else read_v2(data, key, camera, start_ms, cover)
    sys.stdout.buffer.write(plaintext)


if __name__ == '__main__':
    main()
