import { cutToAnomaly, shapeVector, widestAnomalyWindow } from '@skylark/algorithms';
import type { AnomalyFinding, AnomalyIndex, SeriesStore } from '@skylark/core';

/** Shape vectors of anomalies by id; those without data or a shape are left out. */
export type ShapesOf = (anomalies: readonly AnomalyFinding[]) => Promise<Map<string, Float32Array>>;

const documentsAtOnce = 200;

/** From the index' copy where there is one, else (not indexed yet, or the index is away) from the store. */
export function createShapesOf({ index, series }: { index: AnomalyIndex; series: SeriesStore }): ShapesOf {
  return async (anomalies) => {
    const shapes = new Map<string, Float32Array>();
    for (let at = 0; at < anomalies.length; at += documentsAtOnce) {
      const slice = anomalies.slice(at, at + documentsAtOnce);
      const documents = await index.get(slice.map(({ id }) => id)).catch(() => []);
      for (const { id, vector } of documents) if (hasShape(vector)) shapes.set(id, vector);
      for (const anomaly of slice) if (!shapes.has(anomaly.id)) await addFromStore(shapes, anomaly);
    }
    return shapes;
  };

  async function addFromStore(shapes: Map<string, Float32Array>, anomaly: AnomalyFinding): Promise<void> {
    const [read] = await series.read([anomaly.metric], widestAnomalyWindow(anomaly));
    if (read === undefined) return;
    const { series: cut } = cutToAnomaly(read, anomaly);
    const vector = shapeVector(cut.timestamps, cut.values);
    if (hasShape(vector)) shapes.set(anomaly.id, vector);
  }
}

const hasShape = (vector: Float32Array): boolean => vector.some((value) => value !== 0);
