import { type FormEvent, type ReactNode, useMemo, useState } from 'react';
import Markdown from 'react-markdown';
import { goTo, Link } from '../app/location.js';
import { MetricLink } from '../app/metric-link.js';
import { metricPath } from '../app/routes.js';
import { SeriesChart } from '../charts/series-chart.js';
import type { CollectionChange, CollectionFile, SeriesAnswer } from '../data/api-types.js';
import { useNow } from '../data/clock.js';
import { useAsk, useChange } from '../data/use-ask.js';
import { formatMoment, formatSpan } from '../design/format.js';
import { ErrorNotice } from '../design/notice.js';

/** One saved investigation: notes as text, its own copy of the data as charts, what people said. */
export function CollectionReader({ id }: { id: string }): ReactNode {
  const now = useNow(60);
  const key = ['collections', 'one', id];
  const { data, error, refetch } = useAsk(key, (api, signal) => api.collection(id, signal));
  const edit = useChange(key, (api, change: CollectionChange) => api.editCollection(id, change));
  const remove = useChange(['collections'], (api) => api.deleteCollection(id));
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} what="This investigation" />;
  if (!data) return <div className="skeleton collection-waiting" />;
  return (
    <article className="stack" aria-label="Saved investigation">
      <p>
        <Link to="/collections">← All saved investigations</Link>
      </p>
      <Title title={data.title} onRename={(title) => edit.mutate({ title })} />
      <div className="line">
        <span className="dim number">{formatSpan(data.from, data.until, now)}</span>
        <a className="button" href={`/api/v1/collections/${encodeURIComponent(id)}/export`} download>
          Export
        </a>
        <button type="button" className="button" onClick={() => window.confirm('Delete this investigation?') && remove.mutate(undefined, { onSuccess: () => goTo('/collections') })}>
          Delete
        </button>
      </div>
      {(edit.error ?? remove.error) && <p role="alert" className="failure">Not kept: {(edit.error ?? remove.error)?.message}</p>}
      <div className="two-columns">
        <div className="stack">
          {data.series.map((series) => (
            <SavedSeries key={series.metric} series={series} from={data.from} until={data.until} />
          ))}
        </div>
        <div className="stack">
          <Notes notes={data.notes} onSave={(notes) => edit.mutateAsync({ notes })} />
          <Comments collection={data} />
        </div>
      </div>
    </article>
  );
}

function Title({ title, onRename }: { title: string; onRename: (title: string) => void }): ReactNode {
  const [text, setText] = useState<string | null>(null);
  if (text === null) {
    return (
      <h1 className="line">
        <bdi>{title}</bdi>
        <button type="button" className="button button-quiet" onClick={() => setText(title)}>
          Rename
        </button>
      </h1>
    );
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') onRename(text.trim());
    setText(null);
  };
  return (
    <form className="line" onSubmit={submit}>
      <input className="field grow" aria-label="Title" value={text} maxLength={500} autoFocus onChange={({ target }) => setText(target.value)} />
      <button type="submit" className="button button-first">
        Rename
      </button>
    </form>
  );
}

function SavedSeries({ series: { metric, timestamps, values }, from, until }: { series: CollectionFile['series'][number]; from: number; until: number }): ReactNode {
  const shown = useMemo<SeriesAnswer>(() => ({ metric, from, until, points: values.length, returned: values.length, resolution: medianGap(timestamps), timestamps, values }), [metric, timestamps, values, from, until]);
  const window = useMemo(() => ({ from, until }), [from, until]);
  return (
    <figure data-metric={metric}>
      <figcaption>
        <MetricLink to={metricPath(metric, { from: String(Math.floor(from)), until: String(Math.ceil(until)) })} name={metric} />
      </figcaption>
      <SeriesChart series={shown} window={window} expected={null} spans={[]} height={150} summary={`${metric}: ${values.length} datapoints, a copy`} />
    </figure>
  );
}

function medianGap(timestamps: readonly number[]): number | null {
  const gaps = timestamps.slice(1).map((timestamp, i) => timestamp - timestamps[i]!).sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? null;
}

/** Markdown as text: elements are made by React, raw HTML and images are left out, addresses are checked by the renderer. */
function Notes({ notes, onSave }: { notes: string; onSave: (notes: string) => Promise<unknown> }): ReactNode {
  const [text, setText] = useState<string | null>(null);
  return (
    <section className="stack" aria-label="Notes">
      <div className="panel-head">
        <h2>Notes</h2>
        <button type="button" className="button button-quiet" onClick={() => setText(text === null ? notes : null)}>
          {text === null ? 'Edit' : 'Cancel'}
        </button>
      </div>
      {text === null ? (
        <div className="markdown">{notes === '' ? <p className="dim">No notes yet.</p> : <Markdown skipHtml disallowedElements={['img']}>{notes}</Markdown>}</div>
      ) : (
        <>
          <textarea className="field" aria-label="Notes, Markdown" value={text} maxLength={200_000} onChange={({ target }) => setText(target.value)} />
          <button type="button" className="button button-first" onClick={() => void onSave(text).then(() => setText(null), () => undefined)}>
            Keep
          </button>
        </>
      )}
    </section>
  );
}

function Comments({ collection: { id, comments } }: { collection: CollectionFile }): ReactNode {
  const [text, setText] = useState('');
  const say = useChange(['collections', 'one', id], (api, said: string) => api.commentCollection(id, said));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') say.mutate(text, { onSuccess: () => setText('') });
  };
  return (
    <section className="stack" aria-label="Comments">
      <h2>Comments</h2>
      <ul className="stack">
        {comments.map(({ by, at, text: said }, i) => (
          <li key={i}>
            <p className="small dim">
              <bdi>{by}</bdi>, <time title={formatMoment(at)}>{formatMoment(at)}</time>
            </p>
            <p className="comment">{said}</p>
          </li>
        ))}
      </ul>
      <form className="line" onSubmit={submit}>
        <input className="field grow" aria-label="Comment" placeholder="Say something" value={text} maxLength={20_000} onChange={({ target }) => setText(target.value)} />
        <button type="submit" className="button">
          Comment
        </button>
      </form>
      {say.error && <p role="alert" className="failure">Not kept: {say.error.message}</p>}
    </section>
  );
}
