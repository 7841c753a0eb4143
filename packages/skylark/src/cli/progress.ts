import { Presets, SingleBar } from 'cli-progress';
import type { CommandContext } from './command-context.js';

export interface Progress {
  to(done: number): void;
  stop(): void;
}

/** A bar on a terminal once the work has taken two seconds; nothing elsewhere. */
export function startProgress(context: CommandContext, total: number, label: string): Progress {
  const startedMs = context.clock.elapsedMs();
  let bar: SingleBar | null = null;
  return {
    to(done) {
      if (bar) bar.update(done);
      else if (context.stderr.isTTY && context.clock.elapsedMs() - startedMs > 2000) {
        bar = new SingleBar({ format: `${label} {bar} {percentage}% {value}/{total}`, stream: context.stderr, hideCursor: true }, Presets.shades_classic);
        bar.start(total, done);
      }
    },
    stop: () => bar?.stop(),
  };
}
