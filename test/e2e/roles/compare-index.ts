import type { Deployment } from './deployment.js';

/** Ids of the anomaly log against those of the documents, as Elasticsearch itself lists them over all months. */
export async function compareIndex({ store, environment }: Deployment): Promise<{ missing: string[]; extra: string[]; twice: string[] }> {
  const { anomalies } = await store.anomalies.query({ state: 'all', limit: 9000 });
  const recorded = new Set(anomalies.map(({ id }) => id));
  const node = environment['SKYLARK_ELASTICSEARCH__NODE'];
  const prefix = environment['SKYLARK_ELASTICSEARCH__PREFIX'];
  await fetch(`${node}/${prefix}-anomalies*/_refresh`, { method: 'POST' });
  const answer = (await (await fetch(`${node}/${prefix}-anomalies/_search?size=9000&_source=id`)).json()) as { hits?: { hits: { _source: { id: string } }[] } };
  const ids = (answer.hits?.hits ?? []).map(({ _source }) => _source.id);
  const documents = new Set(ids);
  return {
    missing: [...recorded].filter((id) => !documents.has(id)),
    extra: [...documents].filter((id) => !recorded.has(id)),
    twice: ids.filter((id, i) => ids.indexOf(id) !== i),
  };
}
