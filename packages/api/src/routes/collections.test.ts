import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, startApi, systemClock } from '../../oracle/api-under-test.js';

const now = 1_700_000_000;

interface Kept {
  readonly id: string;
  readonly title: string;
  readonly metrics: string[];
  readonly notes: string;
  readonly series: { metric: string; timestamps: number[]; values: number[] }[];
  readonly comments: { by: string; at: number; text: string }[];
}

describe('collections', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await startApi({ clock: { ...systemClock, now: () => now } });
    await api.write('web.a', [[now - 100, 1], [now - 50, 2], [now + 10, 3]]);
    await api.write('web.b', [[now - 90, 0.1]]);
  });
  afterAll(() => api.stop());

  const send = (method: string, path: string, body?: unknown) => api.ask(`/api/v1/collections${path}`, { method, ...(body === undefined ? {} : { body }) });
  const save = async (more: object = {}): Promise<Kept> => (await send('POST', '', { title: 'Outage', metrics: ['web.a', 'web.b'], from: 'now-10m', until: 'now', notes: '# What happened\n<script>alert(1)</script>', ...more })).json<Kept>();

  it('keep a copy of the data, also when the store has forgotten it', async () => {
    await api.write('gone', [[now - 20, 7]]);
    const { id } = await save({ metrics: ['web.a', 'gone'] });
    await api.ask('/api/v1/metrics?query==gone', { method: 'DELETE' });
    const kept = (await send('GET', `/${id}`)).json<Kept>();
    expect(kept.series).toEqual([{ metric: 'web.a', timestamps: [now - 100, now - 50], values: [1, 2] }, { metric: 'gone', timestamps: [now - 20], values: [7] }]);
    expect(kept).toMatchObject({ title: 'Outage', from: now - 600, until: now, notes: '# What happened\n<script>alert(1)</script>', comments: [] });
  });

  it('are renamed, noted, commented and deleted', async () => {
    const { id } = await save();
    expect((await send('PATCH', `/${id}`, { title: 'Big outage', notes: 'It was DNS.' })).json<Kept>()).toMatchObject({ title: 'Big outage', notes: 'It was DNS.' });
    expect((await send('PATCH', `/${id}`, { metrics: ['web.b'] })).json<Kept>().series.map(({ metric }) => metric)).toEqual(['web.b']);
    const said = await Promise.all(['one', 'two', 'three'].map((text) => send('POST', `/${id}/comments`, { text })));
    expect(said.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await send('GET', `/${id}`)).json<Kept>().comments.map(({ by, at, text }) => [by, at, text]).sort()).toEqual([['anonymous', now, 'one'], ['anonymous', now, 'three'], ['anonymous', now, 'two']]);
    expect((await send('DELETE', `/${id}`)).json()).toEqual({ deleted: true });
    for (const reply of [await send('GET', `/${id}`), await send('DELETE', `/${id}`), await send('PATCH', `/${id}`, { title: 'x' })]) expect(reply.json()).toMatchObject({ status: 404, code: 'unknown-collection' });
  });

  it('are listed without their data, newest first, and found by what is in them', async () => {
    const { id } = await save({ title: 'Needle in a stack' });
    const found = (await send('GET', '?query=NEEDLE')).json<{ total: number; collections: Kept[] }>();
    expect(found).toMatchObject({ total: 1, collections: [{ id, title: 'Needle in a stack' }] });
    expect(found.collections[0]).not.toHaveProperty('series');
  });

  it('go out as a file and come back as another one with the same content', async () => {
    const { id } = await save();
    await send('POST', `/${id}/comments`, { text: 'seen' });
    const exported = await send('GET', `/${id}/export`);
    expect(exported.headers['content-disposition']).toBe('attachment; filename=collection.json');
    const imported = (await send('POST', '/import', exported.json())).json<Kept>();
    expect(imported.id).not.toBe(id);
    expect({ ...imported, id, updated: null }).toEqual({ ...exported.json(), updated: null });
  });

  it.each([
    ['POST', '', { title: ' ', metrics: ['web.a'], from: 0, until: 1 }, 400],
    ['POST', '', { title: 'x', metrics: [], from: 0, until: 1 }, 400],
    ['POST', '', { title: 'x', metrics: ['web.a'], from: 2, until: 1 }, 400],
    ['POST', '', { title: 'x', metrics: ['web.unknown'], from: 0, until: 1 }, 404],
    ['POST', '/import', { title: 'x', from: 0, until: 1, series: [{ metric: 'm', timestamps: [2, 1], values: [1, 1] }] }, 400],
    ['POST', '/import', { title: 'x', from: 0, until: 1, series: [{ metric: 'm', timestamps: [1], values: [] }] }, 400],
    ['POST', '/import', { title: 'x', from: 0, until: 1, series: [], more: 1 }, 400],
    ['PATCH', '/nobody', {}, 400],
  ])('%s %s %j is %i', async (method, path, body, status) => {
    expect((await send(method, path, body)).status).toBe(status);
  });
});
