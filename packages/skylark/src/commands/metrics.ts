import { Command } from 'commander';
import { type ClientOptions, clientOf, queryString, withClientOptions } from '../cli/client.js';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { formatTime, printable } from '../cli/table.js';
import { wholeNumber } from '../cli/whole-number.js';

interface MetricsAnswer {
  readonly mode: string;
  readonly total: number;
  readonly metrics: readonly { metric: string; firstTimestamp: number | null; lastTimestamp: number | null }[];
}

export function metricsCommand(context: CommandContext): Command {
  const find = withClientOptions(new Command('find').description('metrics by name: fuzzy, glob (*?{[), /regex/ or =exact').argument('[query]', 'what to look for; nothing: all', ''))
    .option('--limit <n>', 'at most this many', wholeNumber, 100)
    .option('--json', 'as JSON')
    .addHelpText('after', "\nExample:\n  skylark metrics find 'web.*.latency'")
    .action(async (query: string, options: ClientOptions & { limit: number; json?: boolean }) => {
      const answer = (await clientOf(context, options).get('/api/v1/metrics', { query, limit: options.limit })) as MetricsAnswer;
      if (options.json) return print(context, answer);
      for (const { metric, lastTimestamp } of answer.metrics) print(context, `${printable(metric)}${lastTimestamp === null ? '' : `  ${formatTime(lastTimestamp)}`}`);
      if (answer.total > answer.metrics.length) note(context, `${answer.metrics.length} of ${answer.total} shown; --limit shows more`);
    });
  const remove = withClientOptions(new Command('rm').description('forget metrics with all their datapoints and anomalies').argument('<query>', 'a glob, /regex/ or =exact name'))
    .option('--json', 'as JSON')
    .addHelpText('after', "\nExample:\n  skylark metrics rm 'demo.*'")
    .action(async (query: string, options: ClientOptions & { json?: boolean }) => {
      const answer = (await clientOf(context, options).send('DELETE', `/api/v1/metrics${queryString({ query })}`)) as { removed: number };
      print(context, options.json ? answer : `${answer.removed} metrics removed`);
    });
  return new Command('metrics').description('find or remove metrics').addHelpText('after', "\nExample:\n  skylark metrics find latency").addCommand(find).addCommand(remove);
}
