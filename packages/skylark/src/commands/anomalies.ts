import { SkylarkError } from '@skylark/core';
import { Command, Option } from 'commander';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { readEvents } from '../cli/read-events.js';
import { formatTime, printable, table } from '../cli/table.js';
import { wholeNumber } from '../cli/whole-number.js';

interface AnomalyRow {
  readonly id: string;
  readonly metric: string;
  readonly kind: string;
  readonly state: string;
  readonly start: number;
  readonly end: number | null;
  readonly score: number;
  readonly severity: string;
  readonly explanation: string;
}

interface ListOptions extends ClientOptions {
  readonly state: string;
  readonly query?: string;
  readonly limit: number;
  readonly json?: boolean;
}

export function anomaliesCommand(context: CommandContext): Command {
  const list = withClientOptions(new Command('list').description('anomalies, worst first'))
    .addOption(new Option('--state <state>', 'which').choices(['open', 'closed', 'all']).default('open'))
    .option('--query <names>', 'glob, /regex/ or part of a name')
    .option('--limit <n>', 'at most this many', wholeNumber, 100)
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  skylark anomalies list --state all')
    .action(async (options: ListOptions) => {
      const { state, query, limit } = options;
      const answer = (await clientOf(context, options).get('/api/v1/anomalies', { state, query, limit })) as { total: number; anomalies: AnomalyRow[] };
      if (options.json) return print(context, answer);
      if (answer.anomalies.length === 0) return note(context, state === 'open' ? 'No open anomalies.' : 'None.');
      const rows = answer.anomalies.map((one) => [Math.round(one.score), one.severity, one.state, formatTime(one.start), one.metric, one.explanation]);
      print(context, table(['score', 'severity', 'state', 'since', 'metric', 'why'], rows));
      if (answer.total > answer.anomalies.length) note(context, `${answer.anomalies.length} of ${answer.total} shown; --limit shows more`);
    });
  const watch = withClientOptions(new Command('watch').description('anomalies as they open, change and close, until interrupted'))
    .option('--json', 'as JSON lines')
    .addHelpText('after', '\nExample:\n  skylark anomalies watch --json | jq .metric')
    .action((options: ClientOptions & { json?: boolean }) => watchAnomalies(context, options));
  return new Command('anomalies').description('list or watch anomalies').addHelpText('after', '\nExample:\n  skylark anomalies list').addCommand(list).addCommand(watch);
}

/** @throws SkylarkError unreachable when the server ends the stream: nobody watches any more */
async function watchAnomalies(context: CommandContext, options: ClientOptions & { json?: boolean }): Promise<void> {
  const client = clientOf(context, options);
  try {
    for await (const { event, data } of readEvents(await client.stream('/api/v1/events', context.signal))) {
      if (!event.startsWith('anomaly.')) continue;
      const anomaly = JSON.parse(data) as AnomalyRow;
      print(context, options.json ? { event, ...anomaly } : `${event.slice('anomaly.'.length).padEnd(8)} ${Math.round(anomaly.score)} ${anomaly.severity} ${printable(anomaly.metric)}: ${printable(anomaly.explanation)}`);
    }
  } catch (error) {
    if (context.signal.aborted) return;
    if (error instanceof SkylarkError) throw error;
    throw new SkylarkError('unreachable', `${client.url} went away`, { cause: error });
  }
  if (!context.signal.aborted) throw new SkylarkError('unreachable', `${client.url} ended the stream`);
}
