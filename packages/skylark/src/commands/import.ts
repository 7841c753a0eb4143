import { isSkylarkError, type Series } from '@skylark/core';
import { Command } from 'commander';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import { type CsvFile, findCsvFiles, readCsvRows } from '../history/csv-files.js';
import { type HistoryOptions, openHistory, withHistoryOptions } from '../history/open-history.js';
import { sortedSeries } from '../history/sorted-series.js';

interface ImportOptions extends HistoryOptions {
  readonly prefix: string;
  readonly shiftToNow?: boolean;
  readonly json?: boolean;
}

export function importCommand(context: CommandContext): Command {
  const csv = withHistoryOptions(new Command('csv').description('history from CSV files with the columns timestamp and value').argument('<paths...>', 'files, or folders of files'))
    .option('--prefix <p>', "before each metric's name", '')
    .option('--shift-to-now', "move each file so that its last datapoint is now")
    .option('--json', 'as JSON lines')
    .addHelpText('after', '\nExample:\n  skylark import csv nab/data --prefix nab. --shift-to-now')
    .action((paths: string[], options: ImportOptions) => importCsv(context, paths, options));
  return new Command('import').description('bring history in').addHelpText('after', '\nExample:\n  skylark import csv history/ --prefix old.').addCommand(csv);
}

async function importCsv(context: CommandContext, paths: readonly string[], options: ImportOptions): Promise<void> {
  const files = await findCsvFiles(paths);
  const history = await openHistory(context, options);
  const progress = startProgress(context, files.length, 'importing');
  const totals = { files: 0, datapoints: 0, blank: 0 };
  try {
    for (const [index, file] of files.entries()) {
      if (context.signal.aborted) break;
      const { series, blank } = await readSeries(file, options, context.clock.now());
      await history.write(series).catch((error: unknown) => {
        if (isSkylarkError(error)) note(context, `${file.path}: ${error.message}`);
        if (isSkylarkError(error, 'too-old-for-retention') || (error instanceof Error && error.message.includes('retention'))) {
          note(context, 'Two ways out: --shift-to-now moves the data to the present; store.retention: forever keeps it as it is.');
        }
        throw error;
      });
      totals.files++;
      totals.datapoints += series.values.length;
      totals.blank += blank;
      if (options.json) print(context, { file: file.path, metric: series.metric, datapoints: series.values.length, blank });
      progress.to(index + 1);
    }
  } finally {
    progress.stop();
    await history.close();
  }
  note(context, `${totals.datapoints} datapoints of ${totals.files} files imported, ${totals.blank} blank values skipped`);
}

async function readSeries(file: CsvFile, { prefix, shiftToNow }: ImportOptions, now: number): Promise<{ series: Series; blank: number }> {
  const rows = await readCsvRows(file.path);
  const last = rows.timestamps.reduce((latest, timestamp) => Math.max(latest, timestamp), -Infinity);
  const shift = shiftToNow && Number.isFinite(last) ? Math.floor(now - last) : 0;
  const metric = prefix + file.name.replace(/\.csv$/i, '').replaceAll('/', '.');
  const kept = rows.values.flatMap((value, row) => (Number.isNaN(value) ? [] : [row]));
  const series = sortedSeries(metric, kept.map((row) => (rows.timestamps[row] ?? NaN) + shift), kept.map((row) => rows.values[row] ?? NaN));
  return { series, blank: rows.values.length - kept.length };
}
