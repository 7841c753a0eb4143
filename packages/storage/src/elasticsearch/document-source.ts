import { endianness } from 'node:os';
import { decodeBlock, encodeBlock, shapeVectorLength } from '@skylark/algorithms';
import { severityOf, SkylarkError, type ShapeDocument } from '@skylark/core';
import { checkId, maxIdBytes } from '../limits.js';
import { isObject, numberAt, textAt } from './replies.js';

/** What of a document is asked for to read it whole; the other fields are there to be searched and charted. */
export const storedFields = ['id', 'metric', 'kind', 'score', 'start', 'end', 'from', 'until', 'fingerprint', 'shape', 'data'] as const;

/**
 * A document as a line of JSON. Columns go as one block of the codec and the vector as its 128 bytes, both in base64: exact to the last bit.
 *
 * @param vectors whether the index can search vectors; then the vector goes along as numbers as well
 * @throws SkylarkError `bad-request` or `bad-block` for a document that no retry makes fit
 */
export function toSource(document: ShapeDocument, vectors: boolean): string {
  const { id, metric, kind, score, start, end, from, until, timestamps, values, fingerprint, vector } = document;
  checkId('document id', id);
  if (![score, start, end ?? 0, from, until].every(Number.isFinite)) throw badDocument(id, 'a time or the score is no finite number');
  if (vector.length !== shapeVectorLength) throw badDocument(id, `a vector of ${vector.length} numbers; it has ${shapeVectorLength}`);
  const tags = metric.includes(';') ? `,"tags":${JSON.stringify(metric.split(';').slice(1))}` : '';
  return `{"@timestamp":${Math.round(start * 1000)},"id":${JSON.stringify(id)},"metric":${JSON.stringify(metric)}${tags},"kind":${JSON.stringify(kind)}`
    + `,"severity":"${severityOf(score)}","score":${score},"start":${start},"end":${end},"from":${from},"until":${until},"fingerprint":${JSON.stringify(fingerprint)}`
    + `${vectors ? `,"vector":[${searchVector(vector).join(',')}]` : ''},"shape":"${base64(vectorBytes(vector))}","data":"${base64(encodeBlock(timestamps, values))}"}`;
}

/** Whether a text can be a document's id at all. */
export const isId = (id: string): boolean => id !== '' && Buffer.byteLength(id) <= maxIdBytes;

/** The document of a `_source`, or null when it is none of ours or damaged. */
export function fromSource(source: unknown): ShapeDocument | null {
  const [id, metric, kind, fingerprint, shape, data] = (['id', 'metric', 'kind', 'fingerprint', 'shape', 'data'] as const).map((key) => textAt(source, key));
  const [score, start, from, until] = (['score', 'start', 'from', 'until'] as const).map((key) => numberAt(source, key));
  const texts = { id, metric, kind, fingerprint };
  const numbers = { score, start, from, until };
  if (!isObject(source) || !holdsAll(texts) || !holdsAll(numbers) || shape == null || data == null) return null;
  const vector = toVector(shape);
  const columns = toColumns(data);
  return vector && columns && { ...texts, ...numbers, end: numberAt(source, 'end'), ...columns, vector };
}

function holdsAll<K extends string, V>(values: Record<K, V | null | undefined>): values is Record<K, V> {
  return Object.values(values).every((value) => value !== null && value !== undefined);
}

const badDocument = (id: string, reason: string): SkylarkError => new SkylarkError('bad-request', `document ${id}: ${reason}`);

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/**
 * A vector of unit length as it is searched: whole ten-thousandths, which are short to write and quick to read. Distances keep their order to about 0.0002.
 */
export function searchVector(vector: Float32Array): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < vector.length; i += 1) numbers.push(Math.round(vector[i]! * 10_000));
  return numbers;
}

/** Little-endian, whatever the machine is. */
function vectorBytes(vector: Float32Array): Uint8Array {
  const bytes = Buffer.from(vector.slice().buffer);
  return endianness() === 'LE' ? bytes : bytes.swap32();
}

/** The vector of its bytes; null for anything that is not 32 numbers. */
export function toVector(text: string): Float32Array | null {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 4 * shapeVectorLength) return null;
  return Float32Array.from({ length: shapeVectorLength }, (_, i) => bytes.readFloatLE(4 * i));
}

function toColumns(text: string): Pick<ShapeDocument, 'timestamps' | 'values'> | null {
  try {
    return decodeBlock(Buffer.from(text, 'base64'));
  } catch {
    return null;
  }
}
