// What passes between a connection and the worker that opens its sealed pictures.

export type ToOpener =
  | { type: 'begin'; id: number }
  | { type: 'agree'; id: number; serverPublicKey: Uint8Array<ArrayBuffer> }
  /** Handed over: what is opened comes back in the same memory. */
  | { type: 'open'; id: number; message: Uint8Array<ArrayBuffer> }
  | { type: 'end'; id: number };

export type FromOpener =
  | { type: 'begun'; id: number; publicKey: Uint8Array<ArrayBuffer> }
  | { type: 'opened'; id: number; message: Uint8Array<ArrayBuffer> }
  /** It does not open, and no key comes about: nothing more comes of this connection. */
  | { type: 'refused'; id: number; reason: 'altered' | 'agreement' };
