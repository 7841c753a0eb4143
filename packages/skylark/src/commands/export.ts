import type { Series } from '@skylark/core';
import { Command } from 'commander';
import type { CommandContext } from '../cli/command-context.js';
import { metricCell } from '../history/metric-cell.js';
import { type HistoryOptions, openHistory, withHistoryOptions } from '../history/open-history.js';
import { timeOption } from '../history/time-option.js';
import { exportKaleCommand } from '../kale/export-kale.js';

interface ExportOptions extends HistoryOptions {
  readonly from?: string;
  readonly until?: string;
}

export function exportCommand(context: CommandContext): Command {
  const csv = withHistoryOptions(new Command('csv').description('datapoints as CSV on stdout: metric,timestamp,value').argument('[query]', 'a glob, /regex/ or =exact name; nothing: all', ''))
    .option('--from <time>', 'seconds, ISO 8601 or now-6h')
    .option('--until <time>', 'seconds, ISO 8601 or now-6h')
    .addHelpText('after', "\nExample:\n  skylark export csv 'web.*' --from now-1h > web.csv")
    .action(async (query: string, options: ExportOptions) => {
      const now = context.clock.now();
      const window = { from: timeOption(options.from, now) ?? 0, until: timeOption(options.until, now) ?? Number.MAX_SAFE_INTEGER };
      const history = await openHistory(context, options);
      try {
        await write(context, 'metric,timestamp,value\n');
        for (const metric of await history.find(query)) {
          if (context.signal.aborted) return context.setExitCode(1);
          await write(context, csvLines(await history.read(metric, window)));
        }
      } finally {
        await history.close();
      }
    });
  return new Command('export').description('take history out').addHelpText('after', '\nExample:\n  skylark export csv > all.csv').addCommand(csv).addCommand(exportKaleCommand(context));
}

function csvLines({ metric, timestamps, values }: Series): string {
  const cell = metricCell(metric);
  return Array.from(timestamps, (timestamp, index) => `${cell},${timestamp},${values[index] ?? ''}\n`).join('');
}

async function write({ stdout }: CommandContext, text: string): Promise<void> {
  if (!stdout.write(text)) await new Promise<void>((resolve) => stdout.once('drain', resolve));
}
