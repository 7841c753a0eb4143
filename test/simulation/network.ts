import { SkylarkError } from '@skylark/core';
import type { PortCall, PortName } from './memory/open-memory.js';
import type { SimulatedProcess } from './process.js';
import type { Random } from './random.js';
import type { VirtualTime } from './virtual-time.js';

/** How the way to the servers is just now. */
export interface Weather {
  /** Of one way, milliseconds; now and then a thousand times as long. */
  latencyMs: number;
  slowChance: number;
  /** The call never arrives, and its caller learns that it failed. */
  lostChance: number;
  /** The call is carried out, and its caller learns that it failed. */
  answerLostChance: number;
  /** As either of these, but the caller learns it only after up to a minute and a half; or the call is carried out when its caller has long given it up. */
  hangChance: number;
  /** Every read of series takes so long. */
  readMs: number;
}

export const calmWeather: Weather = { latencyMs: 2, slowChance: 0, lostChance: 0, answerLostChance: 0, hangChance: 0, readMs: 0 };

export interface Network {
  readonly weather: Weather;
  /** Ways that are cut: `process port`, or `* port` for everybody. */
  readonly cuts: Set<string>;
  /** The next write of a port is held up so long; its caller gives it up, and it is carried out all the same. */
  readonly holdUps: Map<PortName, number>;
  carry<Answer>(from: SimulatedProcess, call: PortCall<Answer>): Promise<Answer>;
}

export interface NetworkOptions {
  readonly time: VirtualTime;
  readonly random: Random;
  /** Told of each call that was carried out, with its answer or its error. */
  readonly carriedOut: (from: SimulatedProcess, call: PortCall<unknown>, outcome: Outcome) => void;
  readonly trace: (line: () => string) => void;
}

export type Outcome = { readonly answer: unknown } | { readonly error: unknown };

const timeoutMs = 2000;

/** Carries calls between processes and servers, each way in its own time, by the weather. A call whose process was killed may still arrive. */
export function createNetwork({ time, random, carriedOut, trace }: NetworkOptions): Network {
  const weather: Weather = { ...calmWeather };
  const cuts = new Set<string>();
  const holdUps = new Map<PortName, number>();
  const wayMs = (port: PortName, method: string): number => {
    const usual = random.between(0.2, 2) * weather.latencyMs;
    const slow = random.chance(weather.slowChance) ? random.between(500, 8000) : 0;
    return usual + slow + (port === 'series' && method === 'read' ? weather.readMs * random.between(0.3, 1) : 0);
  };
  const holdUp = ({ port, method, about }: PortCall<unknown>): number => {
    const isWrite = ['record', 'set', 'put', 'write'].includes(method) && (about[0] as { length: number }).length > 0;
    const ms = isWrite ? (holdUps.get(port) ?? 0) : 0;
    if (ms > 0) holdUps.delete(port);
    return ms;
  };
  const isCut = (process: SimulatedProcess, port: PortName): boolean => cuts.has(`${process.role} ${port}`) || cuts.has(`* ${port}`);

  return {
    weather,
    cuts,
    holdUps,
    carry: (from, call) => new Promise((resolve, reject) => {
      const { port, method } = call;
      const sentMs = time.nowMs();
      const hangs = random.chance(weather.hangChance);
      const lost = isCut(from, port) || random.chance(weather.lostChance) || (hangs && random.chance(0.3));
      const heldUpMs = holdUp(call) || (hangs && random.chance(0.6) ? random.between(10_000, 90_000) : 0);
      const answerLost = random.chance(weather.answerLostChance) || hangs;
      const patienceMs = hangs && heldUpMs === 0 ? random.between(10_000, 90_000) : timeoutMs;
      const fail = (why: string): void => {
        time.at(Math.max(time.nowMs(), sentMs + patienceMs), () => from.deliver(() => {
          trace(() => `${from.name} ${call.port}.${call.method}: failed, ${why}`);
          reject(new SkylarkError(port === 'index' ? 'index-away' : 'store-away', why));
        }));
      };
      const toServers = wayMs(port, method) + heldUpMs;
      if (lost) return fail('never arrived');
      if (heldUpMs > 0) fail('it is held up');
      time.at(sentMs + toServers, () => {
        if (from.isDead() && from.diesWithItsCalls) return;
        const outcome = carryOut(call);
        carriedOut(from, call, outcome);
        if (heldUpMs > 0) return;
        if (answerLost || isCut(from, port)) return fail('the answer was lost');
        time.at(time.nowMs() + wayMs(port, ''), () => from.deliver(() => {
          if ('error' in outcome) reject(outcome.error as Error);
          else resolve(outcome.answer);
        }));
      });
    }),
  };
}

function carryOut<Answer>({ operation }: PortCall<Answer>): { readonly answer: Answer } | { readonly error: unknown } {
  try {
    return { answer: operation() };
  } catch (error) {
    return { error };
  }
}
