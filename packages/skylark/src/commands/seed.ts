import { createConnection } from 'node:net';
import { isSkylarkError, SkylarkError } from '@skylark/core';
import { Command } from 'commander';
import { type Client, type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import { formatTime, table } from '../cli/table.js';
import { wholeNumber } from '../cli/whole-number.js';
import type { Incident } from '../seed/incident.js';
import { liveDatapoints } from '../seed/live-datapoints.js';
import { planSeed, type SeedOptions, sampled, type SeedSeries } from '../seed/seed-series.js';

interface SeedCommandOptions extends ClientOptions {
  readonly metrics: number;
  readonly hours: number;
  readonly seed: number;
  readonly live?: boolean;
  readonly carbon: string;
  readonly json?: boolean;
}

const resolutionSeconds = 60;
const verifyWithinMs = 10_000;
const liveIncidentSeconds = 900;

export function seedCommand(context: CommandContext): Command {
  return withClientOptions(new Command('seed').description('sends realistic series with labelled incidents over the real wire, then verifies that they came out again'))
    .option('--metrics <n>', 'how many', wholeNumber, 100)
    .option('--hours <n>', 'how much history', wholeNumber, 24)
    .option('--seed <n>', 'the same seed, the same series', wholeNumber, 1)
    .option('--carbon <host:port>', 'where carbon lines go', '127.0.0.1:2003')
    .option('--live', 'go on sending as time passes, until interrupted')
    .option('--json', 'the labels as JSON lines')
    .addHelpText('after', '\nExample:\n  skylark seed --metrics 200 --seed 7')
    .action((options: SeedCommandOptions) => seed(context, options));
}

async function seed(context: CommandContext, options: SeedCommandOptions): Promise<void> {
  const until = Math.floor(context.clock.now());
  // Live, what lasts to the end of the history goes on for a while.
  const lastUntil = options.live ? until + liveIncidentSeconds : until;
  const plan: SeedOptions = { metrics: options.metrics, hours: options.hours, seed: options.seed, until, lastUntil, resolutionSeconds };
  const planned = planSeed(plan);
  const span = { from: until - options.hours * 3600, until, resolutionSeconds };
  const client = clientOf(context, options);
  const carbon = await connectCarbon(options.carbon);
  try {
    const progress = startProgress(context, planned.length, 'sending');
    const sent: SeedSeries[] = [];
    for (const [index, one] of planned.entries()) {
      const series = sampled(one, span);
      await carbon.send(linesOf(series));
      sent.push(series);
      progress.to(index + 1);
    }
    progress.stop();
    tell(context, sent.flatMap((series) => series.incidents), options.json ?? false);
    await verify(context, client, sent);
    if (options.live) await sendLive(context, carbon, planned, until);
  } finally {
    await carbon.end();
  }
}

/** What to look at. */
function tell(context: CommandContext, incidents: readonly Incident[], json: boolean): void {
  if (json) return incidents.forEach((incident) => print(context, incident));
  print(context, table(['kind', 'start', 'end', 'metric', 'group', 'lag s'], incidents.map(({ kind, start, end, metric, group, lagSeconds }) => [kind, formatTime(Math.round(start)), formatTime(Math.round(end)), metric, group ?? '', lagSeconds ?? ''])));
}

/** Reads everything back and compares, as Skyline's seed_data.py does. @throws SkylarkError internal, naming what is missing */
async function verify(context: CommandContext, client: Client, sent: readonly SeedSeries[]): Promise<void> {
  let datapoints = 0;
  for (const series of sent) {
    // What was sent first comes out first: with a series that is whole, the wait begins anew.
    const deadlineMs = context.clock.elapsedMs() + verifyWithinMs;
    let missing = await missingOf(client, series);
    while (missing > 0 && context.clock.elapsedMs() < deadlineMs && !context.signal.aborted) {
      await context.clock.sleep(200, context.signal);
      missing = await missingOf(client, series);
    }
    if (missing > 0) throw new SkylarkError('internal', `${missing} of ${series.values.length} datapoints of ${series.metric} did not come out again`);
    datapoints += series.values.length;
  }
  note(context, `${datapoints} datapoints of ${sent.length} metrics sent, and all of them read back. Look at ${client.url}`);
}

async function missingOf(client: Client, { metric, timestamps, values }: SeedSeries): Promise<number> {
  const [from, last] = [timestamps[0] ?? 0, timestamps.at(-1) ?? 0];
  const stored = new Map<number, number>();
  try {
    const answer = (await client.get('/api/v1/series', { metric, from, until: last + 1 })) as { timestamps: number[]; values: number[] };
    answer.timestamps.forEach((timestamp, index) => stored.set(timestamp, answer.values[index] ?? NaN));
  } catch (error) {
    // Not there yet; whatever else is wrong stays wrong.
    if (!isSkylarkError(error, 'unknown-metric')) throw error;
  }
  return timestamps.reduce((missing, timestamp, index) => (stored.get(timestamp) === values[index] ? missing : missing + 1), 0);
}

async function sendLive(context: CommandContext, carbon: CarbonConnection, planned: ReturnType<typeof planSeed>, start: number): Promise<void> {
  note(context, 'Sending live; interrupt to stop.');
  for (let from = start; !context.signal.aborted; ) {
    await context.clock.sleep(1000, context.signal);
    const until = Math.floor(context.clock.now());
    const due = liveDatapoints(planned, { from, until, resolutionSeconds });
    await carbon.send(due.map(({ metric, timestamp, value }) => `${metric} ${value} ${timestamp}\n`).join(''));
    from = until;
  }
}

function linesOf({ metric, timestamps, values }: SeedSeries): string {
  return Array.from(timestamps, (timestamp, index) => `${metric} ${values[index]} ${timestamp}\n`).join('');
}

interface CarbonConnection {
  send(lines: string): Promise<void>;
  end(): Promise<void>;
}

/** @throws SkylarkError unreachable */
function connectCarbon(address: string): Promise<CarbonConnection> {
  const [, host = '127.0.0.1', port = ''] = /^(?:(.*):)?(\d+)$/.exec(address) ?? [];
  if (port === '') throw new SkylarkError('bad-request', `${address} is no host:port`);
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port: Number(port) });
    socket.once('error', (cause) => reject(new SkylarkError('unreachable', `carbon at ${address} (is it running? skylark up)`, { cause })));
    socket.once('connect', () =>
      resolve({
        send: (lines) => new Promise((sent, failed) => (lines === '' ? sent() : socket.write(lines, (error) => (error ? failed(error) : sent())))),
        end: () => new Promise((ended) => socket.end(ended)),
      }),
    );
  });
}
