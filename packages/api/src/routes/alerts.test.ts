import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, finding, startApi, systemClock } from '../../oracle/api-under-test.js';

const now = 1_764_000_000;

describe('alerts', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({ clock: { ...systemClock, now: () => now } });
    const at = (id: string, metric: string, start: number, score = 80) => finding({ id, metric, start, peak: start, score, state: 'open', end: null, lastFlagged: start, updated: start });
    await api.backend.anomalies.record([at('follow', 'web.follow', now - 540, 95), at('lead', 'db.lead', now - 600), at('alone', 'web.alone', now - 9000)]);
  });
  afterAll(() => api.stop());

  const send = (method: string, path: string, body?: unknown) => api.ask(`/api/v1${path}`, { method, ...(body === undefined ? {} : { body }) });

  it('groups anomalies that started together, with who moved first as the leader', async () => {
    const incidents = (await send('GET', '/incidents')).json<{ id: string; leader: string; score: number; state: string; anomalies: { id: string; metric: string }[] }[]>();
    expect(incidents).toMatchObject([{ id: 'lead', leader: 'db.lead', score: 95, state: 'open', related: [] }, { id: 'alone', leader: 'web.alone' }]);
    expect(incidents[0]?.anomalies.map(({ metric }) => metric)).toEqual(['db.lead', 'web.follow']);
    expect((await send('GET', '/incidents/follow')).json()).toMatchObject({ id: 'lead' });
    expect((await send('GET', '/incidents?state=closed')).json()).toEqual([]);
    expect((await send('GET', '/incidents/nobody')).json()).toMatchObject({ code: 'unknown-anomaly' });
  });

  it('previews a budget before it sets it', async () => {
    expect((await send('GET', '/budget')).json()).toMatchObject({ perDay: null, thresholds: [] });
    const preview = (await send('PUT', '/budget', { perDay: 0, dryRun: true })).json<{ preview: { notified: number; withheld: number }[] }>();
    expect(preview.preview[0]).toMatchObject({ notified: 0, withheld: 2 });
    expect((await send('GET', '/budget')).json()).toMatchObject({ perDay: null });
    expect((await send('PUT', '/budget', { perDay: 3 })).json()).toMatchObject({ perDay: 3 });
    expect((await send('GET', '/budget')).json()).toMatchObject({ perDay: 3 });
    for (const perDay of [-1, 1.5, '3']) expect((await send('PUT', '/budget', { perDay })).status).toBe(400);
  });

  it('shows what a silence would have silenced, applies it, lists it, takes it back', async () => {
    await send('PATCH', '/anomalies/follow', { feedback: 'real' });
    const weekly = { kind: 'weekly', match: 'web.*', days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', until: '24:00' };
    const tried = (await send('POST', '/silences', { ...weekly, dryRun: true })).json<{ wouldSilence: { id: string }[]; real: { id: string }[] }>();
    expect(tried.wouldSilence.map(({ id }) => id).sort()).toEqual(['alone', 'follow']);
    expect(tried.real.map(({ id }) => id)).toEqual(['follow']);
    expect((await send('GET', '/silences')).json()).toEqual([]);
    const made = (await send('POST', '/silences', weekly)).json<{ id: string }>();
    expect((await send('GET', '/silences')).json()).toEqual([made]);
    expect((await send('GET', '/anomalies')).json<{ anomalies: { id: string; silencedBy?: string }[] }>().anomalies.map(({ id, silencedBy }) => [id, silencedBy]).sort()).toEqual([['alone', made.id], ['follow', made.id], ['lead', undefined]]);
    expect((await send('DELETE', `/silences/${made.id}`)).json()).toEqual({ deleted: true });
    expect((await send('GET', '/anomalies')).text).not.toContain('silencedBy');
  });

  it('keeps calendars', async () => {
    const made = (await send('POST', '/calendars', { name: 'Works', from: 'now', until: 'now+2h', match: 'db.*' })).json<{ id: string }>();
    expect(made).toMatchObject({ name: 'Works', from: now, until: now + 7200, repeat: 'never', zone: 'UTC', by: 'anonymous' });
    expect((await send('GET', '/calendars')).json()).toEqual([made]);
    expect((await send('DELETE', `/calendars/${made.id}`)).json()).toEqual({ deleted: true });
  });

  it.each([
    ['/silences', { kind: 'weekly' }], ['/silences', { kind: 'anomaly' }], ['/silences', { kind: 'weekly', match: '*', anomaly: 'lead' }], ['/silences', { kind: 'weekly', match: '*', days: [8], from: '00:00', until: '01:00' }],
    ['/silences', { kind: 'weekly', match: '*', days: [1], from: '7', until: '8' }], ['/calendars', { name: 'x', from: 2, until: 1 }], ['/calendars', { name: 'x', from: 1, until: 2, zone: 'Nowhere' }],
  ])('refuses %s %j', async (path, body) => expect((await send('POST', path, body)).status).toBe(400));

  it('knows of no notification yet', async () => expect((await send('GET', '/notifications')).json()).toEqual([]));
});
