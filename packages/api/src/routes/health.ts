import type { Clock, HealthCheck, Logger, Sample, Sampler } from '@skylark/core';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { z } from 'zod';
import { flagText } from '../http/parameters.js';
import { defineRoute, type Route } from '../http/route.js';
import { renderSamples } from '../observe/render-samples.js';

/** Asks a part how it is. One that rejects or takes too long is not well. */
export type HealthProbe = () => readonly HealthCheck[] | Promise<readonly HealthCheck[]>;

export interface HealthRouteOptions {
  readonly probes: readonly HealthProbe[];
  readonly samplers: readonly Sampler[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborted: this process is about to end and takes no new work. */
  readonly draining: AbortSignal;
  /** Node's own figures. */
  readonly nodeFigures: Registry;
}

const probeLimitMs = 2000;

export function createNodeFigures(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** What every role serves: alive, ready, figures. */
export function healthRoutes({ probes, samplers, clock, logger, draining, nodeFigures }: HealthRouteOptions): Route[] {
  const alive = (path: string): Route =>
    defineRoute({
      method: 'GET',
      path,
      may: 'open',
      summary: 'The process is alive; asks nobody else',
      query: z.strictObject({ verbose: flagText }),
      answers: { 200: { description: 'ok', type: 'text/plain' } },
      async handle({ response }) {
        response.type('text/plain').send('ok\n');
      },
    });

  const ready = defineRoute({
    method: 'GET',
    path: '/readyz',
    may: 'open',
    summary: 'Whether this process can do its work',
    query: z.strictObject({ verbose: flagText }),
    answers: { 200: { description: 'ready; with verbose one line a check: [+]name ok', type: 'text/plain' }, 503: { description: 'not ready; [-]name reason', type: 'text/plain' } },
    async handle({ query: { verbose }, response }) {
      const checks = await askAll();
      const ok = checks.every((check) => check.ok);
      const verdict = ok ? 'ready\n' : 'not ready\n';
      response.status(ok ? 200 : 503).type('text/plain').send(verbose ? checks.map(lineOf).join('') + verdict : verdict);
    },
  });

  const figures = defineRoute({
    method: 'GET',
    path: '/metrics',
    may: 'read',
    summary: "Prometheus: this process' figures",
    answers: { 200: { description: 'text format 0.0.4', type: 'text/plain' } },
    async handle({ response }) {
      const own = await renderSamples(samplers.flatMap(take), logger);
      response.set('Content-Type', 'text/plain; version=0.0.4; charset=utf-8').send(`${own}\n${await nodeFigures.metrics()}`);
    },
  });
  return [alive('/livez'), alive('/healthz'), ready, figures];

  function take(sampler: Sampler): readonly Sample[] {
    try {
      return sampler();
    } catch (error) {
      logger.warn('api.sampler-failed', { error });
      return [];
    }
  }

  async function askAll(): Promise<readonly HealthCheck[]> {
    const answers = await Promise.all(probes.map(ask));
    return draining.aborted ? [{ name: 'draining', ok: false, reason: 'shutting down' }, ...answers.flat()] : answers.flat();
  }

  async function ask(probe: HealthProbe): Promise<readonly HealthCheck[]> {
    const answered = new AbortController();
    const failed = (reason: string): HealthCheck[] => [{ name: 'probe', ok: false, reason }];
    try {
      return await Promise.race([probe(), clock.sleep(probeLimitMs, answered.signal).then(() => failed(`no answer within ${probeLimitMs} ms`))]);
    } catch (error) {
      logger.warn('api.probe-failed', { error });
      return failed('the check itself failed');
    } finally {
      answered.abort();
    }
  }
}

/** `[+]store ok`, `[-]store disk full`; a remark of a check that is well stands after its ok. One line, whatever the reason holds. */
function lineOf({ name, ok, reason }: HealthCheck): string {
  const words = (reason ?? '').replace(/\s+/g, ' ').trim();
  return `[${ok ? '+' : '-'}]${name} ${ok ? (words === '' ? 'ok' : `ok ${words}`) : words === '' ? 'not ok' : words}\n`;
}
