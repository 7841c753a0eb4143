import type { ReactNode } from 'react';
import { useTitle } from '../app/use-title.js';
import { useStatus } from '../data/queries.js';
import { useAsk } from '../data/use-ask.js';
import { formatAge, formatCount, formatTook, formatValue, plural } from '../design/format.js';
import { ErrorNotice } from '../design/notice.js';
import '../design/form.css';

const bytes = new Intl.NumberFormat('en', { style: 'unit', unit: 'megabyte', maximumFractionDigits: 1 });

/** The data path: each stage with its rate, lag, queue and drops; the last round; what readiness says. */
export function PipelinePage(): ReactNode {
  useTitle('Pipeline');
  const { data, error, refetch } = useStatus();
  const ready = useAsk(['ready'], (api, signal) => api.readiness(signal), { refetchInterval: 10_000 });
  if (error && !data) return <main className="page" id="main"><ErrorNotice error={error} retry={() => void refetch()} what="The status" /></main>;
  return (
    <main className="page" id="main">
      <h1>Pipeline</h1>
      <section className="panel" aria-label="Stages">
        <div className="scroll">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Stage</th>
                <th scope="col" className="number">Rate</th>
                <th scope="col" className="number">Lag</th>
                <th scope="col" className="number">Queue</th>
                <th scope="col" className="number">Dropped</th>
              </tr>
            </thead>
            <tbody>
              {data?.stages.map(({ name, ratePerSecond, lagSeconds, queue, dropped }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td className="number">{formatValue(ratePerSecond)} /s</td>
                  <td className="number">{lagSeconds === null ? '–' : formatTook(lagSeconds * 1000)}</td>
                  <td className="number">{queue === undefined ? '–' : formatCount(queue)}</td>
                  <td className="number">{formatCount(dropped)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <div className="two-columns">
        <section className="panel" aria-label="Store">
          <h2>Store</h2>
          {data && (
            <p>
              {plural(data.metrics, 'metric')} in {bytes.format(data.storeBytes / 1e6)}, backend {data.backend}. Skylark {data.version}, up for {formatAge(data.uptimeSeconds)}.
            </p>
          )}
          {data?.lastRound && (
            <p className="dim">
              Last round: {plural(data.lastRound.series, 'series', 'series')} judged in {formatTook(data.lastRound.tookMs)}, {plural(data.lastRound.anomalies, 'anomaly', 'anomalies')} open{data.lastRound.late === true ? ', late' : ''}.
            </p>
          )}
        </section>
        <section className="panel" aria-label="Readiness">
          <h2>Readiness</h2>
          <pre className="mono small">{ready.data ?? ''}</pre>
        </section>
      </div>
    </main>
  );
}
