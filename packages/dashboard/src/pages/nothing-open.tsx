import type { ReactNode } from 'react';
import { useStatus } from '../data/queries.js';
import { plural } from '../design/format.js';
import { CopyLine, Notice } from '../design/notice.js';

/** An empty list is good news, a filter too narrow, or a store nobody has sent anything to: it says which. */
export function NothingOpen({ filtered, onClear }: { filtered: boolean; onClear: () => void }): ReactNode {
  const { data: status } = useStatus();
  if (filtered) {
    return (
      <Notice title="The filters leave nothing" actions={<button type="button" className="button" onClick={onClear}>Clear filters</button>}>
        <p className="dim">There are open anomalies, but none with these severities and this name.</p>
      </Notice>
    );
  }
  if (status && status.metrics === 0) return <FirstRun />;
  const round = status?.lastRound;
  return (
    <Notice title="All clear">
      <p className="dim">
        {status ? `${plural(status.metrics, 'metric')} watched, nothing open.` : 'Nothing open.'}
        {round && ` The last round judged ${plural(round.series, 'series', 'series')}.`}
      </p>
    </Notice>
  );
}

function FirstRun(): ReactNode {
  return (
    <Notice title="Waiting for the first datapoint">
      <p className="dim">No metric has arrived yet. Send one from a shell:</p>
      <CopyLine text={`echo "my.first.metric 42 $(date +%s)" | nc -w 1 ${globalThis.location.hostname} 2003`} />
      <p className="dim">or fill the store with example series that have known incidents:</p>
      <CopyLine text="npx skylark seed" />
      <p className="dim small">What speaks Graphite or InfluxDB line protocol can send here as it is. Every metric is judged once a minute.</p>
    </Notice>
  );
}
