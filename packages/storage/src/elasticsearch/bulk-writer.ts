import { SkylarkError, type Clock, type PutFailure } from '@skylark/core';
import { RefusedError, type ElasticConnection, type ElasticReply } from './elastic-connection.js';
import type { IndexCounters } from './index-counters.js';
import { isObject, listAt, numberAt, reasonIn, textAt, type JsonObject } from './replies.js';

/** One document's change. */
export interface BulkItem {
  /** The alias it is written through; a name that is no alias is refused by the server. */
  readonly alias: string;
  readonly id: string;
  /** A change with a lower version than the document has is left out: one that arrives late undoes nothing. */
  readonly version: number;
  /** JSON of one line; null deletes. */
  readonly source: string | null;
}

export interface BulkOptions {
  /** How often busy documents are sent in all. */
  readonly tries: number;
  /** Whether a request without a reply is sent again, too; else it rejects at once. */
  readonly patient: boolean;
  /** Of one request; default the connection's. */
  readonly timeoutMs?: number;
  /** Called for an alias that is missing, answers the one to use in its place; without it, that rejects. */
  readonly recreate?: (alias: string) => Promise<string>;
}

/**
 * Writes changes in requests of bounded size, and again what the server was too busy for (429 and 5xx, growing pauses with jitter, at least Retry-After).
 * What already has a newer version counts as done (409), and so does a deletion of what is not there.
 *
 * @returns the documents refused for good, and those that had a newer version
 * @throws SkylarkError `index-away` when some are still not written; which, is not known
 */
export type BulkWriter = (items: readonly BulkItem[], options: BulkOptions) => Promise<BulkOutcome>;

export interface BulkOutcome {
  readonly failures: PutFailure[];
  readonly overtaken: BulkItem[];
}

const mostItems = 1000;
const mostBytes = 4 * 1024 * 1024;
const firstPauseMs = 200;
const longestPauseMs = 5000;

export interface BulkWriterOptions {
  readonly connection: ElasticConnection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly counters: IndexCounters;
}

export function createBulkWriter({ connection, random, counters }: BulkWriterOptions): BulkWriter {
  return async (items, options) => {
    const outcome: BulkOutcome = { failures: [], overtaken: [] };
    let pending = items;
    for (let attempt = 1; pending.length > 0; attempt += 1) {
      const round = emptyRound();
      for (const slice of slices(pending)) await send(slice, { connection, options, round });
      outcome.failures.push(...round.failures);
      outcome.overtaken.push(...round.overtaken);
      pending = round.again;
      if (pending.length === 0) break;
      if (attempt >= options.tries) throw new SkylarkError('index-away', `${pending.length} of ${items.length} documents are not written: ${round.reason}`);
      counters.repeated(pending.length);
      for (const alias of round.missing) {
        const instead = await recreate(alias, options);
        pending = pending.map((item) => (item.alias === alias ? { ...item, alias: instead } : item));
      }
      await connection.pause(Math.max(round.retryAfterMs, pauseMs(attempt, random)));
    }
    return outcome;
  };
}

/** What one pass over the pending documents came to. */
interface Round extends BulkOutcome {
  readonly again: BulkItem[];
  readonly missing: Set<string>;
  retryAfterMs: number;
  reason: string;
}

const emptyRound = (): Round => ({ again: [], failures: [], overtaken: [], missing: new Set(), retryAfterMs: 0, reason: '' });

const pauseMs = (attempt: number, random: () => number): number => Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1)) * (1 - random() / 2);

function recreate(alias: string, { recreate: make }: BulkOptions): Promise<string> {
  if (!make) throw new SkylarkError('index-away', `the index behind ${alias} is gone`);
  return make(alias);
}

interface Sending {
  readonly connection: ElasticConnection;
  readonly options: BulkOptions;
  readonly round: Round;
}

async function send(items: readonly BulkItem[], { connection, options, round }: Sending): Promise<void> {
  try {
    // A bare name would make an index with a guessed mapping; the reply says no more than what is looked at.
    const query = { require_alias: true, filter_path: 'errors,items.*._id,items.*.status,items.*.error' };
    settle(items, await connection.request({ method: 'POST', path: '/_bulk', query, lines: items.map(lineOf).join(''), ...(options.timeoutMs !== undefined && { timeoutMs: options.timeoutMs }) }), round);
  } catch (error) {
    if (error instanceof RefusedError && error.status === 413 && items.length > 1) return sendHalves(items, { connection, options, round });
    if (error instanceof RefusedError && error.status === 413) return void round.failures.push({ id: items[0]!.id, reason: 'too large for the index' });
    const busy = error instanceof RefusedError && (error.status === 429 || error.status >= 500);
    if (!(error instanceof SkylarkError) || error.code !== 'index-away' || !(busy || options.patient)) throw error;
    round.again.push(...items);
    round.reason = error.detail;
    round.retryAfterMs = Math.max(round.retryAfterMs, (error instanceof RefusedError ? error.retryAfterMs : null) ?? 0);
  }
}

async function sendHalves(items: readonly BulkItem[], sending: Sending): Promise<void> {
  const half = items.length >> 1;
  await send(items.slice(0, half), sending);
  await send(items.slice(half), sending);
}

function lineOf({ alias, id, version, source }: BulkItem): string {
  const action = `{"_index":${JSON.stringify(alias)},"_id":${JSON.stringify(id)},"version":${version},"version_type":"external_gte"}`;
  return source === null ? `{"delete":${action}}\n` : `{"index":${action}}\n${source}\n`;
}

/** @throws SkylarkError `index-away` for a reply that does not say what became of each document, in order */
function settle(items: readonly BulkItem[], { body }: ElasticReply, round: Round): void {
  const results = listAt(body, 'items')?.map(resultOf) ?? [];
  if (results.length !== items.length || results.some((result, i) => result === null || result.id !== items[i]!.id)) {
    throw new SkylarkError('index-away', `garbage: the reply to a bulk of ${items.length} does not fit`);
  }
  items.forEach((item, i) => settleItem(item, results[i]!, round));
}

interface ItemResult {
  readonly id: string;
  readonly status: number;
  readonly error: unknown;
}

function resultOf(entry: unknown): ItemResult | null {
  const inner = isObject(entry) ? Object.values(entry)[0] : null;
  const [id, status] = [textAt(inner, '_id'), numberAt(inner, 'status')];
  return id === null || status === null ? null : { id, status, error: (inner as JsonObject)['error'] };
}

function settleItem(item: BulkItem, { status, error }: ItemResult, round: Round): void {
  const type = textAt(error, 'type');
  const missing = type === 'index_not_found_exception';
  if (status === 409) return void round.overtaken.push(item);
  if (!missing && (status < 300 || (status === 404 && item.source === null))) return;
  if (missing && item.source === null) return;
  if (!missing && !isBlocked(status, error) && status !== 429 && status < 500) return void round.failures.push({ id: item.id, reason: reasonIn(error).slice(0, 1000) });
  round.again.push(item);
  round.reason = `HTTP ${status}: ${reasonIn(error)}`.slice(0, 300);
  if (missing) round.missing.add(item.alias);
}

/** Refusals that are about the index, not the document: they pass when somebody frees the disk, opens the index, mends the alias or the permission. */
function isBlocked(status: number, error: unknown): boolean {
  const type = textAt(error, 'type');
  return status === 401 || status === 403 || type === 'cluster_block_exception' || type === 'index_closed_exception' || /no write index/.test(textAt(error, 'reason') ?? '');
}

/** Slices of at most 1,000 documents and 4 MiB (or one document). */
function* slices(items: readonly BulkItem[]): Generator<BulkItem[]> {
  let slice: BulkItem[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = (item.source?.length ?? 0) + 200;
    if (slice.length > 0 && (slice.length >= mostItems || bytes + size > mostBytes)) {
      yield slice;
      [slice, bytes] = [[], 0];
    }
    slice.push(item);
    bytes += size;
  }
  if (slice.length > 0) yield slice;
}
