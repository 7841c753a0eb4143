import type { Arena, ShapeIndex } from '@skylark/algorithms';
import { liveMatcher } from '../candidates.js';
import type { SearchPlan } from '../search-plan.js';
import type { ShapeQuery } from '../shape-query.js';

/** Who is no candidate of a search, as a byte by id in the shared memory. */
export interface LiveMask {
  /** Writes the mask of a search: free places, the query itself, what is excluded, and those compared elsewhere. Answers its address. */
  write(query: ShapeQuery, plan: SearchPlan, elsewhere: readonly string[]): number;
}

export function createLiveMask(arena: Arena, index: ShapeIndex): LiveMask {
  let [address, room] = [0, 0];
  return {
    write(query, plan, elsewhere) {
      if (room < index.capacity) {
        if (room > 0) arena.release(address, room);
        room = 2 * index.capacity;
        address = arena.allocate(room);
      }
      const { bytes } = arena.views();
      const isCandidate = liveMatcher(query, plan, false);
      for (let id = 0; id < index.capacity; id += 1) {
        const metric = index.metric(id);
        bytes[address + id] = metric !== undefined && isCandidate(metric) ? 0 : 1;
      }
      for (const metric of elsewhere) bytes[address + index.id(metric)!] = 1;
      return address;
    },
  };
}
