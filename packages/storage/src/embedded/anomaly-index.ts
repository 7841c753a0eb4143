import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeBlock, encodeBlock } from '@skylark/algorithms';
import { isSkylarkError, SkylarkError, type AnomalyIndex, type CandidateQuery, type Clock, type PutFailure, type ShapeDocument } from '@skylark/core';
import { after, bytesOf, kindKey, kinds, readNumber, sequenceKey, textKey, type Kind } from './keys.js';
import { checkId, maxIdBytes } from '../limits.js';
import { phraseSlop } from './phrase-slop.js';
import type { Records } from './records.js';
import type { Tree, TreeReader, TreeWriter } from './tree.js';

/** What a scan for candidates looks at; the data lies apart. */
type Head = Pick<ShapeDocument, 'id' | 'metric' | 'fingerprint' | 'until'> & { vector: Uint8Array; asOf?: number };
type Data = Omit<ShapeDocument, 'fingerprint' | 'vector' | 'timestamps' | 'values'> & { block: Uint8Array };

const anomalies = 'anomalies';
/** The number of the generation `anomalies` until it is first replaced. */
const firstAnomalies = 0;
const documentsPerTransaction = 200;
/** A document of a later time than that was put before the clock was set back, and is as old as any. */
const mostAheadSeconds = 60;
/** Heads compared before the event loop gets its turn. */
const headsPerTurn = 500;

/** The embedded `AnomalyIndex` and the clearing away of generations that a kill left half made. */
export interface EmbeddedAnomalyIndex extends AnomalyIndex {
  clearLeftovers(): Promise<void>;
}

/**
 * The `AnomalyIndex` on the tree: candidates by exact scan, a generation's number in every key. `replace` fills a new number, turns
 * the name to it in one transaction and clears the old one.
 */
export function createAnomalyIndex(tree: Tree, records: Records, clock: Clock): EmbeddedAnomalyIndex {
  const numberOf = (reader: TreeReader, generation: string): number | null => {
    const payload = reader.get(textKey(kinds.generation, generation));
    if (payload) return records.unpack<number>(payload);
    return generation === anomalies ? firstAnomalies : null;
  };
  const anomaliesNumber = (reader: TreeReader): number => numberOf(reader, anomalies) ?? firstAnomalies;
  const heads = (reader: TreeReader, number: number): Head[] => {
    const found: Head[] = [];
    const prefix = sequenceKey(kinds.shapeHead, number);
    reader.scan(prefix, after(prefix), (_, payload) => void found.push(records.unpack<Head>(payload)));
    return found;
  };
  const documents = (number: number, ids: readonly string[]): ShapeDocument[] => ids.flatMap((id) => {
    const head = tree.get(shapeKey(kinds.shapeHead, number, id));
    const unpacked = head && records.unpack<Head>(head);
    const data = tree.get(shapeKey(kinds.shapeData, number, id));
    return unpacked && data ? [toDocument(unpacked, records.unpack<Data>(data))] : [];
  });
  const drop = (writer: TreeWriter, number: number, id: string): boolean => {
    writer.remove(shapeKey(kinds.shapeData, number, id));
    return writer.remove(shapeKey(kinds.shapeHead, number, id));
  };
  const dropAll = async (number: number): Promise<void> => {
    for (;;) {
      tree.fresh();
      const keys: Uint8Array[] = [];
      for (const kind of [kinds.shapeHead, kinds.shapeData]) {
        const prefix = sequenceKey(kind, number);
        tree.keys(prefix, after(prefix), (key) => keys.push(key) < documentsPerTransaction * 10);
      }
      if (keys.length === 0) return;
      await tree.write((writer) => keys.forEach((key) => writer.remove(key)));
    }
  };
  const isNewer = (payload: Uint8Array | undefined, asOf: number): boolean => {
    const there = payload === undefined ? 0 : (records.unpack<Head>(payload).asOf ?? 0);
    return there > asOf && there <= clock.now() + mostAheadSeconds;
  };
  const putAll = async (numberIn: (writer: TreeWriter) => number, given: readonly ShapeDocument[], asOf: number): Promise<PutFailure[]> => {
    const failures: PutFailure[] = [];
    const sound = given.flatMap((document) => {
      try {
        return [{ id: document.id, ...toParts(document, records, asOf) }];
      } catch (error) {
        if (!isSkylarkError(error)) throw error;
        failures.push({ id: document.id, reason: error.message });
        return [];
      }
    });
    for (let i = 0; i < sound.length; i += documentsPerTransaction) {
      await tree.write((writer) => {
        const number = numberIn(writer);
        for (const { id, head, data } of sound.slice(i, i + documentsPerTransaction)) {
          if (isNewer(writer.get(shapeKey(kinds.shapeHead, number, id)), asOf)) continue;
          writer.put(shapeKey(kinds.shapeHead, number, id), head);
          writer.put(shapeKey(kinds.shapeData, number, id), data);
        }
      });
    }
    return failures;
  };
  return {
    put: (given, asOf = clock.now()) => putAll(anomaliesNumber, given, asOf),
    async get(ids) {
      tree.fresh();
      return documents(anomaliesNumber(tree), ids.filter(isId));
    },
    async candidates(query, { limit, after: last, generation = anomalies }) {
      tree.fresh();
      const number = numberOf(tree, generation);
      if (number === null) return [];
      const ids = await rank(heads(tree, number), query);
      const start = last === undefined ? 0 : ids.findIndex((id) => compareIds(id, last) > 0);
      const paged = query.by === 'all' || query.by === 'metric' ? (start < 0 ? [] : ids.slice(start)) : ids;
      return documents(number, paged.slice(0, limit));
    },
    async replace(generation, batches) {
      const number = await tree.write((writer) => takeNumber(writer, records));
      const failures: PutFailure[] = [];
      const ids = new Set<string>();
      for await (const batch of batches) {
        const failed = await putAll(() => number, batch, clock.now());
        failures.push(...failed);
        for (const { id } of batch) ids.add(id);
        for (const { id } of failed) ids.delete(id);
      }
      const { old, isOvertaken } = await tree.write((writer) => {
        const before = numberOf(writer, generation);
        if (before !== null && before > number) return { old: number, isOvertaken: true };
        writer.put(textKey(kinds.generation, generation), records.pack(number));
        return { old: before, isOvertaken: false };
      });
      if (old !== null) await dropAll(old);
      if (isOvertaken) throw new SkylarkError('index-away', `${generation} was made anew meanwhile`);
      return { documents: ids.size, failures };
    },
    async remove(selection) {
      tree.fresh();
      let removed = 0;
      for (const number of new Set([anomaliesNumber(tree), ...namedNumbers(tree, records)])) {
        const ids = 'ids' in selection ? selection.ids.filter(isId) : heads(tree, number).filter(selectedBy(selection)).map(({ id }) => id);
        for (let i = 0; i < ids.length; i += documentsPerTransaction) {
          const some = ids.slice(i, i + documentsPerTransaction);
          removed += await tree.write((writer) => some.filter((id) => drop(writer, number, id)).length);
        }
      }
      return removed;
    },
    async count() {
      tree.fresh();
      let count = 0;
      const prefix = sequenceKey(kinds.shapeHead, anomaliesNumber(tree));
      tree.keys(prefix, after(prefix), () => void (count += 1));
      return count;
    },
    async clearLeftovers() {
      tree.fresh();
      const named = new Set([anomaliesNumber(tree), ...namedNumbers(tree, records)]);
      for (const number of numbersWithDocuments(tree)) if (!named.has(number)) await dropAll(number);
    },
  };
}

const isId = (id: string): boolean => id !== '' && Buffer.byteLength(id) <= maxIdBytes;
const shapeKey = (kind: Kind, number: number, id: string): Uint8Array => Buffer.concat([sequenceKey(kind, number), bytesOf(id)]);
const compareIds = (a: string, b: string): number => Buffer.compare(bytesOf(a), bytesOf(b));

/** @throws SkylarkError `bad-request` or `bad-block` for a document that no retry makes fit. */
function toParts(document: ShapeDocument, records: Records, asOf: number): { head: Uint8Array; data: Uint8Array } {
  const { id, metric, kind, score, start, end, from, until, timestamps, values, fingerprint, vector } = document;
  checkId('document id', id);
  const bytes = new Uint8Array(Float32Array.from(vector).buffer);
  return {
    head: records.pack({ id, metric, fingerprint, until, vector: bytes, asOf } satisfies Head),
    data: records.pack({ id, metric, kind, score, start, end, from, until, block: encodeBlock(timestamps, values) } satisfies Data),
  };
}

function toDocument({ fingerprint, vector }: Head, { block, ...data }: Data): ShapeDocument {
  return { ...data, ...decodeBlock(block), fingerprint, vector: toVector(vector) };
}

const toVector = (bytes: Uint8Array): Float32Array => new Float32Array(Uint8Array.from(bytes).buffer);

/** Ids of the candidates: nearest first, or by id. */
async function rank(heads: readonly Head[], query: CandidateQuery): Promise<string[]> {
  if (query.by === 'all') return heads.map(({ id }) => id);
  if (query.by === 'metric') return heads.filter(({ metric }) => metric === query.metric).map(({ id }) => id);
  const words = query.by === 'fingerprint' ? wordsOf(query.fingerprint) : [];
  const ranked: { id: string; distance: number }[] = [];
  for (const [i, { id, fingerprint, vector }] of heads.entries()) {
    const distance = query.by === 'vector' ? vectorDistance(query.vector, toVector(vector)) : phraseSlop(words, wordsOf(fingerprint), query.slop);
    if (distance !== null) ranked.push({ id, distance });
    if (i % headsPerTurn === headsPerTurn - 1) await nextTurn();
  }
  return ranked.sort((a, b) => a.distance - b.distance || compareIds(a.id, b.id)).map(({ id }) => id);
}

const wordsOf = (fingerprint: string): string[] => fingerprint.split(' ').filter((word) => word !== '');

function vectorDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i]! - (b[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

function selectedBy(selection: { metrics: readonly string[] } | { untilBefore: number }): (head: Head) => boolean {
  if ('untilBefore' in selection) return ({ until }) => until < selection.untilBefore;
  const metrics = new Set(selection.metrics);
  return ({ metric }) => metrics.has(metric);
}

function namedNumbers(reader: TreeReader, records: Records): number[] {
  const numbers: number[] = [];
  const prefix = kindKey(kinds.generation);
  reader.scan(prefix, after(prefix), (key, payload) => {
    if (key.length > prefix.length) numbers.push(records.unpack<number>(payload));
  });
  return numbers;
}

/** A number that no generation has or ever had; the last one taken lies under the empty name. */
function takeNumber(writer: TreeWriter, records: Records): number {
  const payload = writer.get(kindKey(kinds.generation));
  const number = Math.max(payload ? records.unpack<number>(payload) : 0, ...namedNumbers(writer, records), ...numbersWithDocuments(writer)) + 1;
  writer.put(kindKey(kinds.generation), records.pack(number));
  return number;
}

function numbersWithDocuments(reader: TreeReader): number[] {
  const numbers: number[] = [];
  for (const kind of [kinds.shapeHead, kinds.shapeData]) {
    for (let next = 0, found = true; found; ) {
      found = false;
      reader.keys(sequenceKey(kind, next), after(kindKey(kind)), (key) => {
        const number = readNumber(key, 1, 6);
        numbers.push(number);
        next = number + 1;
        found = true;
        return false;
      });
    }
  }
  return [...new Set(numbers)];
}
