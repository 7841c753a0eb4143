import type { Window } from '@skylark/core';
import type { ExpectedAnswer } from '../data/api-types.js';
import { useAsk } from '../data/use-ask.js';

const minute = 60;

/** What was expected of a metric at its datapoints in a window, asked once a minute; undefined until it is known, and where something else judges. */
export function useBand(metric: string, window: Window, maxPoints: number): ExpectedAnswer | undefined {
  const from = Math.floor(window.from / minute) * minute;
  const until = Math.ceil(window.until / minute) * minute;
  const { data } = useAsk(['expected', metric, from, until], (api, signal) => api.expected({ metric, from, until, maxPoints }, signal), { enabled: metric !== '' });
  return data?.inForce === true && data.metric === metric ? data : undefined;
}
