import { noRemarks, SkylarkError, type AnomalyEvent, type AnomalyEventType, type AnomalyFinding } from '@skylark/core';
import { findingOf, toEventCursor, wholeAnomaly, type AnomalyHead, type StoredAnomaly } from '../../rules/anomaly-rules.js';
import { packText, unpackText } from './packed-text.js';

type Remarks = Pick<StoredAnomaly, 'remarks' | 'remarkedAt'>;

const unremarked: Remarks = { remarks: noRemarks, remarkedAt: 0 };

export const packRemarks = ({ remarks, remarkedAt }: Remarks): Buffer => packText(JSON.stringify({ remarks, remarkedAt } satisfies Remarks));

export const unpackStored = (id: string, finding: Buffer, remarks: Buffer | null): StoredAnomaly =>
  ({ finding: unpack<AnomalyFinding>(id, finding), ...(remarks && remarks.length > 0 ? unpack<Remarks>(id, remarks) : unremarked) });

function unpack<T>(id: string, packed: Buffer): T {
  const text = unpackText(packed);
  if (text === null) throw new SkylarkError('store-corrupt', `anomaly ${id}`);
  return JSON.parse(text) as T;
}

/** Metric and id as one text that sorts by metric; no name holds a control character. */
export const metricMember = (metric: string, id: string): string => `${metric}\u0000${id}`;

/** What `recordLua` takes for a finding. */
export function recordArguments(finding: AnomalyFinding): (string | number | Buffer)[] {
  const { id, metric, state, start, end, score } = finding;
  const head = JSON.stringify([metric, state, start, end, score]);
  return [id, packText(JSON.stringify(findingOf(finding))), head, state, -score, state === 'closed' ? (end ?? '+inf') : '', metricMember(metric, id)];
}

export function parseHead(id: string, text: string): AnomalyHead {
  const [metric, state, start, end, score] = JSON.parse(text) as [string, AnomalyHead['state'], number, number | null, number];
  return { id, metric, state, start, end, score };
}

/** `sequence-0` and its fields. */
export type StreamEntry = readonly [id: Buffer, fields: readonly Buffer[]];

export const sequenceOf = ([id]: StreamEntry): number => Number(id.toString().split('-')[0]);

export function unpackEvent(entry: StreamEntry): AnomalyEvent {
  const sequence = sequenceOf(entry);
  const [, fields] = entry;
  const field = (name: string): Buffer | null => fields[fields.findIndex((some, i) => i % 2 === 0 && some.toString() === name) + 1] ?? null;
  const anomaly = wholeAnomaly(unpackStored(`of event ${sequence}`, field('finding') ?? Buffer.alloc(0), field('remarks')));
  return { cursor: toEventCursor(sequence), type: (field('type')?.toString() ?? 'updated') as AnomalyEventType, anomaly };
}
