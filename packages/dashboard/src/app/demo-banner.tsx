import type { ReactNode } from 'react';
import { useDemoMetrics, useRemoveDemo } from '../data/queries.js';
import { plural } from '../design/format.js';

/** As long as there is invented data, it says so, and takes it away in one click. */
export function DemoBanner(): ReactNode {
  const metrics = useDemoMetrics();
  const remove = useRemoveDemo();
  if (metrics === 0) return null;
  return (
    <div className="banner" role="region" aria-label="Demo data">
      <p>
        <b>Demo data.</b> The {plural(metrics, 'series', 'series')} under <code>demo.</code> {metrics === 1 ? 'is' : 'are'} invented.
        {remove.error && <span role="alert"> Not removed: {remove.error.message}</span>}
      </p>
      <button type="button" className="button" disabled={remove.isPending} onClick={() => remove.mutate()}>
        {remove.isPending ? 'Removing' : 'Remove demo data'}
      </button>
    </div>
  );
}
