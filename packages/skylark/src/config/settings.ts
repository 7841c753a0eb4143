import { compileMatcher, detectorNames } from '@skylark/algorithms';
import { z } from 'zod';
import { duration } from './units.js';

/** One public setting: how it is checked, what it is when nobody says, what it means. Section 3 of the interface. */
interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** As it would be written in the file; absent: unset, the role decides. */
  readonly fallback?: unknown;
  readonly secret?: true;
  readonly help: string;
}

const setting = <Schema extends z.ZodType>(schema: Schema, fallback: unknown, help: string): Setting<Schema> => ({ schema, fallback, help });
const secret = <Schema extends z.ZodType>(schema: Schema, help: string): Setting<Schema> => ({ schema, secret: true, help });

const port = z.int('a port number').min(0, 'a port is 0 to 65535').max(65_535, 'a port is 0 to 65535');
const count = z.int('a whole number').min(0);
const text = z.string();
const pattern = z
  .string()
  .min(1)
  .superRefine((given, context) => {
    try {
      compileMatcher(given);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'not a pattern' });
    }
  });
const timeZone = z.string().refine((zone) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== null;
  } catch {
    return false;
  }
}, 'an IANA time zone, such as Europe/Berlin');
const token = z.string().min(16, 'a token has at least 16 characters');
const detectionRule = z.strictObject({
  match: pattern,
  detectors: z.array(z.enum(detectorNames as [string, ...string[]])).min(1).optional(),
  consensus: z.int().min(1).optional(),
  direction: z.enum(['up', 'down', 'both']).optional(),
  minAbsolute: z.number().min(0).optional(),
  minRelative: z.number().min(0).optional(),
  low: z.number().optional(),
  high: z.number().optional(),
});

/** Every setting by its public name. Files, environment, flags, `config print` and the schema are all made of this table. */
export const settings = {
  'store.retention': setting(z.union([z.literal('forever').transform(() => null), duration(3600)]), '14d', 'how long datapoints are kept; forever'),
  'store.shards': setting(z.int().min(1).max(4096), 64, 'shards of a new store; kept in it, later changes are ignored'),
  'analyzer.window': setting(duration(60), '24h', 'what the nine look at (Skyline: FULL_DURATION)'),
  'analyzer.interval': setting(duration(1), '60s', 'one round a slot of this length'),
  'analyzer.ensemble': setting(z.enum(['nine', 'default']), 'default', 'which ensemble judges: default, datapoint by datapoint; nine, the tests of Skyline'),
  'analyzer.consensus': setting(z.int().min(1).max(9), 6, 'votes of the nine that make an anomaly (CONSENSUS)'),
  'analyzer.dialect': setting(z.enum(['etsy', 'fixed']), 'fixed', 'etsy: a quiet median_absolute_deviation abstains, as in the original'),
  'analyzer.stalePeriod': setting(duration(), '500s', 'a series silent for longer is skipped (STALE_PERIOD)'),
  'analyzer.minTolerableLength': setting(count, 1, 'shorter series are skipped (MIN_TOLERABLE_LENGTH)'),
  'analyzer.maxTolerableBoredom': setting(count, 100, 'how many last values are looked at for boredom (MAX_TOLERABLE_BOREDOM)'),
  'analyzer.boredomSetSize': setting(count, 1, 'that many distinct values are boring (BOREDOM_SET_SIZE)'),
  'analyzer.secondOrder': setting(z.boolean(), false, 'judge the intervals between triggers too (ENABLE_SECOND_ORDER)'),
  'analyzer.openAt': setting(z.number().min(0).max(100), 25, 'the score at which an anomaly opens'),
  'analyzer.quietTime': setting(duration().optional(), undefined, 'closes after; default max(5m, 3 x resolution)'),
  'analyzer.reopenWithin': setting(duration().optional(), undefined, 'reopens within; default max(15m, 9 x resolution)'),
  'analyzer.stoppedAfter': setting(duration().optional(), undefined, 'a metric silent for longer has stopped; default max(500s, 5 x resolution)'),
  'analyzer.timeZone': setting(timeZone.optional(), undefined, 'in which days and weeks begin for the ensemble default (IANA); default UTC'),
  'analyzer.rules': setting(z.array(detectionRule), [], 'settings per namespace: {match, detectors?, consensus?, direction?, minAbsolute?, minRelative?, low?, high?}'),
  'horizon.maxAge': setting(duration().optional(), undefined, 'older datapoints are refused; default the retention (MAX_RESOLUTION)'),
  'horizon.maxFuture': setting(duration(), '10m', 'datapoints further ahead are refused'),
  'horizon.skip': setting(z.array(pattern), [], 'names not taken: globs or /regex/ (SKIP_LIST)'),
  'horizon.keep': setting(z.array(pattern), [], 'if not empty, only these names are taken'),
  'horizon.maxNameBytes': setting(z.int().min(1).max(1500), 1024, 'longest name in bytes of UTF-8'),
  'horizon.maxMetrics': setting(z.int().min(1), 2_000_000, 'how many metrics may exist'),
  'horizon.newMetricsPerMinute': setting(z.int().min(1).optional(), undefined, 'how many new metrics a minute may bring; default: any number'),
  'horizon.host': setting(text, '127.0.0.1', 'address of the listeners'),
  'horizon.carbon.port': setting(port, 2003, 'carbon lines, TCP and UDP'),
  'horizon.pickle.port': setting(port, 2024, 'carbon pickle, TCP'),
  'horizon.udp.port': setting(port, 2025, "Skyline's msgpack, UDP"),
  'horizon.http.ports': setting(z.array(port), [], 'extra HTTP ports for writes, such as 8086 and 8902'),
  'api.host': setting(text, '127.0.0.1', 'address of the dashboard and API (WEBAPP_IP)'),
  'api.port': setting(port, 1500, 'port of the dashboard and API (WEBAPP_PORT)'),
  'api.token': secret(token.optional(), 'admin token'),
  'api.tokens.read': secret(token.optional(), 'token that may read'),
  'api.tokens.write': secret(token.optional(), 'token that may read and write datapoints'),
  'api.tokens.admin': secret(token.optional(), 'token that may do all'),
  'api.embedOrigins': setting(z.array(text), [], 'origins that may show pages in a frame'),
  'redis.url': secret(text.optional(), 'servers backend: redis://host:port'),
  'redis.ack': setting(z.enum(['local', 'replicated']), 'local', 'what a write waits for'),
  'redis.cluster': setting(z.array(text), [], 'nodes of a Redis Cluster, host:port'),
  'redis.sentinels': setting(z.array(text), [], 'Sentinels, host:port'),
  'redis.sentinelName': setting(text.optional(), undefined, 'name of the primary at the Sentinels'),
  'redis.prefix': setting(z.string().regex(/^[\w.:-]{1,64}$/, 'letters, digits, . : _ -'), 'skylark', 'before every key, so that stores can share a server'),
  'elasticsearch.node': secret(text.optional(), 'servers backend: http://host:port'),
  'elasticsearch.prefix': setting(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'small letters, digits and -'), 'skylark', 'before every index name'),
  'importer.mode': setting(z.enum(['flagged', 'all']), 'flagged', "all is Oculus' way"),
  'importer.every': setting(duration(60), '10m', 'how often all is indexed'),
  'search.windows': setting(z.array(duration(600)).min(1, 'at least one window').max(4, 'at most four windows'), ['1h'], 'windows whose shapes are kept in memory for search, such as 1h, 6h, 24h'),
  'search.points': setting(z.int().min(16).max(512), 128, 'points of such a shape; about 5 bytes a series and point'),
  'search.memoryMiB': setting(z.int().min(64).max(4096), 2048, 'what the shapes may take; with more series all are searched in the store'),
  'notifications.minScore': setting(z.number().min(0).max(100), 50, 'an alert, as against an anomaly one can see'),
  'notifications.targets': setting(z.array(z.url({ protocol: /^https?$/, error: 'a webhook is https://host/path' })), [], 'webhooks that alerts are posted to'),
  'notifications.allowAddresses': setting(z.array(text), [], 'host:port a target may reach though private'),
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

/** Resolved: durations in seconds, `store.retention` null when for ever. Frozen once loaded. */
export type Config = { readonly [Name in SettingName]: z.output<(typeof settings)[Name]['schema']> };

export const settingNames = Object.keys(settings) as SettingName[];

export function settingOf(name: SettingName): Setting {
  return settings[name];
}
