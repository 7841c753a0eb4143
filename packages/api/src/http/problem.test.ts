import { errorMessages, SkylarkError } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { Problem, problemDocument, problemHeaders, problemOf, problemStatus } from './problem.js';

describe('problems', () => {
  it('have a status for every code of core', () => {
    for (const code of Object.keys(errorMessages)) expect(problemStatus[code as keyof typeof errorMessages], code).toBeGreaterThanOrEqual(400);
  });

  it('say what and where of a bad request, and nothing of what is inside of a failure', () => {
    expect(problemDocument(problemOf(new SkylarkError('flat-query', 'web.cpu')), 'id-1')).toEqual({
      type: 'urn:skylark:problem:flat-query',
      title: errorMessages['flat-query'],
      status: 422,
      detail: 'web.cpu',
      code: 'flat-query',
      requestId: 'id-1',
    });
    const inside = problemDocument(problemOf(new Error('/secret/folder is gone')), 'id-2');
    expect(JSON.stringify(inside)).not.toContain('secret');
    expect(inside).toMatchObject({ status: 500, code: 'internal', requestId: 'id-2' });
    expect(problemDocument(problemOf(new SkylarkError('store-away', 'redis://user:pw@host')), 'id-3')).not.toHaveProperty('detail');
  });

  it('tell who was refused for a while when to come back', () => {
    expect(problemHeaders(new Problem('store-away'))).toHaveProperty('Retry-After');
    expect(problemHeaders(new Problem('unknown-metric'))).toEqual({});
  });

  it('are made of whatever was thrown', () => {
    for (const thrown of [undefined, null, 'text', 7, {}, Object.create(null)]) expect(problemOf(thrown).code).toBe('internal');
    expect(problemOf(new URIError('malformed')).status).toBe(400);
  });
});
