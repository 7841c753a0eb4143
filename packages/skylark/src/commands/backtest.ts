import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { backtestFile } from '@skylark/analyzer';
import { isSkylarkError } from '@skylark/core';
import { Command, Option } from 'commander';
import { type CommandContext, note, print, UsageError } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import { readConfig } from '../config/read-config.js';
import { type CsvFile, findCsvFiles } from '../history/csv-files.js';
import { type CsvRows, readCsvRows } from '../history/read-csv-rows.js';
import { analyzerSettings } from '../up/role-settings.js';

interface BacktestOptions {
  readonly out: string;
  readonly ensemble?: 'nine' | 'default';
  readonly config?: string;
}

export function backtestCommand(context: CommandContext): Command {
  return new Command('backtest')
    .description('scores CSV files row by row from a cold start, no look-ahead, one configuration; writes timestamp,value,anomaly_score')
    .argument('<paths...>', 'files, or folders of files, with the columns timestamp and value')
    .requiredOption('--out <dir>', 'where the scored files go, under the same relative paths')
    .addOption(new Option('--ensemble <name>', 'which ensemble; else the one of the settings').choices(['nine', 'default']))
    .option('--config <file>', 'settings file')
    .addHelpText('after', '\nExample:\n  skylark backtest nab/data --out scored')
    .action((paths: string[], options: BacktestOptions) => backtest(context, paths, options));
}

async function backtest(context: CommandContext, paths: readonly string[], options: BacktestOptions): Promise<void> {
  const { config } = readConfig(context, {
    ...(options.config === undefined ? {} : { file: options.config }),
    flags: { 'analyzer.ensemble': { value: options.ensemble, flag: '--ensemble' } },
  });
  const settings = analyzerSettings(config);
  const files = await findCsvFiles(paths);
  refuseOverwriting(files, options.out);
  const progress = startProgress(context, files.length, 'backtesting');
  const totals = { files: 0, rows: 0, anomalies: 0, refused: 0 };
  for (const [index, file] of files.entries()) {
    if (context.signal.aborted) break;
    const rows = await readCsvRows(file.path).catch((error: unknown) => {
      // One file that cannot be read is named; the others go on.
      if (!isSkylarkError(error, 'bad-request')) throw error;
      note(context, error.message);
      totals.refused++;
      return null;
    });
    progress.to(index + 1);
    if (!rows) continue;
    const { scores, anomalies } = backtestFile({ timestamps: Float64Array.from(rows.timestamps), values: Float64Array.from(rows.values) }, settings);
    await writeScores(options.out, file, rows, scores);
    print(context, { file: file.name, rows: rows.timestamps.length, anomalies: anomalies.map(({ start, end, peak, score }) => ({ start, end, peak, score })) });
    totals.files++;
    totals.rows += rows.timestamps.length;
    totals.anomalies += anomalies.length;
  }
  progress.stop();
  const threshold = config['notifications.minScore'] / 100;
  print(context, { threshold, ...totals });
  note(context, `${totals.rows} rows of ${totals.files} files scored: ${totals.anomalies} anomalies; alert threshold ${threshold}${totals.refused > 0 ? `; ${totals.refused} files refused` : ''}`);
  if (totals.refused > 0 || context.signal.aborted) context.setExitCode(1);
}

/** @throws UsageError where a scored file would take the place of what it was made of */
function refuseOverwriting(files: readonly CsvFile[], out: string): void {
  const paths = new Set(files.map(({ path }) => resolve(path)));
  const overwritten = files.map(({ name }) => resolve(out, name)).find((path) => paths.has(path));
  if (overwritten !== undefined) throw new UsageError(`--out ${out} would overwrite ${overwritten}; name another folder`);
}

async function writeScores(out: string, file: CsvFile, rows: CsvRows, scores: ArrayLike<number>): Promise<void> {
  const path = join(out, file.name);
  const lines = rows.timestamps.map((timestamp, row) => `${timestamp},${rows.valueCells[row]},${(scores[row] ?? 0) / 100}\n`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `timestamp,value,anomaly_score\n${lines.join('')}`);
}
