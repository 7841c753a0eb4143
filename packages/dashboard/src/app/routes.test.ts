import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { metricPath, routeOf, similarPath } from './routes.js';

/** What the browser makes of an address. */
const visit = (path: string): ReturnType<typeof routeOf> => {
  const { pathname, search } = new URL(path, 'http://127.0.0.1:1500');
  return routeOf(pathname, search);
};

describe('the routes', () => {
  it('bring every metric name back as it was', () => {
    for (const metric of ['a.b', 'a/b', 'a%2Fb', 'cpu load;host=a b', '?#', '..', '.', '<img src=x>', 'ü 日本', '../../etc', 'a\\b']) {
      expect(visit(metricPath(metric)), metric).toEqual({ page: 'metric', metric });
    }
    fc.assert(fc.property(fc.string({ minLength: 1, unit: 'binary' }), (metric) => {
      expect(visit(metricPath(metric))).toEqual({ page: 'metric', metric: metric.replace(/\p{Surrogate}/gu, '\ufffd') });
    }));
  });

  it('know their pages and nothing else', () => {
    expect(visit('/')).toEqual({ page: 'now' });
    expect(visit('/names?query=x')).toEqual({ page: 'names' });
    expect(visit('/similar?anomaly=1')).toEqual({ page: 'similar' });
    for (const path of ['/metric', '/metric/', '/metric/%E0%A4%A', '/nowhere', '/metrics']) expect(visit(path), path).toEqual({ page: 'unknown' });
  });

  it('put a search into the address', () => {
    expect(similarPath({ metric: 'a b', from: 1, until: 2 })).toBe('/similar?metric=a+b&from=1&until=2');
    expect(similarPath({ anomaly: 'x' })).toBe('/similar?anomaly=x');
  });
});
