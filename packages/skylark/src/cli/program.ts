import { Command, CommanderError } from 'commander';
import { isSkylarkError } from '@skylark/core';
import { anomaliesCommand } from '../commands/anomalies.js';
import { backtestCommand } from '../commands/backtest.js';
import { benchCommand } from '../commands/bench.js';
import { configCommand } from '../commands/config.js';
import { dbCommand } from '../commands/db.js';
import { decodeCommand } from '../commands/decode.js';
import { distanceCommand } from '../commands/distance.js';
import { doctorCommand } from '../commands/doctor.js';
import { exportCommand } from '../commands/export.js';
import { importCommand } from '../commands/import.js';
import { judgeCommand } from '../commands/judge.js';
import { metricsCommand } from '../commands/metrics.js';
import { replayCommand } from '../commands/replay.js';
import { seedCommand } from '../commands/seed.js';
import { sendCommand } from '../commands/send.js';
import { similarCommand } from '../commands/similar.js';
import { statusCommand } from '../commands/status.js';
import { upCommand } from '../commands/up.js';
import { version } from '../version.js';
import { type CommandContext, type ExitCode, note, UsageError } from './command-context.js';

/** Runs one command line to its end; answers the status to exit with. Never throws. */
export async function runProgram(context: CommandContext, args: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const inner: CommandContext = { ...context, setExitCode: (code) => (exitCode = code) };
  try {
    await createProgram(inner).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(context, error);
  }
}

function createProgram(context: CommandContext): Command {
  const program = new Command('skylark')
    .description('Watches every metric, says which misbehave now, and finds the metrics that look alike.')
    .version(version)
    .addHelpText('after', '\nExample:\n  skylark up --demo');
  const commands = [
    upCommand, statusCommand, anomaliesCommand, metricsCommand, similarCommand, sendCommand, seedCommand, importCommand, exportCommand, replayCommand,
    backtestCommand, judgeCommand, distanceCommand, decodeCommand, configCommand, doctorCommand, dbCommand, benchCommand,
  ];
  for (const make of commands) program.addCommand(make(context));
  everyCommand(program, (command) => {
    command.exitOverride().showSuggestionAfterError().configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    });
  });
  return program;
}

function everyCommand(command: Command, visit: (command: Command) => void): void {
  visit(command);
  for (const child of command.commands) everyCommand(child, visit);
}

function report(context: CommandContext, error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 || error.code === 'commander.help' ? (error.exitCode === 0 ? 0 : 2) : 2;
  if (error instanceof UsageError) {
    note(context, `error: ${error.message}`);
    return 2;
  }
  if (isSkylarkError(error)) {
    note(context, `error: ${error.message}`);
    if (error.code === 'bad-config' || error.code === 'bad-pattern') return 2;
    return error.code === 'unreachable' ? 3 : 1;
  }
  if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES' || error.code === 'EISDIR')) {
    note(context, `error: ${error.message}`);
    return 2;
  }
  note(context, `error: ${error instanceof Error ? (context.environment['SKYLARK_DEBUG'] ? (error.stack ?? error.message) : error.message) : String(error)}`);
  return 1;
}
