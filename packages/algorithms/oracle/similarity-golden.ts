import { existsSync, readFileSync } from 'node:fs';

/** One pair of the golden file; `fastdtwOfOculus` is what Oculus' broken class answers, see docs. */
export interface GoldenPair {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly dtw: number;
  readonly fastdtw: Readonly<Record<string, { distance: number; pathLength: number }>>;
  readonly fastdtwOfOculus: Readonly<Record<string, { distance: number; pathLength: number }>>;
  readonly fingerprint: { readonly values: readonly number[]; readonly words: string };
}

/** The whole golden file where it lies beside the checkout, else the committed sample. */
export function goldenPairs(): GoldenPair[] {
  const root = new URL('../../../', import.meta.url);
  const whole = new URL('../shared/golden/similarity.jsonl', root);
  const file = existsSync(whole) ? whole : new URL('test/golden/similarity.sample.jsonl', root);
  return readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as GoldenPair);
}
