import { type ReactNode, useState } from 'react';
import { Link, useParameters } from '../app/location.js';
import { MetricLink } from '../app/metric-link.js';
import { metricPath } from '../app/routes.js';
import { useTitle } from '../app/use-title.js';
import type { ListedIncident } from '../data/api-types.js';
import { useNow } from '../data/clock.js';
import { useAsk } from '../data/use-ask.js';
import { formatAge, formatTime, plural } from '../design/format.js';
import { sharedPrefix } from '../design/name-parts.js';
import { ErrorNotice, Notice } from '../design/notice.js';
import { SeverityMark, severityWord } from '../design/severity-mark.js';
import '../design/form.css';
import '../incidents/incidents.css';

const spans: readonly { readonly value: string; readonly label: string; readonly seconds: number }[] = [
  { value: '1d', label: 'Last day', seconds: 86_400 },
  { value: '7d', label: 'Last week', seconds: 7 * 86_400 },
  { value: '30d', label: 'Last month', seconds: 30 * 86_400 },
];

/** What started together is one incident: who moved first, who followed, and who moved alike without being flagged. */
export function IncidentsPage(): ReactNode {
  const { read, change } = useParameters();
  const now = useNow(30);
  useTitle('Incidents');
  const span = spans.find(({ value }) => value === read('span')) ?? spans[0]!;
  const from = Math.floor((now - span.seconds) / 60) * 60;
  const { data, error, refetch } = useAsk(['incidents', span.value], (api, signal) => api.incidents({ from }, signal), { refetchInterval: 15_000 });
  return (
    <main className="page" id="main">
      <div className="panel-head">
        <h1>Incidents</h1>
        <select className="field" aria-label="How far back" value={span.value} onChange={({ target }) => change({ span: target.value === '1d' ? null : target.value })}>
          {spans.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </div>
      {error ? (
        <ErrorNotice error={error} retry={() => void refetch()} what="The incidents" />
      ) : data && data.length === 0 ? (
        <Notice title="No incident">
          <p className="dim">Nothing was anomalous in this time.</p>
        </Notice>
      ) : (
        <ul className="incidents" aria-label="Incidents">
          {data?.map((incident) => (
            <IncidentCard key={incident.id} incident={incident} now={now} />
          ))}
        </ul>
      )}
    </main>
  );
}

const mostShown = 8;

function IncidentCard({ incident, now }: { incident: ListedIncident; now: number }): ReactNode {
  const [all, setAll] = useState(false);
  const { id, state, start, end, leader, anomalies } = incident;
  const worst = [...anomalies].sort((a, b) => b.score - a.score)[0];
  const prefix = sharedPrefix(anomalies.map(({ metric }) => metric));
  const shown = all ? anomalies : anomalies.slice(0, mostShown);
  return (
    <li className="incident" data-incident={id} data-severity={worst?.severity}>
      <header className="line">
        {worst && (
          <span className="line">
            <SeverityMark severity={worst.severity} size={14} /> <b className="severity-word">{severityWord(worst.severity)}</b>
          </span>
        )}
        <b>
          <MetricLink to={metricPath(leader, { anomaly: id })} name={leader} />
        </b>
        <span className="dim">{anomalies.length === 1 ? 'alone' : `moved first, ${plural(anomalies.length - 1, 'anomaly', 'anomalies')} followed`}</span>
        <span className="dim number small">
          {formatTime(start, now)} · {state === 'open' ? `for ${formatAge(now - start)}` : `lasted ${formatAge((end ?? start) - start)}`}
        </span>
      </header>
      <ol className="incident-members">
        {shown.map((anomaly) => (
          <li key={anomaly.id} data-anomaly={anomaly.id} data-metric={anomaly.metric}>
            <span className="number small dim">{anomaly.start === start ? 'first' : `+${formatAge(anomaly.start - start)}`}</span>
            <Link to={`/?anomaly=${encodeURIComponent(anomaly.id)}`} aria-label={anomaly.metric}>
              <MetricNameText name={anomaly.metric} prefix={prefix} />
            </Link>
            <span className="small dim incident-why">{anomaly.explanation}</span>
          </li>
        ))}
      </ol>
      {anomalies.length > mostShown && (
        <button type="button" className="button button-quiet" onClick={() => setAll(!all)}>
          {all ? 'Fewer' : `All ${anomalies.length}`}
        </button>
      )}
      <Related incident={incident} />
    </li>
  );
}

/** What moved alike and was not flagged: at once for the largest incidents, for the others when somebody asks. */
function Related({ incident: { id, related: told } }: { incident: ListedIncident }): ReactNode {
  const [asked, setAsked] = useState(false);
  const { data, isFetching } = useAsk(['incident', id], (api, signal) => api.incident(id, signal), { enabled: asked });
  const related = told.length > 0 ? told : (data?.related ?? []);
  if (related.length === 0 && data === undefined) {
    return (
      <button type="button" className="button button-quiet incident-related" disabled={isFetching} onClick={() => setAsked(true)}>
        {isFetching ? 'Looking…' : 'What moved alike?'}
      </button>
    );
  }
  if (related.length === 0) return <p className="small dim">Nothing else moved alike.</p>;
  return (
    <p className="small">
      <span className="dim">Moved alike, not flagged: </span>
      {related.map(({ metric, lagSeconds, sign }, i) => (
        <span key={metric} data-metric={metric}>
          {i > 0 && ', '}
          <Link to={metricPath(metric)} className="mono">
            <bdi>{metric}</bdi>
          </Link>
          <span className="faint">{`${Math.abs(lagSeconds) >= 1 ? (lagSeconds < 0 ? ` leads by ${formatAge(-lagSeconds)}` : ` ${formatAge(lagSeconds)} later`) : ''}${sign === -1 ? ' the other way' : ''}`}</span>
        </span>
      ))}
    </p>
  );
}

function MetricNameText({ name, prefix }: { name: string; prefix: string }): ReactNode {
  return (
    <bdi className="mono">
      <span className="faint">{prefix}</span>
      {name.slice(prefix.length)}
    </bdi>
  );
}
