#!/usr/bin/env python3
"""Writes one FVMS segment file from standard input: docs/segment-format.md as a program.

usage: segment-writer.py --key HEX --camera ID --start MS [options] FILE < plaintext

Knows the document alone and shares no code with the product; cipher, GHASH and HKDF come from
docs/segment-reader.py, which was written the same way. Slow: it is for a few hundred kilobytes.
"""
import argparse
import hashlib
import importlib.util
import os
import pathlib
import struct
import sys
import uuid

DOCS = pathlib.Path(__file__).resolve().parents[2] / 'docs'


def load_reader():
    spec = importlib.util.spec_from_file_location('segment_reader', DOCS / 'segment-reader.py')
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


fvms = load_reader()


def gcm_seal(key, nonce, aad, plaintext):
    schedule = fvms.lea256_schedule(key)
    blocks = range(0, len(plaintext), 16)
    ciphertext = b''.join(
        fvms.xor(plaintext[i:i + 16], fvms.lea_encrypt(schedule, nonce + struct.pack('>I', 2 + i // 16)))
        for i in blocks)
    hashed = fvms.ghash(fvms.lea_encrypt(schedule, bytes(16)), aad, ciphertext)
    return ciphertext + fvms.xor(hashed, fvms.lea_encrypt(schedule, nonce + struct.pack('>I', 1)))


def common_header(version, key_id, iv):
    return b'FVMS' + struct.pack('>HB', version, 1) + key_id.bytes + iv


def write_v1(key, options, plaintext):
    iv, camera = os.urandom(12), options.camera.encode()
    aad = b'FVMS1' + struct.pack('>H', len(camera)) + camera + struct.pack('>Q', options.start)
    return common_header(1, options.key_id, iv) + gcm_seal(key, iv, aad, plaintext)


def extension(cover, unknown):
    entries = b''
    if unknown:
        entries += struct.pack('>BH', 200, len(unknown)) + unknown
    if cover:
        entries += struct.pack('>BHI', 1, 36, len(cover)) + hashlib.sha256(cover).digest()
    return entries


def write_v2(key, options, plaintext):
    iv, camera = os.urandom(12), options.camera.encode()
    cover = pathlib.Path(options.cover).read_bytes() if options.cover else b''
    entries = extension(cover, options.unknown_entry.encode())
    header = common_header(2, options.key_id, iv)
    header += struct.pack('>HBB', 93 + len(camera) + len(entries) + 32, 0, options.chunk) + os.urandom(32)
    header += struct.pack('>QQHH', options.start, options.sequence, options.stream, len(camera)) + camera
    header += struct.pack('>H', len(entries)) + entries
    info = b'fluxvision/segment/v2\0' + hashlib.sha256(header).digest()
    derived = fvms.hkdf_expand(key, info, 64)

    out, size = [cover, header, derived[32:]], 2 ** options.chunk
    whole = len(plaintext) // size
    for index in range(whole + 1):
        kind = 1 if index == whole else 0
        nonce = fvms.xor(iv, index.to_bytes(12, 'big'))
        chunk = plaintext[index * size:(index + 1) * size]
        out.append(gcm_seal(derived[:32], nonce, struct.pack('>BQ', kind, index), chunk))
    return b''.join(out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('file')
    parser.add_argument('--key', required=True, type=bytes.fromhex, help='the DEK')
    parser.add_argument('--key-id', type=uuid.UUID, default=uuid.UUID(int=0))
    parser.add_argument('--camera', required=True)
    parser.add_argument('--start', required=True, type=int, help='UTC milliseconds')
    parser.add_argument('--version', type=int, choices=(1, 2), default=2)
    parser.add_argument('--chunk', type=int, default=16, help='log2 of the chunk size')
    parser.add_argument('--sequence', type=int, default=0)
    parser.add_argument('--stream', type=int, default=0)
    parser.add_argument('--cover', help='a JPEG to put in front')
    parser.add_argument('--unknown-entry', default='', help='an extension entry that no reader knows')
    options = parser.parse_args()
    write = write_v1 if options.version == 1 else write_v2
    data = write(options.key, options, sys.stdin.buffer.read())
    pathlib.Path(options.file).write_bytes(data)


if __name__ == '__main__':
    main()
