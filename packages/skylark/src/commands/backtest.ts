import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backtestFile } from '@skylark/analyzer';
import { Command, Option } from 'commander';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import { readConfig } from '../config/read-config.js';
import { type CsvFile, type CsvRows, findCsvFiles, readCsvRows } from '../history/csv-files.js';
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
    .addOption(new Option('--ensemble <name>', 'which ensemble').choices(['nine', 'default']))
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
  const progress = startProgress(context, files.length, 'backtesting');
  const totals = { files: 0, rows: 0, anomalies: 0 };
  for (const [index, file] of files.entries()) {
    if (context.signal.aborted) break;
    const rows = await readCsvRows(file.path);
    const { scores, anomalies } = backtestFile({ timestamps: Float64Array.from(rows.timestamps), values: Float64Array.from(rows.values) }, settings);
    await writeScores(options.out, file, rows, scores);
    print(context, { file: file.name, rows: rows.timestamps.length, anomalies: anomalies.map(({ start, end, peak, score }) => ({ start, end, peak, score })) });
    totals.files++;
    totals.rows += rows.timestamps.length;
    totals.anomalies += anomalies.length;
    progress.to(index + 1);
  }
  progress.stop();
  print(context, { threshold: config['notifications.minScore'] / 100, ...totals });
  note(context, `${totals.rows} rows of ${totals.files} files scored: ${totals.anomalies} anomalies; alert threshold ${config['notifications.minScore'] / 100}`);
}

async function writeScores(out: string, file: CsvFile, rows: CsvRows, scores: ArrayLike<number>): Promise<void> {
  const path = join(out, file.name);
  const lines = rows.timestampCells.map((_, row) => `${rows.timestamps[row]},${rows.valueCells[row]},${(scores[row] ?? 0) / 100}`);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `timestamp,value,anomaly_score\n${lines.join('\n')}\n`);
}
