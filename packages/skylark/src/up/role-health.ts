import type { HealthCheck } from '@skylark/core';
import type { Target } from './targets.js';

/** What only some roles cannot do without: a horizon takes datapoints, and the API shows anomalies, whether or not the index answers. Everything else everybody needs. */
const neededBy: Readonly<Record<string, readonly Target[]>> = { index: ['importer'], queue: ['analyzer'] };

/** The store's lines of /readyz as they count for a process of these roles: what it can do without is said, and does not take it out of a balancer. */
export function healthForRoles(targets: readonly Target[], checks: readonly HealthCheck[]): HealthCheck[] {
  return checks.map((check) => {
    const needing = neededBy[check.name];
    if (check.ok || needing === undefined || needing.some((target) => targets.includes(target))) return check;
    return { ...check, ok: true, reason: `${check.reason ?? 'away'} (not needed by ${targets.join(', ')})` };
  });
}
