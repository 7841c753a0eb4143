import { inject } from 'vitest';
import type { Skippable } from '../requirements.js';

export type SharedServer = 'redis' | 'elasticsearch' | 'opensearch';

interface Answer {
  readonly url?: string;
  readonly missing?: string;
  readonly failed?: string;
}

/**
 * The address of a real server that all tests of a run share: started when the first asks for it. Each test keeps to a prefix of its own.
 * Missing: the test is skipped with the reason; with CI=true it fails instead, but for OpenSearch, which wants a Java of its own.
 *
 * @example it('keeps a series', async (test) => { const url = await sharedServer('redis', test); });
 */
export async function sharedServer(name: SharedServer, test: Skippable): Promise<string> {
  const { url, missing, failed } = (await (await fetch(`${inject('serverBroker')}/${name}`)).json()) as Answer;
  if (url !== undefined) return url;
  if (missing === undefined || (process.env['CI'] === 'true' && name !== 'opensearch')) throw new Error(missing ?? `${name} did not start: ${failed ?? 'no answer'}`);
  return test.skip(missing);
}
