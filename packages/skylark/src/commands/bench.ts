import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type CommandContext, UsageError } from '../cli/command-context.js';

export function benchCommand(context: CommandContext): Command {
  return new Command('bench')
    .description('benchmarks, a JSON line a figure, each beside its alternative (from a checkout)')
    .argument('[names...]', 'which; nothing: all')
    .addHelpText('after', '\nExample:\n  skylark bench nine')
    .action((names: string[]) => {
      const script = fileURLToPath(new URL('../../../../scripts/bench.mjs', import.meta.url));
      if (!existsSync(script)) throw new UsageError('benchmarks run from a checkout of Skylark only');
      const { status } = spawnSync(process.execPath, [script, ...names], { stdio: 'inherit' });
      if (status !== 0) context.setExitCode(status === 2 ? 2 : 1);
    });
}
