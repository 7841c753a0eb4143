import { isSkylarkError, type Series } from '@skylark/core';
import { Command } from 'commander';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import { type CsvFile, findCsvFiles } from '../history/csv-files.js';
import type { HistoryAccess } from '../history/history-access.js';
import { metricOfCell } from '../history/metric-cell.js';
import { type HistoryOptions, openHistory, withHistoryOptions } from '../history/open-history.js';
import { type CsvRows, readCsvRows } from '../history/read-csv-rows.js';
import { sortedSeries } from '../history/sorted-series.js';
import { importKaleCommand } from '../kale/import-kale.js';

interface ImportOptions extends HistoryOptions {
  readonly prefix: string;
  readonly shiftToNow?: boolean;
  readonly json?: boolean;
}

export function importCommand(context: CommandContext): Command {
  const csv = withHistoryOptions(new Command('csv').description('history from CSV files with the columns timestamp and value').argument('<paths...>', 'files, or folders of files'))
    .option('--prefix <p>', "before each metric's name", '')
    .option('--shift-to-now', 'move each file so that its last datapoint is now; what is then still older than the retention is left out')
    .option('--json', 'as JSON lines')
    .addHelpText('after', "\nA file's metric is its path below the folder, less .csv, with dots; a column named metric says it for each row, as in what export writes.\n\nExample:\n  skylark import csv nab/data --prefix nab. --shift-to-now")
    .action((paths: string[], options: ImportOptions) => importCsv(context, paths, options));
  return new Command('import').description('bring history in').addHelpText('after', '\nExample:\n  skylark import csv history/ --prefix old.').addCommand(csv).addCommand(importKaleCommand(context));
}

interface Imported {
  readonly metrics: number;
  readonly datapoints: number;
  readonly blank: number;
  /** Older than the retention after the move. */
  readonly leftOut: number;
}

async function importCsv(context: CommandContext, paths: readonly string[], options: ImportOptions): Promise<void> {
  const files = await findCsvFiles(paths);
  const history = await openHistory(context, { ...options, make: true });
  const progress = startProgress(context, files.length, 'importing');
  const totals = { files: 0, datapoints: 0, blank: 0, leftOut: 0, refused: 0 };
  let isTooOld = false;
  try {
    for (const [index, file] of files.entries()) {
      if (context.signal.aborted) break;
      try {
        const imported = await importFile(history, file, options, context.clock.now());
        totals.files++;
        for (const part of ['datapoints', 'blank', 'leftOut'] as const) totals[part] += imported[part];
        if (options.json) print(context, { file: file.path, ...imported });
      } catch (error) {
        isTooOld ||= isSkylarkError(error, 'too-old-for-retention');
        note(context, `${file.path}: ${refusal(error)}`);
        totals.refused++;
      }
      progress.to(index + 1);
    }
  } finally {
    progress.stop();
    await history.close();
  }
  if (isTooOld) note(context, 'Two ways out: --shift-to-now moves the data to the present; store.retention: forever keeps it as it is.');
  note(context, `${totals.datapoints} datapoints of ${totals.files} files imported, ${totals.blank} blank values skipped${totals.leftOut > 0 ? `, ${totals.leftOut} older than the retention left out` : ''}${totals.refused > 0 ? `, ${totals.refused} files refused` : ''}`);
  if (totals.refused > 0 || context.signal.aborted) context.setExitCode(1);
}

/** What is wrong with one file, while the others go on. Anything else is everybody's: thrown on. */
function refusal(error: unknown): string {
  if (isSkylarkError(error, 'bad-request') || isSkylarkError(error, 'too-old-for-retention')) return error.message;
  throw error;
}

async function importFile(history: HistoryAccess, file: CsvFile, options: ImportOptions, now: number): Promise<Imported> {
  const rows = await readCsvRows(file.path);
  const all = [...seriesOf(rows, file, options, now)];
  let datapoints = 0;
  for (const series of all) datapoints += await history.write(series, { leaveOutOld: options.shiftToNow ?? false });
  const leftOut = all.reduce((sum, { values }) => sum + values.length, 0) - datapoints;
  return { metrics: all.length, datapoints, blank: rows.values.filter(Number.isNaN).length, leftOut };
}

/** The series of a file: one, or one for each name of its column `metric`. */
function* seriesOf({ timestamps, values, metricCells }: CsvRows, { name }: CsvFile, { prefix, shiftToNow }: ImportOptions, now: number): Generator<Series> {
  const last = timestamps.reduce((latest, timestamp) => Math.max(latest, timestamp), -Infinity);
  const shift = shiftToNow && Number.isFinite(last) ? Math.floor(now - last) : 0;
  const nameOfFile = name.replace(/\.csv$/i, '').replaceAll('/', '.');
  const rowsOf = new Map<string, number[]>();
  for (const [row, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const metric = prefix + (metricCells ? metricOfCell(metricCells[row] ?? '') : nameOfFile);
    const known = rowsOf.get(metric);
    if (known) known.push(row);
    else rowsOf.set(metric, [row]);
  }
  for (const [metric, rows] of rowsOf) yield sortedSeries(metric, rows.map((row) => (timestamps[row] ?? NaN) + shift), rows.map((row) => values[row] ?? NaN));
}
