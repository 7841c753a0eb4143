import { decodeBlock, encodeBlock } from '@skylark/algorithms';
import type { Anomaly, Collection, Series, ShapeDocument, StateRecord } from '@skylark/core';
import { z } from 'zod';

/** The first part of a backup. */
export const backupHeader = z.object({
  id: z.string().min(1).max(100),
  /** Seconds: nothing acknowledged before it is missing. */
  startedAt: z.number(),
  version: z.string(),
  backend: z.enum(['embedded', 'servers']),
  shards: z.int().min(1),
  retentionSeconds: z.number().nullable(),
});
export type BackupHeader = z.infer<typeof backupHeader>;

/** How much there is of everything; of what changed while it was taken some count twice. */
export const backupTotals = z.object({ metrics: z.number(), datapoints: z.number(), anomalies: z.number(), shapes: z.number(), collections: z.number(), state: z.number() });
export type BackupTotals = z.infer<typeof backupTotals>;

export const noTotals = (): { -readonly [Key in keyof BackupTotals]: number } => ({ metrics: 0, datapoints: 0, anomalies: 0, shapes: 0, collections: 0, state: 0 });

export const toJson = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
export const fromJson = (payload: Buffer): unknown => JSON.parse(payload.toString('utf8'));

/** One stretch of one metric: length of the name (2), name, length of the block (4), block as in the store. Little-endian. */
export function encodeSeries({ metric, timestamps, values }: Series): Buffer {
  const name = Buffer.from(metric);
  const block = encodeBlock(timestamps, values);
  const head = Buffer.alloc(6);
  head.writeUInt16LE(name.length);
  head.writeUInt32LE(block.length, 2);
  return Buffer.concat([head, name, block]);
}

/** @throws SkylarkError bad-block */
export function* decodeSeries(payload: Buffer): Generator<Series> {
  for (let at = 0; at < payload.length; ) {
    const name = at + 6;
    const block = name + payload.readUInt16LE(at);
    const end = block + payload.readUInt32LE(at + 2);
    yield { metric: payload.toString('utf8', name, block), ...decodeBlock(payload.subarray(block, end)) };
    at = end;
  }
}

type Packed<Type extends Pick<Series, 'timestamps' | 'values'>> = Omit<Type, 'timestamps' | 'values'> & { readonly block: string };

const packed = <Type extends Pick<Series, 'timestamps' | 'values'>>({ timestamps, values, ...rest }: Type): Packed<Type> => ({ ...rest, block: Buffer.from(encodeBlock(timestamps, values)).toString('base64') });
const unpacked = <Rest extends { readonly block: string }>({ block, ...rest }: Rest): Omit<Rest, 'block'> & Pick<Series, 'timestamps' | 'values'> => ({ ...rest, ...decodeBlock(Buffer.from(block, 'base64')) });

export function encodeShapes(documents: readonly ShapeDocument[]): Buffer {
  return toJson(documents.map(({ vector, ...rest }) => ({ ...packed(rest), vector: Array.from(vector) })));
}

export function decodeShapes(payload: Buffer): ShapeDocument[] {
  const documents = fromJson(payload) as (Packed<Omit<ShapeDocument, 'vector'>> & { vector: number[] })[];
  return documents.map(({ vector, ...rest }) => ({ ...unpacked(rest), vector: Float32Array.from(vector) }));
}

export function encodeCollections(collections: readonly Collection[]): Buffer {
  return toJson(collections.map(({ series, ...rest }) => ({ ...rest, series: series.map(packed) })));
}

export function decodeCollections(payload: Buffer): Collection[] {
  const collections = fromJson(payload) as (Omit<Collection, 'series'> & { series: Packed<Series>[] })[];
  return collections.map(({ series, ...rest }) => ({ ...rest, series: series.map(unpacked) }));
}

export const decodeAnomalies = (payload: Buffer): Anomaly[] => fromJson(payload) as Anomaly[];
export const decodeState = (payload: Buffer): StateRecord[] => fromJson(payload) as StateRecord[];
