import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type RunningServer, startShared } from './start-shared.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where tests ask for the servers that a run shares. */
    readonly serverBroker: string;
  }
}

/**
 * Runs in vitest's main process: starts each real server when the first test asks for it, once a run, and ends them all after the last.
 * `GET /redis` answers `{url}`, or `{missing}` with the reason and the line that would install it.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const started = new Map<string, ReturnType<typeof startShared>>();
  const broker = createServer((request, response) => {
    const name = (request.url ?? '/').slice(1);
    const one = started.get(name) ?? startShared(name);
    started.set(name, one);
    one.then(
      (server) => response.end(JSON.stringify('missing' in server ? { missing: server.missing } : { url: server.url })),
      (error: unknown) => response.end(JSON.stringify({ failed: String(error) })),
    );
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  project.provide('serverBroker', `http://127.0.0.1:${(broker.address() as AddressInfo).port}`);
  return async () => {
    const servers = await Promise.allSettled(started.values());
    const running = servers.flatMap((one): RunningServer[] => (one.status === 'fulfilled' && !('missing' in one.value) ? [one.value] : []));
    await Promise.all(running.map((server) => server.stop()));
    broker.closeAllConnections();
    await new Promise((resolve) => broker.close(resolve));
  };
}
