import type { Datapoint } from '@skylark/core';
import { decodeAll, type RejectedItem } from '@skylark/horizon';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, print } from '../cli/command-context.js';
import { readAll } from '../cli/read-lines.js';

interface DecodeOptions {
  readonly protocol: 'carbon' | 'pickle' | 'msgpack' | 'influx';
  readonly precision: 'n' | 'u' | 'ms' | 's' | 'm' | 'h';
  readonly now?: bigint;
}

export function decodeCommand(context: CommandContext): Command {
  return new Command('decode')
    .description("bytes as a listener would get them to JSON lines, with the listeners' own decoders")
    .argument('[file]', 'a file; - or nothing: stdin', '-')
    .addOption(new Option('--protocol <name>', 'what the bytes are (pickle: length-prefixed frames)').choices(['carbon', 'pickle', 'msgpack', 'influx']).makeOptionMandatory())
    .addOption(new Option('--precision <p>', 'unit of timestamps in line protocol').choices(['n', 'u', 'ms', 's', 'm', 'h']).default('n'))
    .option('--now <ns>', 'the time of what carries none, nanoseconds since the epoch (default: the clock)', nanoseconds)
    .addHelpText('after', '\nExample:\n  echo "web.latency 42 1700000000" | skylark decode --protocol carbon')
    .action(async (file: string, { protocol, precision, now }: DecodeOptions) => {
      const nowNs = now ?? BigInt(Math.floor(context.clock.now() * 1e6)) * 1000n;
      for (const item of decodeAll(protocol, await readAll(context, file), { precision, nowNs })) print(context, lineOf(item));
    });
}

function nanoseconds(text: string): bigint {
  if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('whole nanoseconds since the epoch');
  return BigInt(text);
}

/** JSON that keeps the sign of zero, which JSON.stringify drops. */
function lineOf(item: Datapoint | RejectedItem): string {
  const line = JSON.stringify(item);
  return 'value' in item && Object.is(item.value, -0) ? line.replace(/"value":0}$/, '"value":-0}') : line;
}
