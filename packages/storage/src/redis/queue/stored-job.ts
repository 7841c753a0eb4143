import type { Json } from '@skylark/core';

/** How a job lies in BullMQ: its data, and by which call it was added. */
export interface StoredJob {
  readonly of: Json;
  readonly by: string;
}
