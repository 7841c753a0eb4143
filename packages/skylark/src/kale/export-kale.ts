import { SkylarkError, type Series, type Window } from '@skylark/core';
import type { Kale } from '@skylark/storage/servers';
import { Command } from 'commander';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import type { HistoryAccess } from '../history/history-access.js';
import { type HistoryOptions, openHistory, withHistoryOptions } from '../history/open-history.js';
import { timeOption } from '../history/time-option.js';

interface ExportKaleOptions extends HistoryOptions {
  readonly redis: string;
  readonly from?: string;
  readonly until?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** As much as Oculus looks at. */
const miniSeconds = 3600;
const datapointsAtOnce = 200_000;

/** `skylark export kale`: fills a Redis as Skyline's horizon would have. */
export function exportKaleCommand(context: CommandContext): Command {
  return withHistoryOptions(new Command('kale').description("datapoints into a Redis as Skyline keeps them: metrics.*, and the last hour as mini.*").argument('[query]', 'a glob, /regex/ or =exact name; nothing: all', '').requiredOption('--redis <url>', 'where to, such as redis://127.0.0.1:6379'))
    .option('--from <time>', 'seconds, ISO 8601 or now-6h')
    .option('--until <time>', 'seconds, ISO 8601 or now-6h; mini.* is the hour before it')
    .option('--overwrite', 'also where there are metrics already: those of the same names are replaced, the others stay')
    .option('--json', 'the totals as JSON')
    .addHelpText('after', "\nExample:\n  skylark export kale 'web.*' --from now-24h --redis redis://127.0.0.1:6379")
    .action((query: string, options: ExportKaleOptions) => exportKale(context, query, options));
}

async function exportKale(context: CommandContext, query: string, options: ExportKaleOptions): Promise<void> {
  const now = context.clock.now();
  const window = { from: timeOption(options.from, now) ?? 0, until: timeOption(options.until, now) ?? Number.MAX_SAFE_INTEGER };
  const { openKale } = await import('@skylark/storage/servers');
  const kale = await openKale({ url: options.redis });
  try {
    if (!options.overwrite && (await kale.count()) > 0) throw new SkylarkError('bad-request', 'this Redis has metrics of Skyline already; --overwrite replaces those of the same names');
    const history = await openHistory(context, options);
    try {
      const totals = await takeOut(context, { kale, history, query, window, miniFrom: Math.min(window.until, now) - miniSeconds });
      if (options.json) print(context, totals);
      note(context, `${totals.datapoints} datapoints of ${totals.metrics} metrics exported`);
      if (context.signal.aborted) context.setExitCode(1);
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
  readonly query: string;
  readonly window: Window;
  readonly miniFrom: number;
}

async function takeOut(context: CommandContext, { kale, history, query, window, miniFrom }: Ends): Promise<{ metrics: number; datapoints: number }> {
  const metrics = await history.find(query);
  const progress = startProgress(context, metrics.length, 'exporting');
  const totals = { metrics: 0, datapoints: 0 };
  let batch: Series[] = [];
  let waiting = 0;
  const flush = async (): Promise<void> => {
    await kale.write(batch, miniFrom);
    [batch, waiting] = [[], 0];
  };
  try {
    for (const [index, metric] of metrics.entries()) {
      if (context.signal.aborted) break;
      const series = await history.read(metric, window);
      progress.to(index + 1);
      if (series.timestamps.length === 0) continue;
      batch.push(series);
      waiting += series.timestamps.length;
      totals.metrics++;
      totals.datapoints += series.timestamps.length;
      if (waiting >= datapointsAtOnce) await flush();
    }
    await flush();
  } finally {
    progress.stop();
  }
  return totals;
}
