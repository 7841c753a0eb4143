import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenCarbonTcp, listenPickle, type Listener } from '@skylark/horizon';
import { silentLogger } from '@skylark/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../clock.js';
import { requireProgram } from '../requirements.js';
import { connectTo, freePort, openHorizon, sendOnce, tally, until, type Horizon } from './horizon-fixture.js';

const metrics = 40;
const perMetric = 250;
const start = 1_700_000_000;

let horizon: Horizon;
let folder: string;
let children: ChildProcess[];

beforeEach(async () => {
  horizon = await openHorizon();
  folder = mkdtempSync(join(tmpdir(), 'skylark-senders-'));
  children = [];
});

afterEach(async () => {
  await Promise.all(children.map(stop));
  await horizon.end();
  rmSync(folder, { recursive: true, force: true });
});

describe('real senders', () => {
  it('carbon-relay delivers by pickle exactly what it was sent', async (test) => {
    const program = requireProgram('carbon-relay', 'graphite-carbon', test);
    const listener = await listen(listenPickle);
    const port = await freePort();
    for (const file of ['storage-schemas.conf', 'storage-aggregation.conf']) writeFileSync(join(folder, file), '');
    mkdirSync(join(folder, 'log'));
    writeFileSync(join(folder, 'carbon.conf'), carbonRelayConf(port, listener.address.port));
    run(program, [`--config=${join(folder, 'carbon.conf')}`, '--nodaemon', 'start']);
    await deliver(port);
    await expectAllStored('pickle');
  }, 60_000);

  it('carbon-c-relay delivers by lines exactly what it was sent', async (test) => {
    const program = requireProgram('carbon-c-relay', 'carbon-c-relay', test);
    const listener = await listen(listenCarbonTcp);
    const port = await freePort();
    const conf = join(folder, 'relay.conf');
    writeFileSync(conf, `listen\n  type linemode\n    ${port} proto tcp\n  ;\ncluster skylark\n  forward\n    127.0.0.1:${listener.address.port}\n  ;\nmatch *\n  send to skylark\n  stop\n  ;\n`);
    run(program, ['-f', conf, '-w', '1', '-H', 'sender']);
    await deliver(port);
    await expectAllStored('carbon-tcp');
  }, 60_000);

  it("collectd's write_graphite delivers what its own csv plugin wrote down", async (test) => {
    const program = requireProgram('collectd', 'collectd-core', test);
    const listener = await listen(listenCarbonTcp);
    const conf = join(folder, 'collectd.conf');
    writeFileSync(conf, collectdConf(listener.address.port));
    const collectd = run(program, ['-f', '-C', conf]);
    await sleep(5000);
    await stop(collectd);
    await until(() => tally(horizon, 'carbon-tcp').accepted > 0, 'datapoints of collectd');
    await horizon.intake.flush();
    const written = csvColumns(join(folder, 'csv'));
    expect(written.size).toBeGreaterThanOrEqual(4);
    const stored = await horizon.read(...written.keys());
    [...written.values()].forEach((rows, index) => {
      // csv has the time to the millisecond, graphite to the nearest second, and %f to six places, rounded to even where a value lies between two.
      const near = stored[index] ?? [];
      expect(near.map(([timestamp]) => timestamp)).toEqual(rows.map(([time]) => Math.round(time)));
      rows.forEach(([, value], row) => expect(Math.abs(near[row]![1] - value)).toBeLessThan(1.01e-6));
    });
    expect(tally(horizon, 'carbon-tcp')).toMatchObject({ rejected: 0, dropped: 0 });
  }, 60_000);
});

async function listen(listener: typeof listenPickle): Promise<Listener> {
  const bound = await listener({ host: '127.0.0.1', port: 0, intake: horizon.intake, clock: realClock, logger: silentLogger });
  horizon.closing.push(bound);
  return bound;
}

function valueOf(metric: number, step: number): number {
  return [metric + step / 8, -step * 1e-7, step * 1e12, 0.1 + metric][step % 4] ?? 0;
}

/** Waits for the relay to listen, then sends all lines to it. */
async function deliver(port: number): Promise<void> {
  const address = { host: '127.0.0.1', port };
  await until(() => connectTo(address).then((socket) => socket.destroy() !== undefined, () => false), 'the relay listens', 30_000);
  const lines = Array.from({ length: perMetric * metrics }, (_, index) => {
    const [step, metric] = [Math.floor(index / metrics), index % metrics];
    return `real.sender.host${metric}.cpu ${valueOf(metric, step)} ${start + 10 * step}\n`;
  });
  await sendOnce(address, lines.join(''));
}

async function expectAllStored(protocol: 'pickle' | 'carbon-tcp'): Promise<void> {
  const total = metrics * perMetric;
  await until(() => tally(horizon, protocol).received >= total, `${total} items by ${protocol}`, 30_000);
  await horizon.intake.flush();
  expect(tally(horizon, protocol)).toEqual({ received: total, accepted: total, rejected: 0, dropped: 0, reasons: {} });
  const stored = await horizon.read(...Array.from({ length: metrics }, (_, metric) => `real.sender.host${metric}.cpu`));
  expect(stored).toEqual(Array.from({ length: metrics }, (_, metric) => Array.from({ length: perMetric }, (__, step) => [start + 10 * step, valueOf(metric, step)])));
}

function run(program: string, args: readonly string[]): ChildProcess {
  const child = spawn(program, args, { stdio: 'ignore', cwd: folder });
  children.push(child);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, sleep(5000).then(() => child.kill('SIGKILL'))]);
  await ended;
}

function carbonRelayConf(linePort: number, picklePort: number): string {
  return `[relay]
USER =
CONF_DIR = ${folder}
STORAGE_DIR = ${folder}
LOG_DIR = ${folder}/log
PID_DIR = ${folder}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = ${linePort}
PICKLE_RECEIVER_INTERFACE = 127.0.0.1
PICKLE_RECEIVER_PORT = 0
RELAY_METHOD = consistent-hashing
REPLICATION_FACTOR = 1
DESTINATIONS = 127.0.0.1:${picklePort}:a
DESTINATION_PROTOCOL = pickle
CARBON_METRIC_INTERVAL = 0
MAX_QUEUE_SIZE = 200000
USE_FLOW_CONTROL = True
`;
}

function collectdConf(port: number): string {
  return `Hostname "box"
FQDNLookup false
BaseDir "${folder}"
PIDFile "${folder}/pid"
PluginDir "/usr/lib/collectd"
TypesDB "/usr/share/collectd/types.db"
Interval 1
LoadPlugin load
LoadPlugin memory
LoadPlugin csv
LoadPlugin write_graphite
<Plugin csv>
  DataDir "${folder}/csv"
  StoreRates true
</Plugin>
<Plugin write_graphite>
  <Node "skylark">
    Host "127.0.0.1"
    Port "${port}"
    Protocol "tcp"
    Prefix "collectd."
    StoreRates true
  </Node>
</Plugin>
`;
}

/** Metric to rows [time, value] of collectd's csv files: `box/load/load-2026-11-21` with columns epoch, shortterm ... is `collectd.box.load.load.shortterm`. */
function csvColumns(csv: string): Map<string, [number, number][]> {
  const columns = new Map<string, [number, number][]>();
  const files = readdirSync(csv, { recursive: true, encoding: 'utf8' }).filter((file) => /-\d{4}-\d\d-\d\d$/.test(file));
  for (const file of files) {
    const [head = '', ...rows] = readFileSync(join(csv, file), 'utf8').trim().split('\n').map((line) => line.split(','));
    const names = [...head].slice(1);
    const path = `collectd.${file.replace(/-\d{4}-\d\d-\d\d$/, '').split('/').join('.')}`;
    names.forEach((name, index) => columns.set(names.length === 1 && name === 'value' ? path : `${path}.${name}`, rows.map((row) => [Number(row[0]), Number(row[index + 1])])));
  }
  return columns;
}
