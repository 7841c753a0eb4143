import type { Client } from '../cli/client.js';
import type { HistoryAccess } from './history-access.js';
import { replayAnswer } from './replay-shapes.js';

const pageSize = 1000;

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
      const { timestamps, values } = (await client.get('/api/v1/series', { metric, from, until })) as { timestamps: number[]; values: number[] };
      return { metric, timestamps: Float64Array.from(timestamps), values: Float64Array.from(values) };
    },
    async write({ metric, timestamps, values }) {
      await client.send('POST', '/api/v1/history', { metric, timestamps: Array.from(timestamps), values: Array.from(values) });
    },
    async replay(metric, request) {
      return replayAnswer.parse(await client.send('POST', '/api/v1/replay', { metric, ...request }));
    },
    close: async () => undefined,
  };
}
