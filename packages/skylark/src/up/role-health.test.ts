import { describe, expect, it } from 'vitest';
import type { HealthCheck } from '@skylark/core';
import { healthForRoles } from './role-health.js';
import { allTargets } from './targets.js';

const away: HealthCheck[] = [{ name: 'store', ok: true }, { name: 'index', ok: false, reason: 'index-away: connection' }, { name: 'queue', ok: true }];

describe('what a role can do without', () => {
  it('is said and does not count: a horizon, an analyzer and an API go on while the index is away', () => {
    for (const role of ['horizon', 'analyzer', 'api'] as const) {
      expect(healthForRoles([role], away)).toEqual([away[0], { name: 'index', ok: true, reason: `index-away: connection (not needed by ${role})` }, away[2]]);
    }
  });

  it('counts for whoever needs it, alone or among others', () => {
    expect(healthForRoles(['importer'], away)).toEqual(away);
    expect(healthForRoles(allTargets, away)).toEqual(away);
    expect(healthForRoles(['horizon'], [{ name: 'store', ok: false, reason: 'away' }])).toEqual([{ name: 'store', ok: false, reason: 'away' }]);
  });
});
