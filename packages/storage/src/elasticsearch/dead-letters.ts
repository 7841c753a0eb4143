import { createHash } from 'node:crypto';
import type { Clock, Logger, PutFailure, ShapeDocument } from '@skylark/core';
import type { BulkWriter } from './bulk-writer.js';
import type { IndexNames } from './index-names.js';
import type { IndexTopology } from './index-topology.js';
import { versionAt } from './versions.js';

/** Keeps documents that the index refused for good, with the reason, in an index of their own; one for each id. */
export type DeadLetters = (failures: readonly PutFailure[], documents: readonly ShapeDocument[]) => Promise<void>;

export interface DeadLettersOptions {
  readonly write: BulkWriter;
  readonly names: IndexNames;
  readonly topology: IndexTopology;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createDeadLetters({ write, names, topology, clock, logger }: DeadLettersOptions): DeadLetters {
  return async (failures, documents) => {
    if (failures.length === 0) return;
    const byId = new Map(documents.map((document) => [document.id, document]));
    const items = failures.map(({ id, reason }) => {
      const document = byId.get(id);
      const source = JSON.stringify({ '@timestamp': Math.round(clock.now() * 1000), 'id': id.slice(0, 512), 'metric': document?.metric.slice(0, 1024) ?? '', reason, 'document': asText(document) });
      // The id itself may be what is wrong with it.
      return { alias: names.deadLetters, id: createHash('sha256').update(id).digest('hex'), version: versionAt(clock.now()), source };
    });
    // Where this rejects, the put is tried again as a whole, and these with it.
    const { failures: lost } = await write(items, { tries: 3, patient: false, recreate: (alias) => topology.ensureDeadLetters().then(() => alias) });
    for (const { reason } of lost) logger.error('index.dead-letter-lost', { reason });
  };
}

/** For a person to read and repair: columns as plain numbers. */
function asText(document: ShapeDocument | undefined): string {
  return JSON.stringify(document, (_key, value: unknown) => (value instanceof Float64Array || value instanceof Float32Array ? [...value] : value)) ?? '';
}
