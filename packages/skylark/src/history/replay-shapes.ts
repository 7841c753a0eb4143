import { z } from 'zod';

/** What `skylark replay` asks for one metric. `rules` and other settings override those in force. */
export const replayRequest = z.strictObject({
  from: z.number().optional(),
  until: z.number().optional(),
  dryRun: z.boolean().default(false),
  settings: z.record(z.string(), z.unknown()).optional(),
});

export type ReplayRequest = z.infer<typeof replayRequest>;

const finding = z.looseObject({ id: z.string(), metric: z.string(), kind: z.string(), start: z.number(), end: z.number().nullable(), peak: z.number(), score: z.number(), explanation: z.string() });

/** What it found. `recorded` are the findings of the past as they stand now in the log (dry run: would stand). */
export const replayAnswer = z.object({
  slots: z.number(),
  found: z.array(finding),
  added: z.array(z.string()),
  changed: z.array(z.string()),
  missing: z.array(z.string()),
});

export type ReplayAnswer = z.infer<typeof replayAnswer>;
