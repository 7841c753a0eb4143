import { runProgram } from './cli/program.js';
import { systemClock } from './system-clock.js';

const interrupted = new AbortController();
const signals = { count: 0 };
const stop = (): void => {
  // The first asks, the second insists.
  if (++signals.count > 1) process.exit(1);
  interrupted.abort();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
// A reader that went away (| head) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.stderr.on('error', () => undefined);

// The clock's pauses do not keep the process alive by themselves; a command at work does.
const alive = setInterval(() => undefined, 2 ** 30);
process.exitCode = await runProgram(
  {
    clock: systemClock,
    environment: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: interrupted.signal,
    setExitCode: () => undefined,
  },
  process.argv.slice(2),
);
clearInterval(alive);
