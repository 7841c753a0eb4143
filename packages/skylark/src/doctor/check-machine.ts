import { constants, existsSync } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { Config } from '../config/settings.js';
import type { Finding } from './finding.js';

const leastFreeGib = 1;

/** @param text as in `process.versions.node` */
export function checkNode(text: string): Finding {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { check: 'node', ok, message: ok ? text : `${text} is too old; install Node 20.19 or newer` };
}

/** Whether the folder of the embedded store can be written, and the room on its disk. Looking makes nothing. */
export async function checkFolder(folder: string): Promise<Finding[]> {
  try {
    const there = nearestFolder(folder);
    await access(there, constants.W_OK);
    const { bavail, bsize } = await statfs(there);
    const free = (bavail * bsize) / 2 ** 30;
    const ok = free >= leastFreeGib;
    return [{ check: 'data folder', ok: true, message: folder }, { check: 'disk', ok, message: `${free.toFixed(1)} GiB free${ok ? '' : '; make room or choose another folder with --data'}` }];
  } catch (error) {
    return [{ check: 'data folder', ok: false, message: `${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}; choose another with --data` }];
  }
}

/** The folder itself or, where it is not made yet, the one above it that is. */
function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

/** Whether each port that `up` would open is free. */
export async function checkPorts(config: Config): Promise<Finding[]> {
  const ports = [
    ['api.port', config['api.host'], config['api.port']],
    ['horizon.carbon.port', config['horizon.host'], config['horizon.carbon.port']],
    ['horizon.pickle.port', config['horizon.host'], config['horizon.pickle.port']],
    ...config['horizon.http.ports'].map((port) => ['horizon.http.ports', config['horizon.host'], port] as const),
  ] as const;
  return Promise.all(
    ports.map(async ([check, host, port]) => {
      const free = await isFree(host, port);
      return { check, ok: free, message: free ? `port ${port} is free` : `port ${port} on ${host} is taken by another program; set ${check} to another port, or 0 for any` };
    }),
  );
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}
