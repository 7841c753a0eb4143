import type { AnomalyEventName } from './anomaly-cache.js';
import type { ListedAnomaly } from './api-types.js';

/** Whether the stream of events is up; `since` in seconds: when it was lost. */
export type StreamState = { readonly kind: 'connecting' } | { readonly kind: 'live' } | { readonly kind: 'lost'; readonly since: number };

export interface LiveEventsOptions {
  readonly open: (url: string) => EventSource;
  readonly now: () => number;
  readonly onEvent: (name: AnomalyEventName, anomaly: ListedAnomaly) => void;
  readonly onState: (state: StreamState) => void;
  /** Events were missed: what is known is to be read anew. */
  readonly onMissed: () => void;
}

const eventNames: readonly AnomalyEventName[] = ['opened', 'updated', 'closed', 'annotated', 'removed'];
const longestWaitMs = 15_000;

/**
 * Listens to `/api/v1/events` until the answered function is called. The browser itself resumes a broken stream from its last id;
 * a stream it gave up on (the server refused it) is opened anew after 1, 2, 4 ... 15 s.
 */
export function listenToEvents({ open, now, onEvent, onState, onMissed }: LiveEventsOptions): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let lostSince: number | null = null;

  const connect = (): void => {
    const opened = open('/api/v1/events');
    source = opened;
    opened.onopen = () => {
      failures = 0;
      lostSince = null;
      onState({ kind: 'live' });
    };
    opened.onerror = () => {
      lostSince ??= now();
      onState({ kind: 'lost', since: lostSince });
      if (opened.readyState !== opened.CLOSED) return;
      timer = setTimeout(connect, Math.min(longestWaitMs, 1000 * 2 ** failures++));
    };
    opened.addEventListener('resync', onMissed);
    for (const name of eventNames) {
      opened.addEventListener(`anomaly.${name}`, ({ data }: MessageEvent<string>) => {
        const anomaly = readAnomaly(data);
        if (anomaly) onEvent(name, anomaly);
      });
    }
  };

  onState({ kind: 'connecting' });
  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

function readAnomaly(data: string): ListedAnomaly | null {
  try {
    const parsed = JSON.parse(data) as ListedAnomaly;
    return typeof parsed.id === 'string' && typeof parsed.metric === 'string' ? parsed : null;
  } catch {
    return null;
  }
}
