import { type Anomaly, severityOf } from '@skylark/core';
import { z } from 'zod';

/** An anomaly as the outside sees it: with its severity, without the analyzer's bookkeeping. */
export type AnomalyView = Omit<Anomaly, 'lastFlagged'> & { readonly severity: ReturnType<typeof severityOf> };

export function viewOf({ lastFlagged: _lastFlagged, ...anomaly }: Anomaly): AnomalyView {
  return { ...anomaly, severity: severityOf(anomaly.score) };
}

const vote = z.boolean().nullable();

export const feedback = z.enum(['real', 'false-alarm', 'expected']);

export const anomalyView = z
  .strictObject({
    id: z.string(),
    metric: z.string(),
    kind: z.enum(['deviation', 'stopped']),
    state: z.enum(['open', 'closed']),
    start: z.number(),
    end: z.number().nullable().meta({ description: 'null while open' }),
    peak: z.number().meta({ description: 'time of the highest score' }),
    value: z.number().meta({ description: 'the value at the peak' }),
    score: z.number().min(0).max(100),
    severity: z.enum(['warning', 'minor', 'major', 'critical']),
    expected: z.strictObject({ low: z.number(), high: z.number() }).nullable(),
    votes: z.record(z.string(), vote),
    detectors: z.array(z.strictObject({ name: z.string(), vote, statistic: z.number().nullable(), threshold: z.number().nullable(), explanation: z.string() })),
    explanation: z.string(),
    acknowledged: z.boolean(),
    mutedUntil: z.number().nullable(),
    feedback: feedback.nullable(),
    note: z.string().nullable(),
    by: z.string().optional().meta({ description: 'name of the token of the last person who said something' }),
    silencedBy: z.string().optional().meta({ description: 'the silence or calendar for which nobody is called' }),
    seenBefore: z.array(z.strictObject({ id: z.string(), metric: z.string(), start: z.number(), distance: z.number(), feedback: feedback.nullable(), note: z.string().nullable() })).optional()
      .meta({ description: 'past anomalies of any metric whose shape is nearest; where one anomaly is asked for' }),
    updated: z.number(),
  })
  .meta({ id: 'Anomaly' });
