import { Command } from 'commander';
import { type CommandContext, note, print } from '../cli/command-context.js';
import { readConfig } from '../config/read-config.js';
import { configAsJson, configSchema, printConfig } from '../config/print-config.js';

interface ConfigOptions {
  readonly config?: string;
  readonly origin?: boolean;
  readonly json?: boolean;
}

export function configCommand(context: CommandContext): Command {
  const file = ['--config <file>', 'settings file (default: skylark.yaml here, if there is one)'] as const;
  const check = new Command('check')
    .description('check the settings; every error at once, with its place')
    .option(...file)
    .addHelpText('after', '\nExample:\n  skylark config check --config skylark.yaml')
    .action(({ config }: ConfigOptions) => {
      const { warnings } = readConfig(context, { ...(config === undefined ? {} : { file: config }) });
      for (const warning of warnings) note(context, `warning: ${warning}`);
      note(context, 'The settings are fine.');
    });
  const printing = new Command('print')
    .description('the settings in force; secrets are redacted')
    .option(...file)
    .option('--origin', 'say where each came from')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nExample:\n  skylark config print --origin')
    .action(({ config, origin, json }: ConfigOptions) => {
      const loaded = readConfig(context, { ...(config === undefined ? {} : { file: config }) });
      if (json) print(context, configAsJson(loaded, origin ?? false));
      else context.stdout.write(printConfig(loaded, origin ?? false));
    });
  const schema = new Command('schema')
    .description('JSON Schema of the settings file')
    .addHelpText('after', '\nExample:\n  skylark config schema > skylark.schema.json')
    .action(() => print(context, JSON.stringify(configSchema(), null, 2)));
  return new Command('config').description('check, print or describe the settings').addHelpText('after', '\nExample:\n  skylark config print --origin').addCommand(check).addCommand(printing).addCommand(schema);
}
