import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { applyEvent } from './anomaly-cache.js';
import type { AnomalyList, ListedAnomaly } from './api-types.js';
import { nowSeconds } from './clock.js';
import { listenToEvents, type StreamState } from './live-events.js';
import { keys } from './queries.js';

export interface LiveEvents {
  readonly state: StreamState;
  /** The anomaly that opened last since the page did, for who listens rather than looks. */
  readonly lastOpened: ListedAnomaly | null;
}

/** Writes what the server tells into the lists the pages show. Used once, by the shell. */
export function useLiveEvents(): LiveEvents {
  const client = useQueryClient();
  const [state, setState] = useState<StreamState>({ kind: 'connecting' });
  const [lastOpened, setLastOpened] = useState<ListedAnomaly | null>(null);
  useEffect(() => {
    let wasLost = false;
    return listenToEvents({
      open: (url) => new EventSource(url),
      now: nowSeconds,
      onMissed: () => void client.invalidateQueries(),
      onState: (next) => {
        if (next.kind === 'live' && wasLost) void client.invalidateQueries();
        wasLost = next.kind === 'lost';
        setState(next);
      },
      onEvent: (name, anomaly) => {
        client.setQueryData<AnomalyList>(keys.openAnomalies, (list) => list && applyEvent(list, name, anomaly));
        client.setQueryData<ListedAnomaly>(keys.anomaly(anomaly.id), (known) => (known || name === 'opened' ? anomaly : known));
        if (name !== 'updated') void client.invalidateQueries({ queryKey: keys.pastAnomalies });
        if (name === 'opened') setLastOpened(anomaly);
      },
    });
  }, [client]);
  return { state, lastOpened };
}
