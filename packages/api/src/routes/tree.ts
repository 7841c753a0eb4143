import type { Severity } from '@skylark/core';
import { z } from 'zod';
import { flagText, nameQuery } from '../http/parameters.js';
import { defineRoute, type Route } from '../http/route.js';
import type { NameDirectory } from '../names/name-directory.js';
import { branchesOf } from '../names/name-tree.js';

export interface TreeRouteOptions {
  readonly directory: NameDirectory;
  /** The worst open severity of each metric that has one. */
  readonly worst: () => Promise<ReadonlyMap<string, Severity>>;
}

const ranks: readonly Severity[] = ['warning', 'minor', 'major', 'critical'];
const child = z.strictObject({
  segment: z.string(),
  metrics: z.int().meta({ description: 'at or below it' }),
  leaf: z.boolean().meta({ description: 'a metric ends here' }),
  severity: z.enum(['warning', 'minor', 'major', 'critical']).nullable().meta({ description: 'the worst that is open at or below it' }),
});

/** `GET /api/v1/metrics/tree`: names by dot segments. */
export function treeRoutes({ directory, worst }: TreeRouteOptions): Route[] {
  const tree = defineRoute({
    method: 'GET',
    path: '/api/v1/metrics/tree',
    may: 'read',
    summary: 'Metric names as a tree of dot segments, one level at a time',
    query: z.strictObject({ prefix: nameQuery.default('').meta({ description: 'whole segments', example: 'web.eu-1' }), internal: flagText }),
    answers: { 200: { description: 'the children of the prefix', schema: z.strictObject({ children: z.array(child) }).meta({ id: 'NameTree' }) } },
    async handle({ query: { prefix, internal } }) {
      const names = await directory.names({ internal: internal || prefix.startsWith('skylark') });
      const stem = prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
      const severities = worstBySegment(await worst(), stem);
      return { children: branchesOf(names, prefix).map((branch) => ({ ...branch, severity: severities.get(branch.segment) ?? null })) };
    },
  });
  return [tree];
}

function worstBySegment(open: ReadonlyMap<string, Severity>, stem: string): Map<string, Severity> {
  const worst = new Map<string, Severity>();
  for (const [metric, severity] of open) {
    if (!metric.startsWith(stem)) continue;
    const segment = metric.slice(stem.length).split('.', 1)[0]!;
    if (ranks.indexOf(severity) > ranks.indexOf(worst.get(segment) ?? 'warning') || !worst.has(segment)) worst.set(segment, severity);
  }
  return worst;
}
