import { SkylarkError } from '@skylark/core';
import { storedFields } from './document-source.js';
import type { ElasticConnection } from './elastic-connection.js';
import { isObject, listAt, numberAt, objectAt, type JsonObject } from './replies.js';

/** Documents of one request: bounds memory. */
const atOnce = 500;

/** A document's place: an index, or an alias of one. */
export interface Place {
  readonly _index: string;
  readonly _id: string;
}

/** The stored fields of those that are there, as they are now, refreshed or not. */
export async function readSources(connection: ElasticConnection, places: readonly Place[]): Promise<JsonObject[]> {
  return (await readAll(connection, places, storedFields)).flatMap((entry) => (entry['found'] === true ? [objectAt(entry, '_source')] : []));
}

/** The version of each, in order; null for what is not there. */
export async function readVersions(connection: ElasticConnection, places: readonly Place[]): Promise<(number | null)[]> {
  return (await readAll(connection, places, false)).map((entry) => (entry['found'] === true ? numberAt(entry, '_version') : null));
}

async function readAll(connection: ElasticConnection, places: readonly Place[], source: readonly string[] | false): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (let i = 0; i < places.length; i += atOnce) {
    const docs = places.slice(i, i + atOnce).map((place) => ({ ...place, _source: source }));
    const { body } = await connection.request({ method: 'POST', path: '/_mget', body: { docs } });
    const entries = listAt(body, 'docs')?.filter(isObject) ?? [];
    if (entries.length !== docs.length) throw new SkylarkError('index-away', 'garbage: the reply to a read by ids does not fit');
    found.push(...entries);
  }
  return found;
}
