import { shapeVectorLength } from '@skylark/algorithms';
import type { IndexNames } from './index-names.js';
import type { JsonObject } from './replies.js';

/** Kept, not searched: bytes in base64. */
const bytes = { type: 'binary' };
const seconds = { type: 'double', index: false };
const keyword = { type: 'keyword' };

/**
 * The fixed mapping of a document (`dynamic: strict`: what is not here is refused, so nothing a sender invents grows it).
 *
 * @param vectors false where the distribution lacks `dense_vector`; candidates by vector are then found by reading all shapes
 */
export function shapeMapping(vectors: boolean): JsonObject {
  return {
    dynamic: 'strict',
    properties: {
      // For Kibana: the anomaly's start.
      '@timestamp': { type: 'date' },
      // A copy of _id, which cannot be sorted by.
      'id': keyword,
      'metric': keyword,
      // Of a tagged name, `key=value`.
      'tags': keyword,
      'kind': keyword,
      'severity': keyword,
      'score': { type: 'double' },
      'start': seconds,
      'end': seconds,
      'from': seconds,
      'until': { type: 'double' },
      // Words in order; their number says nothing, so no norms.
      'fingerprint': { type: 'text', analyzer: 'whitespace', norms: false },
      // See `searchVector`. Compared exactly (flat): 32 numbers are quick to compare, and a generation of Oculus mode is built in one go.
      ...(vectors && { vector: { type: 'dense_vector', dims: shapeVectorLength, similarity: 'l2_norm', index_options: { type: 'flat' } } }),
      // The vector and the data, exactly as they were given. Where all shapes are read to be compared, they lie in a column of their own.
      'shape': vectors ? bytes : { type: 'binary', doc_values: true },
      'data': bytes,
    },
  };
}

/** Of indices that serve: found within a second, one copy more as soon as there is a node for it, and deletions known for as long as a put may be late. */
export const servingSettings = { 'index.gc_deletes': '10m', 'index.refresh_interval': '500ms', 'index.auto_expand_replicas': '0-1', 'index.translog.durability': 'request' } as const;
/** While an index is built: nobody reads it, and a build that fails is begun anew. */
export const buildingSettings = { 'index.refresh_interval': '-1', 'index.auto_expand_replicas': 'false', 'index.number_of_replicas': 0, 'index.translog.durability': 'async' } as const;

/** A template for each generation, so that the patterns of two prefixes never overlap. */
export function shapeTemplate(names: IndexNames, generation: string, vectors: boolean): JsonObject {
  return {
    index_patterns: [`${names.reader(generation)}-*`],
    priority: 200,
    template: { settings: { 'index.number_of_shards': 1, ...servingSettings }, mappings: shapeMapping(vectors) },
    _meta: { managed_by: 'skylark' },
  };
}

/** Documents refused for good, whole, with the reason. */
export function deadLetterTemplate(names: IndexNames): JsonObject {
  return {
    index_patterns: [`${names.deadLetters}-*`],
    priority: 200,
    template: {
      settings: { 'index.number_of_shards': 1, ...servingSettings },
      mappings: {
        dynamic: 'strict',
        properties: { '@timestamp': { type: 'date' }, 'id': keyword, 'metric': keyword, 'reason': { type: 'text' }, 'document': { type: 'text', index: false } },
      },
    },
    _meta: { managed_by: 'skylark' },
  };
}
