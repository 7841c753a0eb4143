import type { SeriesKind } from './series-model.js';

/** A metric of the demo: its name below `demo.`, what it is, its usual level. */
export interface DemoMetric {
  readonly name: string;
  readonly kind: SeriesKind;
  readonly level: number;
}

const regions = ['eu-1', 'us-1'];
const perRegion: readonly DemoMetric[] = [
  { name: 'web.REGION.http.requests.rate', kind: 'rhythm', level: 1240 },
  { name: 'web.REGION.http.latency.p50', kind: 'latency', level: 42 },
  { name: 'web.REGION.http.latency.p99', kind: 'latency', level: 310 },
  { name: 'web.REGION.http.errors.rate', kind: 'load', level: 4.2 },
  { name: 'web.REGION.cpu.busy', kind: 'load', level: 41 },
  { name: 'web.REGION.connections.open', kind: 'rhythm', level: 860 },
  { name: 'checkout.REGION.orders.rate', kind: 'rhythm', level: 57 },
  { name: 'checkout.REGION.payment.latency.p95', kind: 'latency', level: 540 },
  { name: 'checkout.REGION.payment.declined.rate', kind: 'load', level: 2.6 },
  { name: 'checkout.REGION.cpu.busy', kind: 'load', level: 33 },
  { name: 'search.REGION.queries.rate', kind: 'rhythm', level: 390 },
  { name: 'search.REGION.latency.p99', kind: 'latency', level: 128 },
  { name: 'search.REGION.heap.used', kind: 'load', level: 6.1e9 },
  { name: 'db.REGION.primary.queries.rate', kind: 'rhythm', level: 5200 },
  { name: 'db.REGION.primary.connections.active', kind: 'load', level: 118 },
  { name: 'db.REGION.primary.locks.waiting', kind: 'load', level: 7.5 },
  { name: 'db.REGION.replica-1.lag.ms', kind: 'latency', level: 85 },
  { name: 'db.REGION.replica-2.lag.ms', kind: 'latency', level: 92 },
  { name: 'cache.REGION.hits.rate', kind: 'rhythm', level: 9100 },
  { name: 'cache.REGION.misses.rate', kind: 'load', level: 610 },
  { name: 'cache.REGION.memory.used', kind: 'load', level: 3.4e9 },
  { name: 'queue.REGION.mail.depth', kind: 'load', level: 240 },
  { name: 'queue.REGION.mail.age.p95', kind: 'latency', level: 12 },
  { name: 'net.REGION.gateway.bytes.total', kind: 'counter', level: 4e9 },
  { name: 'batch.REGION.report.rows.rate', kind: 'bursts', level: 300 },
  { name: 'auth.REGION.login.failures', kind: 'sparse', level: 18 },
  { name: 'auth.REGION.tokens.issued.rate', kind: 'rhythm', level: 66 },
  { name: 'auth.REGION.latency.p95', kind: 'latency', level: 27 },
];

/** Fifty-six metrics of a shop in two regions, with names as people give them. */
export const demoMetrics: readonly DemoMetric[] = regions.flatMap((region) => perRegion.map(({ name, kind, level }) => ({ name: `demo.${name.replace('REGION', region)}`, kind, level })));

/** Metrics that fail together when the database of a region slows down, and by how many seconds each is behind the first; one moves too little to be found. */
export const overloadOf = (region: string): readonly { metric: string; lagSeconds: number; faint?: true }[] => [
  { metric: `demo.db.${region}.primary.locks.waiting`, lagSeconds: 0 },
  { metric: `demo.db.${region}.primary.connections.active`, lagSeconds: 30 },
  { metric: `demo.checkout.${region}.payment.latency.p95`, lagSeconds: 60 },
  { metric: `demo.web.${region}.http.latency.p99`, lagSeconds: 90 },
  { metric: `demo.web.${region}.http.errors.rate`, lagSeconds: 120 },
  { metric: `demo.web.${region}.connections.open`, lagSeconds: 40, faint: true },
];
