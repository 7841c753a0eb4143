import { Command, Option } from 'commander';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { formatTime, table } from '../cli/table.js';
import { wholeNumber } from '../cli/whole-number.js';
import { timeOption } from '../history/time-option.js';

interface SimilarOptions extends ClientOptions {
  readonly from?: string;
  readonly until?: string;
  readonly method: string;
  readonly scope: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface SearchRows {
  readonly tookMs: number;
  readonly stages: readonly { name: string; candidates: number; tookMs: number }[];
  readonly total: number;
  readonly matches: readonly { metric: string; source: string; distance: number; from: number; until: number }[];
}

export function similarCommand(context: CommandContext): Command {
  return withClientOptions(new Command('similar').description('metrics and past anomalies whose shape looks like a given one').argument('<metric>', 'the metric whose window is the query'))
    .option('--from <time>', 'start of the window: seconds, ISO 8601 or now-1h')
    .option('--until <time>', 'end of the window')
    .addOption(new Option('--method <name>', 'how to measure').choices(['dtw', 'euclidean', 'fastdtw']).default('dtw'))
    .addOption(new Option('--scope <scope>', 'what to compare with').choices(['live', 'anomalies', 'both']).default('both'))
    .option('--limit <n>', 'at most this many', wholeNumber, 10)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  skylark similar demo.web.eu-1.http.latency.p99 --from now-1h')
    .action(async (metric: string, options: SimilarOptions) => {
      const { method, scope, limit } = options;
      const now = context.clock.now();
      const request = { metric, method, scope, limit, from: timeOption(options.from, now), until: timeOption(options.until, now) };
      const answer = (await clientOf(context, options).send('POST', '/api/v1/search', request)) as SearchRows;
      if (options.json) return print(context, answer);
      if (answer.matches.length > 0) print(context, table(['distance', 'source', 'from', 'until', 'metric'], answer.matches.map((match) => [Number(match.distance.toFixed(4)), match.source, formatTime(match.from), formatTime(match.until), match.metric])));
      note(context, `${answer.stages.map((stage) => `${stage.name} ${stage.candidates}`).join(' -> ')} in ${Math.round(answer.tookMs)} ms`);
    });
}
