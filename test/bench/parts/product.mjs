// `skylark up` as its users run it, for benches: its own process, free ports, a fresh folder.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../../packages/skylark/bin/skylark.js', import.meta.url));
const environment = (more) => ({ PATH: process.env.PATH, HOME: process.env.HOME, SKYLARK_HORIZON__CARBON__PORT: '0', SKYLARK_HORIZON__PICKLE__PORT: '0', SKYLARK_HORIZON__UDP__PORT: '0', ...more });

export async function startProduct(args = [], { folder = mkdtempSync(join(tmpdir(), 'skylark-bench-')), variables = {} } = {}) {
  const ready = join(mkdtempSync(join(tmpdir(), 'skylark-bench-ready-')), 'ready.json');
  const child = spawn(process.execPath, [bin, 'up', '--data', folder, '--port', '0', '--ready-file', ready, '--log-level', 'error', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env: environment(variables) });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const addresses = await waitFor(() => JSON.parse(readFileSync(ready, 'utf8')), 120);
  return {
    pid: child.pid,
    folder,
    addresses,
    url: `http://${addresses.http}`,
    carbonPort: addresses.carbon === null ? null : Number(addresses.carbon.split(':').at(-1)),
    /** Bytes in memory, as the system counts them. */
    rss: () => 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]),
    async end() {
      process.off('exit', kill);
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** One command to its end; answers what it wrote and the seconds it took. */
export function runCommand(args, variables = {}) {
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { env: environment(variables), encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`skylark ${args.join(' ')}: ${status}\n${stderr}`);
  return { stdout, seconds: (performance.now() - begun) / 1000 };
}

/** Tries until it neither throws nor answers false. */
export async function waitFor(look, seconds) {
  for (const until = performance.now() + 1000 * seconds; ; await sleep(100)) {
    try {
      const found = await look();
      if (found !== false) return found;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    if (performance.now() > until) throw new Error(`not within ${seconds} s`);
  }
}

export const removeFolder = (folder) => rmSync(folder, { recursive: true, force: true });
