import { widestAnomalyWindow } from '@skylark/algorithms';
import type { AnomalyFinding, AnomalyIndex, Clock, SeriesStore, ShapeDocument } from '@skylark/core';
import { keepingSnapshot, shapeDocument } from './shape-document.js';

/** Reads anomalies' windows and makes their documents. A document whose data the store has forgotten keeps the snapshot the index holds. */
export type DocumentReader = (anomalies: readonly AnomalyFinding[], past: 'recent' | 'any') => Promise<ShapeDocument[]>;

/** Windows read at once: bounds memory, and gives the event loop a turn between. */
const atOnce = 8;

export function createDocumentReader({ series, index, clock, contextSeconds }: { series: SeriesStore; index: AnomalyIndex; clock: Clock; contextSeconds: number }): DocumentReader {
  const read = async (anomaly: AnomalyFinding): Promise<ShapeDocument> => {
    const [window] = await series.read([anomaly.metric], widestAnomalyWindow(anomaly, contextSeconds));
    return shapeDocument(anomaly, window!, contextSeconds);
  };
  return async (anomalies, past) => {
    const documents: ShapeDocument[] = [];
    for (let at = 0; at < anomalies.length; at += atOnce) {
      documents.push(...await Promise.all(anomalies.slice(at, at + atOnce).map(read)));
      await clock.sleep(0);
    }
    const doubtful = documents.filter(({ timestamps }) => past === 'any' || timestamps.length < 2).map(({ id }) => id);
    if (doubtful.length === 0) return documents;
    const kept = new Map((await index.get(doubtful)).map((document) => [document.id, document]));
    return documents.map((document) => keepingSnapshot(document, kept.get(document.id)));
  };
}
