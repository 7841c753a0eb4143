import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { incidentKinds, kindsSeen, kindsTheNineSee } from '../../packages/skylark/src/seed/incident.js';
import { type CommandResult, type RunningProduct, runSkylark, startSkylark } from '../product.js';

interface Label {
  readonly metric: string;
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  readonly group?: string;
  readonly lagSeconds?: number;
}

const jsonLines = <Line>(text: string): Line[] => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);

const ensembles = [
  { ensemble: 'default', kinds: kindsSeen },
  { ensemble: 'nine', kinds: kindsTheNineSee },
] as const;

describe.each(ensembles)('skylark seed, 100 metrics of 24 h at shipped settings but for shorter rounds, judged by $ensemble', ({ ensemble, kinds }) => {
  let product: RunningProduct;
  let seeded: CommandResult;
  let labels: Label[];
  let until = 0;
  let metricsPage = '';
  beforeAll(async () => {
    product = await startSkylark({ environment: { SKYLARK_ANALYZER__INTERVAL: '5s', ...(ensemble === 'nine' ? { SKYLARK_ANALYZER__ENSEMBLE: ensemble } : {}) } });
    seeded = await runSkylark(['seed', '--carbon', product.addresses.carbon, '--url', product.url, '--json']);
    labels = jsonLines<Label>(seeded.stdout);
    metricsPage = await (await fetch(`${product.url}/metrics`)).text();
    until = Math.max(...labels.map(({ end }) => end));
  }, 150_000);
  afterAll(() => product.stop());

  const openAnomalies = async (): Promise<{ metric: string; kind: string; score: number; start: number }[]> => {
    const answer = (await (await fetch(`${product.url}/api/v1/anomalies?query=seed.*&limit=1000`)).json()) as { anomalies: { metric: string; kind: string; score: number; start: number }[] };
    return answer.anomalies;
  };
  const lasting = (): Label[] => labels.filter(({ end, group }) => end === until && group === undefined);

  it('sends over carbon, reads everything back and says so', async () => {
    expect(seeded.status).toBe(0);
    expect(seeded.stderr).toMatch(/^\d+ datapoints of 100 metrics sent, and all of them read back\. Look at http/);
    const { total } = (await (await fetch(`${product.url}/api/v1/metrics?query=seed.*&limit=1`)).json()) as { total: number };
    expect(total).toBe(100);
    const count = (name: string): number => Number(new RegExp(`^skylark_ingest_${name}_total\\{protocol="carbon-tcp"\\} (\\d+)$`, 'm').exec(metricsPage)?.[1]);
    expect(count('received')).toBe(Number(/^\d+/.exec(seeded.stderr)?.[0]));
    expect(count('accepted')).toBe(count('received'));
  });

  it('labels one incident of each kind that lasts to the end, and two groups that look alike', () => {
    expect(lasting().map(({ kind }) => kind).sort()).toEqual([...incidentKinds].sort());
    const groups = new Map<string, number>();
    for (const { group } of labels) if (group !== undefined) groups.set(group, (groups.get(group) ?? 0) + 1);
    expect([...groups.values()]).toEqual([4, 4]);
  });

  it('has every lasting incident that it can see found within the next rounds, and hardly anything else', async () => {
    const expected = lasting().filter(({ kind }) => (kinds as readonly string[]).includes(kind));
    expect(expected).toHaveLength(kinds.length);
    const missing = async (): Promise<string[]> => {
      const open = new Set((await openAnomalies()).map(({ metric }) => metric));
      return expected.filter(({ metric }) => !open.has(metric)).map(({ kind, metric }) => `${kind} of ${metric}`);
    };
    await expect.poll(missing, { timeout: 45_000, interval: 1000 }).toEqual([]);
    const stopped = expected.find(({ kind }) => kind === 'stop');
    expect((await openAnomalies()).find(({ metric }) => metric === stopped?.metric)).toMatchObject({ kind: 'stopped', score: 50 });
    const labelled = new Set(labels.filter(({ end }) => end > until - 3600).map(({ metric }) => metric));
    const others = (await openAnomalies()).filter(({ metric }) => !labelled.has(metric));
    expect(others.map(({ metric, kind }) => `${kind} of ${metric}`)).toEqual([]);
  }, 60_000);

  it('tells of the expected range whether it is what judges', async () => {
    const [{ metric } = { metric: '' }] = lasting();
    const band = (await (await fetch(`${product.url}/api/v1/expected?metric=${metric}&from=${until - 3600}&until=${until}`)).json()) as { timestamps: number[]; low: number[]; inForce: boolean };
    expect(band.inForce).toBe(ensemble === 'default');
    expect(band.low).toHaveLength(band.timestamps.length);
  });

  it('has each member of a group among the look-alikes of its first', async () => {
    for (const group of ['group-now', 'group-before']) {
      const members = labels.filter((label) => label.group === group);
      const [first, ...others] = members;
      if (!first) throw new Error('no group');
      const window = ['--from', String(Math.floor(first.start - 1200)), '--until', String(Math.ceil(Math.max(...members.map(({ end }) => end)) + 300))];
      const { status, stdout } = await runSkylark(['similar', first.metric, ...window, '--scope', 'live', '--limit', '5', '--json', '--url', product.url]);
      expect(status).toBe(0);
      const [{ matches } = { matches: [] }] = jsonLines<{ matches: { metric: string }[] }>(stdout);
      expect(matches.slice(0, 3).map(({ metric }) => metric).sort(), group).toEqual(others.map(({ metric }) => metric).sort());
    }
  });
});
