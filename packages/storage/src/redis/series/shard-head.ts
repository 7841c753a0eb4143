import type { Fill, RedisConnection } from '../connection/redis-connection.js';

export interface Segment {
  readonly segment: number;
  /** Known once it is sealed. */
  readonly length: number | null;
}

/** The counters of a shard; see `scripts.ts`. */
export interface ShardHead {
  readonly era: string;
  /** As text: for comparing, and for scripts. */
  readonly version: string;
  readonly recent: readonly string[];
  readonly nextId: number;
  readonly names: number;
  readonly last: number;
  /** Kept ones, ascending; those up to `sealed` for followers only. */
  readonly segments: readonly Segment[];
  readonly sealed: number;
  readonly dropped: Segment | null;
  readonly bytes: number;
  readonly extents: string;
  readonly garbage: boolean;
}

const fields = ['era', 'version', 'recent', 'nextId', 'names', 'last', 'segments', 'sealed', 'dropped', 'bytes', 'extents', 'garbage'] as const;

/** Reads a head in a pipeline; `parseHead` takes the reply. */
export const headFill = (key: string): Fill => (pipeline) => pipeline.hmget(key, ...fields);

/** null: there is none, or what there is was not written by us. */
export function parseHead(reply: unknown): ShardHead | null {
  if (!Array.isArray(reply) || typeof reply[0] !== 'string') return null;
  const text = Object.fromEntries(fields.map((field, i) => [field, String(reply[i] ?? '')])) as Record<(typeof fields)[number], string>;
  const numbers = { nextId: Number(text.nextId), names: Number(text.names), last: Number(text.last), sealed: Number(text.sealed), bytes: Number(text.bytes) };
  if (!/^\d{1,16}$/.test(text.version) || !Object.values(numbers).every((number) => Number.isSafeInteger(number) && number >= 0)) return null;
  const segments = text.segments === '' ? [] : text.segments.split(',').map(parseSegment);
  return { era: text.era, version: text.version, recent: text.recent.split(','), ...numbers, segments, dropped: text.dropped === '' ? null : parseSegment(text.dropped), extents: text.extents, garbage: text.garbage === '1' };
}

export async function readHead(connection: RedisConnection, key: string): Promise<ShardHead | null> {
  return parseHead(await connection.read((client) => client.hmget(key, ...fields)));
}

export const unsealed = ({ segments, sealed }: ShardHead): readonly Segment[] => segments.filter(({ segment }) => segment > sealed);

function parseSegment(entry: string): Segment {
  const [segment = '0', length] = entry.split(':');
  return { segment: Number(segment), length: length === undefined ? null : Number(length) };
}
