import { Command } from 'commander';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, print } from '../cli/command-context.js';
import { table } from '../cli/table.js';

interface StatusAnswer {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly backend: string;
  readonly stages: readonly { name: string; ratePerSecond: number; lagSeconds: number | null; queue?: number; dropped: number }[];
  readonly lastRound: { slot: number; series: number; anomalies: number; tookMs: number; late: boolean } | null;
  readonly metrics: number;
  readonly storeBytes: number;
}

export function statusCommand(context: CommandContext): Command {
  return withClientOptions(new Command('status').description('what a running Skylark is doing'))
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  skylark status --url http://127.0.0.1:1500')
    .action(async (options: ClientOptions & { json?: boolean }) => {
      const status = (await clientOf(context, options).get('/api/v1/status')) as StatusAnswer;
      if (options.json) return print(context, status);
      const { version, backend, metrics, storeBytes, uptimeSeconds, lastRound } = status;
      print(context, `Skylark ${version}, ${backend} backend, up ${Math.round(uptimeSeconds)} s: ${metrics} metrics, ${(storeBytes / 1e6).toFixed(1)} MB`);
      if (lastRound) print(context, `last round: ${lastRound.series} series in ${Math.round(lastRound.tookMs)} ms, ${lastRound.anomalies} anomalous${lastRound.late ? ', late' : ''}`);
      print(context, table(['stage', 'rate/s', 'lag s', 'queue', 'dropped'], status.stages.map((stage) => [stage.name, Number(stage.ratePerSecond.toFixed(1)), stage.lagSeconds === null ? '-' : Number(stage.lagSeconds.toFixed(1)), stage.queue ?? '-', stage.dropped])));
    });
}

