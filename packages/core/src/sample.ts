/**
 * One figure a role reports of itself. Plain data, so that it crosses threads; rendered for Prometheus
 * by the api and fed back as `skylark.*` series. Label values are bounded sets, never a metric's name.
 */
export interface Sample {
  /** Prometheus name, `skylark_..._total` for counters. */
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Something that can be asked for its samples at any time, cheaply. */
export type Sampler = () => readonly Sample[];
