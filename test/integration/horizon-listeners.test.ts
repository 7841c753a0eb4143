import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLogger, SkylarkError, type LogFields } from '@skylark/core';
import { listenCarbonTcp, listenCarbonUdp, listenPickle, listenMsgpackUdp, type Listener, type ListenOptions, type StreamListenOptions } from '@skylark/horizon';
import { pack } from 'msgpackr';
import { afterEach, describe, expect, it } from 'vitest';
import { realClock } from '../clock.js';
import { connectTo, openHorizon, sendOnce, tally, until, type Horizon, type HorizonOptions } from './horizon-fixture.js';

const start = 1_700_000_000;
const soak = process.env['SKYLARK_SOAK'] === '1';
/** A line that never ends: 256 MiB here, 1 GiB in the long version. */
const endlessBytes = soak ? 2 ** 30 : 2 ** 28;
/**
 * What the collector may leave lying of read and written buffers, of sender and receiver in one process. The decoder itself holds less than 10 MiB: its own test
 * shows that. A listener that kept the line would pass this bound five times over.
 */
const garbageBytes = 48 * 2 ** 20;
const slowClients = 500;

const open: Horizon[] = [];

afterEach(async () => {
  for (const horizon of open.splice(0)) await horizon.end();
});

async function horizonOf(options: HorizonOptions = {}): Promise<Horizon> {
  const horizon = await openHorizon(options);
  open.push(horizon);
  return horizon;
}

type Listen<Options extends ListenOptions> = (options: Options) => Promise<Listener>;

async function bind<Options extends ListenOptions>(horizon: Horizon, listen: Listen<Options>, options: Partial<Options> = {}): Promise<Listener> {
  const listener = await listen({ host: '127.0.0.1', port: 0, intake: horizon.intake, clock: realClock, logger: silentLogger, ...options } as Options);
  horizon.closing.push(listener);
  return listener;
}

const lineOf = (index: number): string => `good.m${index % 10} ${index / 4} ${start + index}\n`;
const linesOf = (count: number): string => Array.from({ length: count }, (_, index) => lineOf(index)).join('');

/** What a client that sent `linesOf(count)` must find. */
async function expectGood({ read, intake }: Horizon, count: number): Promise<void> {
  await intake.flush();
  const stored = await read(...Array.from({ length: 10 }, (_, metric) => `good.m${metric}`));
  const expected = Array.from({ length: 10 }, (_, metric) => Array.from({ length: Math.ceil((count - metric) / 10) }, (__, i) => [start + metric + 10 * i, (metric + 10 * i) / 4]));
  expect(stored).toEqual(expected);
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => (socket.destroyed ? resolve() : socket.resume().once('close', () => resolve())));
}

async function sendDatagrams({ host, port }: Listener['address'], datagrams: readonly (Uint8Array | string)[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const [index, datagram] of datagrams.entries()) {
    await new Promise<void>((resolve) => socket.send(datagram, port, host, () => resolve()));
    if (index % 100 === 99) await sleep(1);
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}

/** A pickle frame of protocol 2 with one item, its name, timestamp and value as floats. */
function pickleFrame(metric: string, timestamp: number, value: number): Buffer {
  const name = Buffer.from(metric);
  const body = Buffer.alloc(2 + 1 + 1 + 5 + name.length + 9 + 9 + 1 + 1 + 1 + 1);
  let at = body.write('\x80\x02](', 'latin1');
  at += body.write('X', at, 'latin1');
  at = body.writeUInt32LE(name.length, at);
  at += name.copy(body, at);
  at += body.write('G', at, 'latin1');
  at = body.writeDoubleBE(timestamp, at);
  at += body.write('G', at, 'latin1');
  at = body.writeDoubleBE(value, at);
  body.write('\x86\x86e.', at, 'latin1');
  const frame = Buffer.alloc(4 + body.length);
  frame.writeUInt32BE(body.length);
  body.copy(frame, 4);
  return frame;
}

/** mulberry32: the same garbage each time. */
function garbage(bytes: number, seed: number): Buffer {
  let state = seed;
  return Buffer.from(Uint8Array.from({ length: bytes }, () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    return (mixed ^ (mixed >>> 14)) & 0xff;
  }));
}

describe('the carbon listener', () => {
  it('stores what it is sent, to the last line', async () => {
    const horizon = await horizonOf();
    const { address } = await bind(horizon, listenCarbonTcp);
    expect(address.port).toBeGreaterThan(0);
    await sendOnce(address, linesOf(20_000));
    await expectGood(horizon, 20_000);
    expect(tally(horizon, 'carbon-tcp')).toEqual({ received: 20_000, accepted: 20_000, rejected: 0, dropped: 0, reasons: {} });
  });

  it('counts a connection cut at any place as whole lines and at most one incomplete', async () => {
    const horizon = await horizonOf();
    const { address } = await bind(horizon, listenCarbonTcp);
    const text = linesOf(4);
    const lineEnds = [...text].flatMap((character, index) => (character === '\n' ? [index + 1] : []));
    let whole = 0;
    let incomplete = 0;
    for (let cut = 0; cut <= text.length; cut++) {
      await sendOnce(address, text.slice(0, cut));
      whole += lineEnds.filter((end) => end <= cut).length;
      if (cut > 0 && !lineEnds.includes(cut)) incomplete++;
    }
    await horizon.intake.flush();
    expect(tally(horizon, 'carbon-tcp')).toEqual({ received: whole + incomplete, accepted: whole, rejected: incomplete, dropped: 0, reasons: { incomplete } });
  }, 60_000);

  it('closes an idle connection and counts its half line', async () => {
    const horizon = await horizonOf();
    const { address } = await bind<StreamListenOptions>(horizon, listenCarbonTcp, { limits: { idleMs: 150 } });
    const socket = await connectTo(address);
    socket.write(`${lineOf(0)}good.m1 1`);
    await closed(socket);
    await expectGood(horizon, 1);
    expect(tally(horizon, 'carbon-tcp')).toEqual({ received: 2, accepted: 1, rejected: 1, dropped: 0, reasons: { incomplete: 1 } });
  });

  it('counts the half line of a connection that is reset', async () => {
    const horizon = await horizonOf();
    const { address } = await bind(horizon, listenCarbonTcp);
    const socket = await connectTo(address);
    socket.write('good.m1 1');
    await sleep(50);
    socket.resetAndDestroy();
    await until(() => tally(horizon, 'carbon-tcp').rejected === 1, 'incomplete');
  });

  it(`loses nothing of a good client among ${slowClients} that send a byte now and then, and closes those`, async () => {
    const horizon = await horizonOf();
    const { address, samples } = await bind<StreamListenOptions>(horizon, listenCarbonTcp, { limits: { firstItemMs: 2000 } });
    const slow = await Promise.all(Array.from({ length: slowClients }, () => connectTo(address)));
    const dripping = setInterval(() => slow.forEach((socket) => socket.write('x')), 100);
    const begun = performance.now();
    await sendOnce(address, linesOf(20_000));
    expect(performance.now() - begun).toBeLessThan(5000);
    await expectGood(horizon, 20_000);
    await Promise.all(slow.map(closed));
    clearInterval(dripping);
    await until(() => samples().find(({ name }) => name === 'skylark_listener_connections')?.value === 0, 'no connection is left');
    expect(tally(horizon, 'carbon-tcp')).toMatchObject({ received: 20_000 + slowClients, reasons: { incomplete: slowClients } });
  }, 60_000);

  it(`holds no more than a line of ${endlessBytes / 2 ** 20} MiB without a newline`, async () => {
    const horizon = await horizonOf();
    const { address } = await bind(horizon, listenCarbonTcp);
    const socket = await connectTo(address);
    const chunk = Buffer.alloc(65_536, 'y');
    const send = async (bytes: number): Promise<void> => {
      for (let sent = 0; sent < bytes; sent += chunk.length) if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve));
    };
    let most = 0;
    const watching = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
    await send(2 ** 25);
    const before = most;
    await send(endlessBytes);
    clearInterval(watching);
    expect(most - before).toBeLessThan(garbageBytes);
    const ended = closed(socket);
    socket.end(`\n${linesOf(10)}`);
    await ended;
    await expectGood(horizon, 10);
    expect(tally(horizon, 'carbon-tcp')).toEqual({ received: 11, accepted: 10, rejected: 1, dropped: 0, reasons: { 'too-long': 1 } });
  }, 120_000);

  it('stops reading while the store is away, and loses nothing', async () => {
    let away = true;
    const horizon = await horizonOf({
      maxBufferedDatapoints: 100_000,
      between: (store) => ({ ...methodsOf(store), append: async (batch) => (away ? Promise.reject(new SkylarkError('store-away')) : store.append(batch)) }),
    });
    const { address } = await bind<StreamListenOptions>(horizon, listenCarbonTcp, { limits: { idleMs: 400, firstItemMs: 400 } });
    const sending = Array.from({ length: 4 }, async (_, client) => {
      const text = Array.from({ length: 100_000 }, (__, index) => `slow.m${client} ${index} ${start + index}\n`).join('');
      await sendOnce(address, text);
    });
    await until(() => horizon.intake.paused, 'paused');
    await sleep(1000);
    const { received } = tally(horizon, 'carbon-tcp');
    expect(received).toBeLessThan(100_000);
    await sleep(200);
    expect(tally(horizon, 'carbon-tcp').received).toBe(received);
    away = false;
    await Promise.all(sending);
    await horizon.intake.flush();
    expect(tally(horizon, 'carbon-tcp')).toEqual({ received: 400_000, accepted: 400_000, rejected: 0, dropped: 0, reasons: {} });
    const stored = await horizon.read('slow.m0', 'slow.m1', 'slow.m2', 'slow.m3');
    expect(stored.map((points) => points.length)).toEqual([100_000, 100_000, 100_000, 100_000]);
  }, 60_000);

  it('refuses connections over its cap and keeps those it has', async () => {
    const horizon = await horizonOf();
    const { address, samples } = await bind<StreamListenOptions>(horizon, listenCarbonTcp, { limits: { maxConnections: 20 } });
    const first = await connectTo(address);
    const others = await Promise.all(Array.from({ length: 60 }, () => connectTo(address)));
    const refused = (): number => samples().find(({ name }) => name === 'skylark_listener_refused_connections_total')?.value ?? 0;
    await until(() => refused() === 41, 'refusals');
    const ended = closed(first);
    first.end(linesOf(100));
    await ended;
    await expectGood(horizon, 100);
    for (const socket of others) socket.destroy();
  });

  it('takes what is on its way when it closes, and tells senders', async () => {
    const horizon = await horizonOf();
    const listener = await bind(horizon, listenCarbonTcp);
    const socket = await connectTo(listener.address);
    let told = false;
    socket.resume().once('end', () => (told = true));
    socket.write(linesOf(50_000));
    await sleep(5);
    await listener.close();
    await listener.close();
    await expectGood(horizon, 50_000);
    expect(told).toBe(true);
    await expect(connectTo(listener.address)).rejects.toThrow();
  });

  it('names the port that is in use', async () => {
    const horizon = await horizonOf();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(bind(horizon, listenCarbonTcp, { port })).rejects.toMatchObject({ code: 'port-in-use', detail: `127.0.0.1:${port}` });
    await new Promise((resolve) => taken.close(resolve));
  });
});

describe('the pickle listener', () => {
  it('stores frames wherever the stream is cut, and counts a half frame', async () => {
    const horizon = await horizonOf();
    const { address } = await bind(horizon, listenPickle);
    const stream = Buffer.concat([pickleFrame('a.b', start, 1.5), pickleFrame('a.ü', start, -2)]);
    for (let cut = 1; cut < stream.length; cut++) {
      const socket = await connectTo(address);
      socket.setNoDelay(true).write(stream.subarray(0, cut));
      await sleep(1);
      const ended = closed(socket);
      socket.end(stream.subarray(cut));
      await ended;
    }
    await sendOnce(address, stream.subarray(0, stream.length - 1));
    await horizon.intake.flush();
    const accepted = 2 * (stream.length - 1) + 1;
    expect(tally(horizon, 'pickle')).toEqual({ received: accepted + 1, accepted, rejected: 1, dropped: 0, reasons: { incomplete: 1 } });
    expect(await horizon.read('a.b', 'a.ü')).toEqual([[[start, 1.5]], [[start, -2]]]);
  }, 60_000);

  it('closes on a length over its limit, and only then', async () => {
    const horizon = await horizonOf();
    const { address } = await bind(horizon, listenPickle);
    const socket = await connectTo(address);
    socket.write(Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from('abc'), pickleFrame('a', start, 1)]));
    await until(() => tally(horizon, 'pickle').received === 2, 'garbage and a good frame');
    socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await closed(socket);
    await horizon.intake.flush();
    expect(tally(horizon, 'pickle')).toMatchObject({ accepted: 1, rejected: 2, reasons: { 'too-long': 1 } });
  });
});

describe('the UDP listeners', () => {
  it('store datagrams of lines and of msgpack', async () => {
    const horizon = await horizonOf();
    const carbon = await bind(horizon, listenCarbonUdp);
    const skyline = await bind(horizon, listenMsgpackUdp);
    await sendDatagrams(carbon.address, ['a 1 1700000000\nb 2 1700000000\n', 'c 3 1700000000', '']);
    await sendDatagrams(skyline.address, [pack(['d', [start, 4]]), pack(['d', [start + 1, 5.5]]), pack(['e', [[start, 6], [start + 1, 7]]])]);
    await until(() => tally(horizon, 'carbon-udp').received === 3 && tally(horizon, 'msgpack').received === 4, 'datagrams');
    await horizon.intake.flush();
    expect(await horizon.read('a', 'b', 'c', 'd', 'e')).toEqual([[[start, 1]], [[start, 2]], [[start, 3]], [[start, 4], [start + 1, 5.5]], [[start, 6], [start + 1, 7]]]);
  });

  it('report what the kernel dropped', async () => {
    const horizon = await horizonOf();
    const listener = await bind(horizon, listenMsgpackUdp);
    const drops = (): number | undefined => listener.samples().find(({ name }) => name === 'skylark_udp_kernel_drops')?.value;
    expect(drops()).toBe(0);
    const datagram = pack(['flood.metric', [start, 1]]);
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.connect(listener.address.port, '127.0.0.1', resolve));
    const sent = 40_000;
    // One turn of the event loop: nothing is read meanwhile, and 40,000 datagrams do not fit into any buffer asked for here.
    const sending = Array.from({ length: sent }, () => new Promise<void>((resolve) => socket.send(datagram, () => resolve())));
    await Promise.all(sending);
    await until(async () => {
      const before = tally(horizon, 'msgpack').received;
      await sleep(100);
      return before > 0 && tally(horizon, 'msgpack').received === before;
    }, 'the end of the flood');
    await horizon.intake.flush();
    const counted = tally(horizon, 'msgpack');
    expect(counted.accepted).toBe(counted.received);
    if (process.platform === 'linux') expect(counted.received + (drops() ?? 0)).toBe(sent);
    await new Promise<void>((resolve) => socket.close(resolve));
  });

  it('say so when the kernel gives a smaller buffer than asked for', async () => {
    const horizon = await horizonOf();
    const lines: [string, LogFields | undefined][] = [];
    const listener = await bind(horizon, listenCarbonUdp, { logger: { ...silentLogger, warn: (event, fields) => lines.push([event, fields]) } });
    for (const [event, fields] of lines) expect([event, fields?.['asked'], fields?.['help']]).toEqual(['listener.receive-buffer', 4_194_304, 'sysctl -w net.core.rmem_max=4194304']);
    expect(listener.address.port).toBeGreaterThan(0);
  });

  it('name the port that is in use', async () => {
    const horizon = await horizonOf();
    const { address } = await bind(horizon, listenCarbonUdp);
    await expect(bind(horizon, listenMsgpackUdp, { port: address.port })).rejects.toMatchObject({ code: 'port-in-use', detail: `127.0.0.1:${address.port}` });
  });

  it('drop and count while the intake is paused', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const horizon = await horizonOf({ maxBufferedDatapoints: 400, between: (store) => ({ ...methodsOf(store), append: async (batch) => held.then(() => store.append(batch)) }) });
    const { address } = await bind(horizon, listenCarbonUdp);
    await sendDatagrams(address, Array.from({ length: 20 }, (_, i) => linesOf(100).replaceAll('good', `m${i}`)));
    await until(() => tally(horizon, 'carbon-udp').received === 2000, 'datagrams');
    expect(tally(horizon, 'carbon-udp').reasons).toEqual({ overload: expect.any(Number) as number });
    release();
    await horizon.intake.flush();
    const { accepted, dropped } = tally(horizon, 'carbon-udp');
    expect([accepted + dropped, accepted >= 300]).toEqual([2000, true]);
  });
});

describe('garbage', () => {
  it('on every listener harms no good client and is counted', async () => {
    const horizon = await horizonOf();
    const carbon = await bind(horizon, listenCarbonTcp);
    const pickle = await bind(horizon, listenPickle);
    const carbonUdp = await bind(horizon, listenCarbonUdp);
    const skyline = await bind(horizon, listenMsgpackUdp);
    const noise = Array.from({ length: 40 }, (_, seed) => garbage(3000, seed));
    const good = await connectTo(carbon.address);
    const half = linesOf(2000).length / 2;
    good.write(linesOf(2000).slice(0, half));
    await Promise.all([
      ...noise.flatMap((bytes) => [sendOnce(carbon.address, bytes), sendOnce(pickle.address, bytes)]),
      sendDatagrams(carbonUdp.address, noise),
      sendDatagrams(skyline.address, noise),
    ]);
    const ended = closed(good);
    good.end(linesOf(2000).slice(half));
    await ended;
    await expectGood(horizon, 2000);
    for (const protocol of ['carbon-tcp', 'pickle', 'carbon-udp', 'msgpack'] as const) {
      await until(() => tally(horizon, protocol).rejected >= 40, `garbage by ${protocol}`);
      const { received, accepted, rejected, dropped } = tally(horizon, protocol);
      expect([protocol, received]).toEqual([protocol, accepted + rejected + dropped]);
    }
  }, 60_000);
});

function methodsOf(store: Parameters<NonNullable<HorizonOptions['between']>>[0]): typeof store {
  return {
    shards: store.shards,
    handles: (metrics) => store.handles(metrics),
    append: (batch) => store.append(batch),
    read: (metrics, window) => store.read(metrics, window),
    list: (shard, known) => store.list(shard, known),
    spans: (metrics) => store.spans(metrics),
    remove: (metrics) => store.remove(metrics),
    follow: (shard, cursor, limit) => store.follow(shard, cursor, limit),
    maintain: (shard, at) => store.maintain(shard, at),
  };
}
