import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export type GoldenVotes = Readonly<Record<string, boolean | null>>;

/** One series of the golden file with what the original says of it. */
export interface GoldenNine {
  readonly id: string;
  readonly now: number;
  readonly timestamps: readonly number[];
  readonly values: readonly number[];
  readonly expected: Readonly<Record<'etsy' | 'fixed', { readonly status: 'ok' | 'Stale' | 'Boring' | 'TooShort'; readonly anomalous: boolean; readonly votes: GoldenVotes }>>;
  /** (statistic - threshold) / statistic or so, by detector: a vote may differ where it is under 1e-9. */
  readonly margin: Readonly<Record<string, number | null>>;
}

/** The whole golden file where it lies beside the checkout, else the committed sample. */
export function goldenNine(): GoldenNine[] {
  const root = new URL('../../../', import.meta.url);
  const whole = new URL('../shared/golden/nine-tests.jsonl.gz', root);
  const text = existsSync(whole) ? gunzipSync(readFileSync(whole)).toString('utf8') : readFileSync(new URL('test/golden/nine-tests.sample.jsonl', root), 'utf8');
  return text.trim().split('\n').map((line) => JSON.parse(line) as GoldenNine);
}
