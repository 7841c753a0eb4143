import { crc32c, type StreamDetector } from '@skylark/algorithms';
import type { MetricRules } from './stream-context.js';
import { addRow, emptyStates, type Pending, type ShardStates } from './shard-states.js';

/**
 * A shard's states as bytes, in parts of at most `maxPartBytes` that each stand alone: u32 length of the header, u32 CRC-32C of all that follows, the
 * header in JSON, zeroes up to a multiple of 8, then one state after the other, doubles as they are in memory.
 */
interface PartHeader {
  readonly format: 1;
  /** Whose states these are: name, version and length of the detector, and the settings they depend on. Another key: not usable. */
  readonly key: string;
  readonly parts: number;
  readonly cursor: string | null;
  readonly slotTime: number;
  readonly metrics: readonly string[];
  /** Newest timestamp stepped per metric; null: none. */
  readonly last: readonly (number | null)[];
  readonly behind: readonly number[];
  readonly pending: readonly (readonly [metric: string, pending: Pending])[];
}

const maxPartBytes = 32 * 2 ** 20;
/** What a row takes in the header at most, roughly, names aside. */
const headerBytesPerRow = 64;

export const stateKey = ({ name, stateVersion, stateLength }: StreamDetector, settingsKey: string): string => `${name} ${stateVersion} ${stateLength} ${settingsKey}`;

/** The parts to keep under numbers from 0. Copies: the states may go on changing. */
export function encodeStates(states: ShardStates, key: string, slotTime: number): Uint8Array[] {
  const groups: string[][] = [];
  let room = 0;
  for (const metric of states.rows.keys()) {
    const bytes = states.slab.rowLength * 8 + headerBytesPerRow + 3 * metric.length;
    if (groups.length === 0 || bytes > room) {
      groups.push([]);
      room = maxPartBytes;
    }
    groups.at(-1)!.push(metric);
    room -= bytes;
  }
  const parts = groups.length === 0 ? [[]] : groups;
  return parts.map((metrics) => encodePart(states, metrics, { key, slotTime, parts: parts.length }));
}

function encodePart({ rows, slab, pending, cursor }: ShardStates, metrics: readonly string[], { key, slotTime, parts }: { key: string; slotTime: number; parts: number }): Uint8Array {
  const of = metrics.map((metric) => rows.get(metric)!);
  const header: PartHeader = {
    format: 1,
    key,
    parts,
    cursor,
    slotTime,
    metrics,
    last: of.map(({ last }) => (last === -Infinity ? null : last)),
    behind: of.flatMap(({ behind }, i) => (behind ? [i] : [])),
    pending: metrics.flatMap((metric) => (pending.has(metric) ? [[metric, pending.get(metric)!] as const] : [])),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = statesAt(text.length);
  const bytes = new Uint8Array(start + of.length * slab.rowLength * 8);
  bytes.set(text, textAt);
  const doubles = new Float64Array(bytes.buffer, start);
  of.forEach(({ number }, i) => doubles.set(slab.row(number), i * slab.rowLength));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, text.length, true);
  view.setUint32(4, crc32c(bytes.subarray(textAt)), true);
  return bytes;
}

const textAt = 8;
const statesAt = (headerLength: number): number => Math.ceil((textAt + headerLength) / 8) * 8;

interface Part {
  readonly header: PartHeader;
  readonly doubles: Float64Array;
}

/** How many parts a snapshot has, by its first; 0: not usable under this key. */
export const partsOf = (first: Uint8Array | null, key: string): number => readPart(first, key)?.header.parts ?? 0;

/**
 * The states of these parts. A part that is missing, damaged or of another key costs its metrics what was learned of them; parts of different slots fit
 * together all the same, because what a state knows already changes nothing: the shard's log is followed from the oldest.
 */
export function decodeStates(parts: readonly (Uint8Array | null)[], detector: StreamDetector, key: string, rulesOf: (metric: string) => MetricRules): ShardStates {
  const states = emptyStates(detector.stateLength);
  const usable = parts.flatMap((part) => readPart(part, key) ?? []);
  for (const { header, doubles } of usable) {
    const behind = new Set(header.behind);
    header.metrics.forEach((metric, i) => {
      const row = addRow(states, metric, rulesOf(metric));
      states.slab.row(row.number).set(doubles.subarray(i * detector.stateLength, (i + 1) * detector.stateLength));
      row.last = header.last[i] ?? -Infinity;
      row.behind = behind.has(i);
    });
    for (const [metric, pending] of header.pending) states.pending.set(metric, pending);
  }
  const oldest = usable.toSorted((a, b) => a.header.slotTime - b.header.slotTime)[0];
  states.cursor = oldest?.header.cursor ?? null;
  states.savedAt = oldest?.header.slotTime ?? -Infinity;
  states.savedBehind = usable.length === 0 ? null : usable.reduce((total, { header }) => total + header.behind.length, 0);
  return states;
}

function readPart(bytes: Uint8Array | null, key: string): Part | null {
  if (bytes === null || bytes.length < textAt) return null;
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const view = new DataView(aligned.buffer, aligned.byteOffset);
  const length = view.getUint32(0, true);
  if (textAt + length > aligned.length || view.getUint32(4, true) !== crc32c(aligned.subarray(textAt))) return null;
  const header = JSON.parse(new TextDecoder().decode(aligned.subarray(textAt, textAt + length))) as PartHeader;
  if (header.format !== 1 || header.key !== key) return null;
  const start = statesAt(length);
  return { header, doubles: new Float64Array(aligned.buffer, aligned.byteOffset + start, (aligned.length - start) / 8) };
}
