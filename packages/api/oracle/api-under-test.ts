import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileMatcher, createNameIndex } from '@skylark/algorithms';
import { createAlertBook, createShapesOf, readIncidents } from '@skylark/analyzer';
import { type AnomalyFinding, type Backend, type Clock, type Logger, silentLogger } from '@skylark/core';
import { createScorer } from '@skylark/scorer';
import { openEmbedded } from '@skylark/storage/embedded';
import type { Api, ApiOptions, ReadOptions } from '../src/api-options.js';
import { createApi } from '../src/create-api.js';
import type { AlertFunctions } from '../src/routes/alerts.js';
import { listenHttp } from '../src/listen-http.js';

export const systemClock: Clock = {
  now: () => Date.now() / 1000,
  elapsedMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, ms).unref();
      signal?.addEventListener('abort', finish, { once: true });
    }),
};

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body as JSON; whatever it is not, throws. */
  json<T = Record<string, unknown>>(): T;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is text or bytes. */
  readonly body?: unknown;
}

export interface ApiUnderTest {
  readonly host: string;
  readonly port: number;
  readonly backend: Backend;
  readonly api: Api;
  readonly logged: { readonly level: string; readonly event: string; readonly fields: unknown }[];
  /** One request on a connection of its own, sent exactly as given. */
  readonly ask: (path: string, options?: AskOptions) => Promise<Reply>;
  /** A request whose answer is read as it comes. */
  readonly open: (path: string, options?: AskOptions) => Promise<IncomingMessage>;
  readonly write: (metric: string, points: readonly (readonly [timestamp: number, value: number])[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export type UnderTestOptions = Partial<Omit<ApiOptions, 'read'>> & { readonly read?: Partial<ReadOptions> | null; readonly host?: string };

function alertsOf({ anomalies: log, state, index, series }: Backend, clock: Clock): AlertFunctions {
  let ids = 0;
  const book = createAlertBook({ log, state, clock, newId: () => `id-${(ids += 1)}`, minScore: 50, shapesOf: createShapesOf({ index, series }) });
  return { book, incidents: (window) => readIncidents(log, window), related: async () => [], notifications: async () => [] };
}

/** The API on a free port, in front of a real embedded store in a fresh folder. */
export async function startApi({ read, host = '127.0.0.1', ...options }: UnderTestOptions = {}): Promise<ApiUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'skylark-api-'));
  const clock = options.clock ?? systemClock;
  const logged: ApiUnderTest['logged'] = [];
  const log = (level: string) => (event: string, fields?: unknown) => void logged.push({ level, event, fields });
  const logger: Logger = { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
  const backend = await openEmbedded({ folder, retentionSeconds: null, clock, logger: silentLogger, shards: 4 });
  const { search, changes, seenBefore } = createScorer({ series: backend.series, index: backend.index, log: backend.anomalies, collections: backend.collections, clock, logger: silentLogger });
  const api = createApi({
    ...{ version: '1.2.3', clock, logger, access: { tokens: [] }, probes: [() => backend.health()], samplers: [() => backend.samples()] },
    ...options,
    ...(read === null
      ? {}
      : {
          read: {
            ...{ backend, search, changes, seenBefore, alerts: alertsOf(backend, clock), stages: () => [{ name: 'horizon', ratePerSecond: 0, lagSeconds: 0, dropped: 0 }] },
            names: { createNameIndex, compileMatcher },
            async removeMetrics(metrics) {
              await backend.anomalies.remove({ metrics });
              return backend.series.remove(metrics);
            },
            ...read,
          },
        }),
  });
  const listener = await listenHttp({ app: api.app, host, port: 0, clock });
  const { port } = listener.address;
  return {
    ...{ host, port, backend, api, logged },
    ask: async (path, asked) => readReply(await openReply({ host, port, path, ...asked })),
    open: (path, asked) => openReply({ host, port, path, ...asked }),
    async write(metric, points) {
      const [handle = 0] = await backend.series.handles([metric]);
      const handles = new Uint32Array(points.length).fill(handle);
      await backend.series.append({ handles, timestamps: Float64Array.from(points, ([time]) => time), values: Float64Array.from(points, ([, value]) => value), length: points.length });
    },
    async stop() {
      await api.close();
      await listener.close(100);
      await backend.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function openReply({ host, port, path, method = 'GET', headers = {}, body }: AskOptions & { host: string; port: number; path: string }): Promise<IncomingMessage> {
  const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
  const payload = raw ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path, method, agent: false, headers: { ...(payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }), ...(raw ? {} : { 'content-type': 'application/json' }), ...headers } }, resolve);
    sent.once('error', reject);
    sent.end(payload);
  });
}

export async function readReply(message: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: message.statusCode ?? 0, headers: message.headers, text, json: <T>() => JSON.parse(text) as T };
}

/** A finding to record, open unless told otherwise. */
export function finding(change: Partial<AnomalyFinding> & { readonly id: string; readonly metric: string }): AnomalyFinding {
  return {
    ...{ kind: 'deviation', state: 'open', start: 1000, end: null, peak: 1060, value: 42, score: 66.7, expected: { low: 1, high: 2 }, votes: { 'first-hour-average': true, grubbs: false, 'ks-test': null } },
    ...{ detectors: [{ name: 'grubbs', vote: false, statistic: 1.5, threshold: 3, explanation: '1.5 is below 3.' }], explanation: '42, expected 1 to 2.', lastFlagged: 1060, updated: 1060 },
    ...change,
  };
}
