import { isSkylarkError, type Series } from '@skylark/core';
import type { Kale, KaleSlice } from '@skylark/storage/servers';
import { Command } from 'commander';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import { printable } from '../cli/table.js';
import type { HistoryAccess } from '../history/history-access.js';
import { type HistoryOptions, openHistory, withHistoryOptions } from '../history/open-history.js';
import { newestTimestamp } from './newest-timestamp.js';

interface ImportKaleOptions extends HistoryOptions {
  readonly redis: string;
  readonly prefix: string;
  readonly shiftToNow?: boolean;
  readonly json?: boolean;
}

/** `skylark import kale`: what Skyline gathered in its Redis, which is only read. */
export function importKaleCommand(context: CommandContext): Command {
  return withHistoryOptions(new Command('kale').description("history from a Redis that Skyline filled: metrics.* and mini.*").requiredOption('--redis <url>', "Skyline's Redis, such as redis://127.0.0.1:6379"))
    .option('--prefix <p>', "before each metric's name", '')
    .option('--shift-to-now', 'move everything by one span, so that the newest datapoint is now; what is then still older than the retention is left out')
    .option('--json', 'the totals as JSON')
    .addHelpText('after', '\nRead are the sets metrics.unique_metrics and mini.unique_metrics and what they name; bytes that are no pair of time and value are skipped and counted by reason.\n\nExample:\n  skylark import kale --redis redis://127.0.0.1:6379 --prefix kale.')
    .action((options: ImportKaleOptions) => importKale(context, options));
}

/** What came in. Refused and skipped are by reason: metrics that the store would not have, and items that were no datapoints. */
interface Totals {
  metrics: number;
  datapoints: number;
  /** Of `mini.*`: read as well, though nearly all are in `metrics.*` again. */
  mini: number;
  leftOut: number;
  readonly refused: Map<string, number>;
  readonly skipped: Map<string, number>;
}

async function importKale(context: CommandContext, options: ImportKaleOptions): Promise<void> {
  const { openKale } = await import('@skylark/storage/servers');
  const kale = await openKale({ url: options.redis });
  try {
    const history = await openHistory(context, { ...options, make: true });
    try {
      report(context, await bringIn(context, { kale, history, options }), options);
    } finally {
      await history.close();
    }
  } finally {
    await kale.close();
  }
}

interface Ends {
  readonly kale: Kale;
  readonly history: HistoryAccess;
  readonly options: ImportKaleOptions;
}

async function bringIn(context: CommandContext, { kale, history, options }: Ends): Promise<Totals> {
  const totals: Totals = { metrics: 0, datapoints: 0, mini: 0, leftOut: 0, refused: new Map(), skipped: new Map() };
  const newest = options.shiftToNow ? await newestTimestamp(kale, context.clock.now()) : null;
  const shift = newest === null ? 0 : Math.floor(context.clock.now() - newest);
  const progress = startProgress(context, await kale.count(), 'importing');
  let last = '';
  try {
    for await (const slice of kale.read()) {
      if (context.signal.aborted) break;
      if (slice.series.metric !== last) progress.to((totals.metrics += 1));
      last = slice.series.metric;
      await takeSlice(context, { history, options, totals, slice, shift });
    }
  } finally {
    progress.stop();
  }
  return totals;
}

interface Taking {
  readonly history: HistoryAccess;
  readonly options: ImportKaleOptions;
  readonly totals: Totals;
  readonly slice: KaleSlice;
  readonly shift: number;
}

async function takeSlice(context: CommandContext, { history, options, totals, slice: { from, series, rejected }, shift }: Taking): Promise<void> {
  for (const [reason, count] of rejected) add(totals.skipped, reason, count);
  if (series.timestamps.length === 0) return;
  try {
    const written = await history.write(shifted(series, options.prefix, shift), { leaveOutOld: options.shiftToNow ?? false });
    totals[from === 'full' ? 'datapoints' : 'mini'] += written;
    totals.leftOut += series.timestamps.length - written;
  } catch (error) {
    if (!isSkylarkError(error, 'bad-request') && !isSkylarkError(error, 'too-old-for-retention')) throw error;
    // Of many thousands the first few tell what it is.
    if (add(totals.refused, error.code, 1) <= 5) note(context, `${printable(series.metric)}: ${printable(error.message)}`);
  }
}

function shifted({ metric, timestamps, values }: Series, prefix: string, shift: number): Series {
  return { metric: prefix + metric, timestamps: shift === 0 ? timestamps : timestamps.map((timestamp) => timestamp + shift), values };
}

function add(counts: Map<string, number>, reason: string, count: number): number {
  const total = (counts.get(reason) ?? 0) + count;
  counts.set(reason, total);
  return total;
}

function report(context: CommandContext, totals: Totals, { json }: ImportKaleOptions): void {
  const { metrics, datapoints, mini, leftOut, refused, skipped } = totals;
  if (json) print(context, { metrics, datapoints, mini, leftOut, refused: Object.fromEntries(refused), skipped: Object.fromEntries(skipped) });
  if (refused.has('too-old-for-retention')) note(context, 'Two ways out: --shift-to-now moves the data to the present; store.retention: forever keeps it as it is.');
  const counted = (what: string, counts: ReadonlyMap<string, number>): string => (counts.size === 0 ? '' : `, ${what}: ${[...counts].map(([reason, count]) => `${reason} ${count}`).join(', ')}`);
  note(context, `${datapoints} datapoints of ${metrics} metrics imported, and ${mini} of mini.*${leftOut > 0 ? `, ${leftOut} older than the retention left out` : ''}${counted('skipped', skipped)}${counted('refused', refused)}`);
  if (refused.size > 0 || context.signal.aborted) context.setExitCode(1);
}
