import type { Clock, Sampler, SearchStage } from '@skylark/core';

/** Adds up what each stage of one search was given and took, in the order first entered. */
export interface Stages {
  /** Runs work as (part of) a stage. */
  time<T>(name: string, candidates: number, work: () => T): T;
  timeAsync<T>(name: string, work: () => Promise<T>, candidates: (result: T) => number): Promise<T>;
  report(): readonly SearchStage[];
}

export function createStages(clock: Clock): Stages {
  const stages = new Map<string, { candidates: number; tookMs: number }>();
  const add = (name: string, candidates: number, since: number): void => {
    const stage = stages.get(name) ?? { candidates: 0, tookMs: 0 };
    stages.set(name, { candidates: stage.candidates + candidates, tookMs: stage.tookMs + clock.elapsedMs() - since });
  };
  return {
    time(name, candidates, work) {
      const since = clock.elapsedMs();
      const result = work();
      add(name, candidates, since);
      return result;
    },
    async timeAsync(name, work, candidates) {
      const since = clock.elapsedMs();
      const result = await work();
      add(name, candidates(result), since);
      return result;
    },
    report: () => [...stages].map(([name, stage]) => ({ name, ...stage })),
  };
}

/** Seconds by stage over all searches, as figures of the process. */
export interface StageCounters {
  add(stages: readonly SearchStage[]): void;
  readonly samples: Sampler;
}

export function createStageCounters(): StageCounters {
  const totals = new Map<string, { seconds: number; searches: number }>();
  return {
    add(stages) {
      for (const { name, tookMs } of stages) {
        const total = totals.get(name) ?? { seconds: 0, searches: 0 };
        totals.set(name, { seconds: total.seconds + tookMs / 1000, searches: total.searches + 1 });
      }
    },
    samples: () => [...totals].flatMap(([stage, { seconds, searches }]) => [
      { name: 'skylark_search_seconds_sum', help: 'Seconds spent in a stage of searches', kind: 'counter' as const, labels: { stage }, value: seconds },
      { name: 'skylark_search_seconds_count', help: 'Searches that had a stage', kind: 'counter' as const, labels: { stage }, value: searches },
    ]),
  };
}
