import { Command } from 'commander';
import { folderStats, verifyFolder } from '@skylark/storage/embedded';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { type CommandContext, print } from '../cli/command-context.js';

interface DbOptions extends ClientOptions {
  readonly data?: string;
  readonly json?: boolean;
}

export function dbCommand(context: CommandContext): Command {
  const make = (name: string, description: string): Command =>
    withClientOptions(new Command(name).description(description)).option('--data <dir>', 'a data folder that nobody runs, instead of --url').option('--json', 'as JSON').addHelpText('after', `\nExample:\n  skylark db ${name} --data ~/.local/share/skylark`);
  const stats = make('stats', 'metrics, datapoints and bytes of a store').action(async ({ data, json, ...client }: DbOptions) => {
    const answer = data === undefined ? await clientOf(context, client).get('/api/v1/db/stats') : await folderStats(data);
    show(context, answer, json);
  });
  const verify = make('verify', 'reads every record and checks its checksum').action(async ({ data, json, ...client }: DbOptions) => {
    const answer = (data === undefined ? await clientOf(context, client).send('POST', '/api/v1/db/verify') : await verifyFolder(data)) as { ok: boolean };
    show(context, answer, json);
    if (!answer.ok) context.setExitCode(1);
  });
  return new Command('db').description('look after a store').addHelpText('after', '\nExample:\n  skylark db stats').addCommand(stats).addCommand(verify);
}

function show(context: CommandContext, answer: unknown, json: boolean | undefined): void {
  if (json || answer === null || typeof answer !== 'object') return print(context, answer);
  for (const [key, value] of Object.entries(answer)) print(context, `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
}
