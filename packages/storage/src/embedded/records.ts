import { Packr } from 'msgpackr';

/** Small records as MessagePack: maps with their keys spelled out, so that any reader of the format can read them. */
export interface Records {
  pack(record: unknown): Uint8Array;
  /** The record keeps nothing of the bytes. */
  unpack<T>(bytes: Uint8Array): T;
}

export function createRecords(): Records {
  const packr = new Packr({ useRecords: false, copyBuffers: true });
  return {
    pack: (record) => packr.pack(record),
    unpack: <T>(bytes: Uint8Array): T => packr.unpack(bytes) as T,
  };
}
