import { startElasticsearch, startOpenSearch } from './elasticsearch.js';
import { startSharedRedis } from './redis.js';

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Why a server cannot be had here, with the line that would install it. */
export interface MissingServer {
  readonly missing: string;
}

const starters: Readonly<Record<string, () => Promise<RunningServer | MissingServer>>> = {
  redis: () => startSharedRedis(),
  elasticsearch: () => startElasticsearch(),
  opensearch: () => startOpenSearch(),
};

/** Starts a real server on free ports with data in a fresh folder. */
export async function startShared(name: string): Promise<RunningServer | MissingServer> {
  const start = starters[name];
  if (start === undefined) throw new Error(`no server named ${name}`);
  return start();
}
