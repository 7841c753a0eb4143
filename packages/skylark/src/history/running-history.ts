import type { Client } from '../cli/client.js';
import type { HistoryAccess } from './history-access.js';
import { replayAnswer } from './replay-shapes.js';

const pageSize = 1000;
/** Datapoints a request: well below the server's limit of 32 MiB, whatever the digits. */
const writeSize = 200_000;
/** The store takes timestamps below it; the API refuses times that no clock could show. */
const latest = 2 ** 32;

/** History of a running Skylark, over its HTTP interface. */
export function runningHistory(client: Client): HistoryAccess {
  return {
    async find(query) {
      const found: string[] = [];
      for (let offset = 0; ; offset += pageSize) {
        const { total, metrics } = (await client.get('/api/v1/metrics', { query, limit: pageSize, offset })) as { total: number; metrics: { metric: string }[] };
        found.push(...metrics.map(({ metric }) => metric));
        if (metrics.length === 0 || found.length >= total) return found;
      }
    },
    async read(metric, { from, until }) {
      const { timestamps, values } = (await client.get('/api/v1/series', { metric, from, until: Math.min(until, latest) })) as { timestamps: number[]; values: number[] };
      return { metric, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) };
    },
    async write({ metric, timestamps, values }, { leaveOutOld }) {
      let written = 0;
      for (let start = 0; start < timestamps.length; start += writeSize) {
        const part = { timestamps: Array.from(timestamps.subarray(start, start + writeSize)), values: Array.from(values.subarray(start, start + writeSize)) };
        const { accepted } = (await client.send('POST', '/api/v1/history', { metric, ...part, leaveOutOld })) as { accepted: number };
        written += accepted;
      }
      return written;
    },
    async replay(metric, request) {
      return replayAnswer.parse(await client.send('POST', '/api/v1/replay', { metric, ...request }));
    },
    close: async () => undefined,
  };
}
