import type { AnomalyIndex, Clock, HealthCheck, Logger, Sample } from '@skylark/core';
import { createElasticAnomalyIndex } from './anomaly-index.js';
import { connectElastic } from './elastic-connection.js';
import { createIndexCounters } from './index-counters.js';
import { indexHealth } from './index-health.js';
import { indexNames } from './index-names.js';
import { createIndexTopology } from './index-topology.js';
import { createCapabilityProbe } from './server-capabilities.js';

export interface ElasticsearchIndexOptions {
  /** `http://host:9200`, with credentials if need be; several for a cluster. */
  readonly node: string | readonly string[];
  /** Of all indices, aliases and templates; default `skylark`. */
  readonly prefix?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** From 0 to 1: jitter of retries. */
  readonly random: () => number;
  /** How long a request may take; default 10 s. */
  readonly requestTimeoutMs?: number;
}

/** The index of the backend `servers`. */
export interface ElasticsearchIndex extends AnomalyIndex {
  /** One line, `index`. Never rejects. */
  health(): Promise<HealthCheck[]>;
  samples(): readonly Sample[];
  /** Ends what is under way; calls after it reject with `store-closed`. */
  close(): Promise<void>;
}

/**
 * The `AnomalyIndex` on Elasticsearch (7.10 or newer) or OpenSearch. Nothing is sent yet: a server that is away does not keep it from opening, templates and
 * indices are made when they are first needed.
 *
 * @throws SkylarkError `bad-config` for a prefix or address that cannot be used
 * @example const index = await openElasticsearchIndex({ node: 'http://127.0.0.1:9200', clock, logger, random: Math.random });
 */
export async function openElasticsearchIndex({ node, prefix = 'skylark', clock, logger, random, requestTimeoutMs }: ElasticsearchIndexOptions): Promise<ElasticsearchIndex> {
  const names = indexNames(prefix);
  const counters = createIndexCounters();
  const connection = await connectElastic({ node, clock, counters, ...(requestTimeoutMs !== undefined && { requestTimeoutMs }) });
  const capabilities = createCapabilityProbe({ connection, names, logger });
  const topology = createIndexTopology({ connection, names, logger, counters, capabilities });
  return {
    ...createElasticAnomalyIndex({ connection, names, topology, capabilities, counters, clock, logger, random }),
    health: () => indexHealth({ connection, names, capabilities }),
    samples: () => counters.samples(),
    close: () => connection.close(),
  };
}
