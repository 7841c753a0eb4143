import { distanceReport } from '@skylark/algorithms';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { CommandContext } from '../cli/command-context.js';
import { mapLines } from '../cli/map-lines.js';

const distanceLine = z.object({ a: z.array(z.number()).min(1), b: z.array(z.number()).min(1) });

interface DistanceOptions {
  readonly radius: number[];
  readonly band?: number;
  readonly znormalize?: boolean;
}

export function distanceCommand(context: CommandContext): Command {
  return new Command('distance')
    .description('distances and fingerprints of pairs, offline: JSON lines {a, b}')
    .argument('[file]', 'a file; - or nothing: stdin', '-')
    .option('--radius <r>', 'radius of FastDTW, may be repeated (default: 1; 0: no widening)', addRadius, [] as number[])
    .option('--band <f>', 'Sakoe-Chiba band as a fraction of the longer length', fraction)
    .option('--znormalize', 'z-normalise both first; adds dtwBanded, the distance search uses')
    .addHelpText('after', '\nExample:\n  echo \'{"a":[1,2,3],"b":[1,3,3]}\' | skylark distance --radius 1 --radius 5')
    .action(async (file: string, { radius, band, znormalize }: DistanceOptions) => {
      const radii = radius.length > 0 ? radius : [1];
      await mapLines(context, file, distanceLine, (pair) => distanceReport(pair, { radii, ...(band === undefined ? {} : { band }), znormalize: znormalize ?? false }));
    });
}

function addRadius(text: string, radii: number[]): number[] {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number, 0 or more');
  return [...radii, Number(text)];
}

function fraction(text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('a fraction from 0 to 1');
  return value;
}
