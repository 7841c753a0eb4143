import { SkylarkError } from '@skylark/core';
import { Command, InvalidArgumentError } from 'commander';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, print, UsageError } from '../cli/command-context.js';
import { parseTimestamp } from '../history/parse-timestamp.js';

export function sendCommand(context: CommandContext): Command {
  return withClientOptions(
    new Command('send')
      .description('send one datapoint; returns when it is kept')
      .argument('<metric>', 'its name')
      .argument('<value>', 'a number', finiteNumber)
      .argument('[timestamp]', 'seconds since the epoch or ISO 8601 (default: now)'),
  )
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  skylark send deploys.web 1')
    .action(async (metric: string, value: number, when: string | undefined, options: ClientOptions & { json?: boolean }) => {
      const timestamp = when === undefined ? Math.floor(context.clock.now()) : parseTimestamp(when);
      if (timestamp === null) throw new UsageError(`timestamp ${JSON.stringify(when)} is neither seconds nor ISO 8601`);
      const answer = (await clientOf(context, options).send('POST', '/api/v1/datapoints', [{ metric, timestamp, value }])) as { accepted: number; rejected: { reason: string }[] };
      if (answer.accepted !== 1) throw new SkylarkError('bad-request', `not taken: ${answer.rejected[0]?.reason ?? 'unknown reason'}`);
      if (options.json) print(context, answer);
    });
}

function finiteNumber(text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('a finite number');
  return value;
}
