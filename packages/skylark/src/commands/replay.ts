import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { parse } from 'yaml';
import { z } from 'zod';
import { type CommandContext, note, print, UsageError } from '../cli/command-context.js';
import { startProgress } from '../cli/progress.js';
import { formatTime, printable } from '../cli/table.js';
import { type HistoryOptions, openHistory, withHistoryOptions } from '../history/open-history.js';
import type { ReplayRequest } from '../history/replay-shapes.js';
import { timeOption } from '../history/time-option.js';

interface ReplayOptions extends HistoryOptions {
  readonly from?: string;
  readonly until?: string;
  readonly settings?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function replayCommand(context: CommandContext): Command {
  return withHistoryOptions(new Command('replay').description("judges stored series slot by slot at the data's own time, and records what it finds").argument('[query]', 'a glob, /regex/ or =exact name; nothing: all', ''))
    .option('--from <time>', 'seconds, ISO 8601 or now-6h')
    .option('--until <time>', 'seconds, ISO 8601 or now-6h')
    .option('--settings <file>', 'analyzer settings other than those in force (YAML: consensus: 5)')
    .option('--dry-run', 'record nothing; print the difference to what is recorded')
    .option('--json', 'as JSON lines')
    .addHelpText('after', "\nExample:\n  skylark replay 'nab.*' --dry-run")
    .action((query: string, options: ReplayOptions) => replay(context, query, options));
}

async function replay(context: CommandContext, query: string, options: ReplayOptions): Promise<void> {
  const now = context.clock.now();
  const from = timeOption(options.from, now);
  const until = timeOption(options.until, now);
  const settings = options.settings === undefined ? undefined : readSettings(options.settings);
  const request: ReplayRequest = { dryRun: options.dryRun ?? false, ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }), ...(settings === undefined ? {} : { settings }) };
  const history = await openHistory(context, options);
  try {
    const metrics = await history.find(query);
    const progress = startProgress(context, metrics.length, 'replaying');
    const totals = { metrics: 0, slots: 0, anomalies: 0, added: 0, changed: 0, missing: 0 };
    for (const [index, metric] of metrics.entries()) {
      if (context.signal.aborted) break;
      const answer = await history.replay(metric, request);
      totals.metrics++;
      totals.slots += answer.slots;
      totals.anomalies += answer.found.length;
      for (const kind of ['added', 'changed', 'missing'] as const) totals[kind] += answer[kind].length;
      for (const found of answer.found) {
        const change = answer.added.includes(found.id) ? 'added' : answer.changed.includes(found.id) ? 'changed' : 'same';
        print(context, options.json ? { change, ...found } : `${change.padEnd(8)}${formatTime(found.start)} ${Math.round(found.score)} ${printable(metric)}: ${printable(found.explanation)}`);
      }
      for (const id of answer.missing) print(context, options.json ? { change: 'missing', id, metric } : `missing ${id} ${printable(metric)}`);
      progress.to(index + 1);
    }
    progress.stop();
    if (context.signal.aborted) context.setExitCode(1);
    note(context, `${totals.metrics} metrics, ${totals.slots} slots: ${totals.anomalies} anomalies; ${totals.added} new, ${totals.changed} changed, ${totals.missing} recorded but not found${options.dryRun ? ' (dry run: nothing recorded)' : ''}`);
  } finally {
    await history.close();
  }
}

function readSettings(file: string): Record<string, unknown> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new UsageError(`${file} holds no settings; write lines such as consensus: 5`);
  return parsed.data;
}
