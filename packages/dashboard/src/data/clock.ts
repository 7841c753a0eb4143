import { useEffect, useState } from 'react';

/** Seconds since the epoch, from the browser. The one place of the dashboard that reads a clock. */
export function nowSeconds(): number {
  return Date.now() / 1000;
}

/** The time in seconds, read anew every `everySeconds` and rounded down to it, so that what is keyed by it changes only then. */
export function useNow(everySeconds = 1): number {
  const read = (): number => Math.floor(nowSeconds() / everySeconds) * everySeconds;
  const [now, setNow] = useState(read);
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(nowSeconds() / everySeconds) * everySeconds), Math.min(everySeconds, 5) * 1000);
    return () => clearInterval(timer);
  }, [everySeconds]);
  return now;
}
