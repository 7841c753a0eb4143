import { Command } from 'commander';
import { folderStats, verifyFolder } from '@skylark/storage/embedded';
import { type ClientOptions, clientOf, withClientOptions } from '../cli/client.js';
import { backup, type BackupOptions, restore } from '../backup/db-backup.js';
import { type CommandContext, print } from '../cli/command-context.js';
import { withHistoryOptions } from '../history/open-history.js';

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
  const withFile = (name: string, description: string, argument: string): Command => withHistoryOptions(new Command(name).description(description)).argument('<file>', argument).option('--json', 'the totals as JSON');
  const take = withFile('backup', 'everything that cannot be made anew, in one file; of a running Skylark (an admin), whatever its backend, or of a folder that nobody runs', 'a new file; - is stdout')
    .addHelpText('after', '\nWhat was acknowledged before it began is in it; what happens meanwhile may be.\n\nExample:\n  skylark db backup skylark-2026-11-21.backup')
    .action((file: string, options: BackupOptions) => backup(context, file, options));
  const putBack = withFile('restore', 'a backup into an empty store, of either backend', 'what backup wrote')
    .addHelpText('after', '\nThe file is read through before anything is written. Interrupted: run it again with the same file.\n\nExample:\n  skylark db restore skylark-2026-11-21.backup --data /var/lib/skylark')
    .action((file: string, options: BackupOptions) => restore(context, file, options));
  const again = withClientOptions(new Command('reindex').description('lets the importer index every anomaly anew, of a running Skylark (an admin): for an Elasticsearch that was lost')).option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  skylark db reindex')
    .action(async ({ json, ...client }: DbOptions) => show(context, await clientOf(context, client).send('POST', '/api/v1/db/reindex'), json));
  return new Command('db').description('look after a store').addHelpText('after', '\nExample:\n  skylark db stats').addCommand(stats).addCommand(verify).addCommand(take).addCommand(putBack).addCommand(again);
}

function show(context: CommandContext, answer: unknown, json: boolean | undefined): void {
  if (json || answer === null || typeof answer !== 'object') return print(context, answer);
  for (const [key, value] of Object.entries(answer)) print(context, `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
}
