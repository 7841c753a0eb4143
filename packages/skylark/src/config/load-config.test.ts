import { SkylarkError } from '@skylark/core';
import { describe, expect, it } from 'vitest';
import { type ConfigSources, loadConfig } from './load-config.js';
import { configAsJson, configSchema, printConfig } from './print-config.js';

const load = (sources: Partial<ConfigSources> = {}) => loadConfig({ environment: {}, readFile: () => 'secret-from-a-file-0123', ...sources });
const file = (text: string) => ({ file: { name: 'skylark.yaml', text } });

function errorsOf(sources: Partial<ConfigSources>): string[] {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof SkylarkError && error.code === 'bad-config') return error.detail.split('\n');
    throw error;
  }
  throw new Error('nothing was wrong');
}

describe('settings', () => {
  it('have their published defaults', () => {
    const { config, origins } = load();
    expect(config['store.retention']).toBe(14 * 86_400);
    expect(config['analyzer.ensemble']).toBe('default');
    expect(config['analyzer.window']).toBe(86_400);
    expect(config['analyzer.quietTime']).toBeUndefined();
    expect(config['api.port']).toBe(1500);
    expect(origins.get('api.port')).toBe('default');
  });

  it('come from the file, then the environment, then flags', () => {
    const { config, origins } = load({
      ...file('api:\n  port: 1\n  host: a\nanalyzer:\n  interval: 30s\n  window: 12h\nhorizon.maxFuture: 1m\n'),
      environment: { SKYLARK_API__PORT: '2', SKYLARK_ANALYZER__INTERVAL: '20s', SKYLARK_HORIZON__MAX_AGE: '2h', SKYLARK_HORIZON__SKIP: '["a.*","/b/"]', HOME: '/x', SKYLARK_DEBUG: '1' },
      flags: { 'api.port': { value: 3, flag: '--port' }, 'api.host': { value: undefined, flag: '--host' } },
    });
    expect(config['api.port']).toBe(3);
    expect(config['api.host']).toBe('a');
    expect(config['analyzer.interval']).toBe(20);
    expect(config['analyzer.window']).toBe(43_200);
    expect(config['horizon.maxAge']).toBe(7200);
    expect(config['horizon.maxFuture']).toBe(60);
    expect(config['horizon.skip']).toEqual(['a.*', '/b/']);
    expect(origins.get('api.port')).toBe('--port');
    expect(origins.get('api.host')).toBe('skylark.yaml:3:3');
    expect(origins.get('horizon.maxAge')).toBe('SKYLARK_HORIZON__MAX_AGE');
  });

  it('may keep datapoints for ever', () => expect(load(file('store: { retention: forever }')).config['store.retention']).toBeNull());

  it('take secrets from files and never print them', () => {
    const loaded = load({ environment: { SKYLARK_API__TOKEN_FILE: '/run/secrets/token' } });
    expect(loaded.config['api.token']).toBe('secret-from-a-file-0123');
    expect(printConfig(loaded, true)).not.toContain('secret-from');
    expect(JSON.stringify(configAsJson(loaded, true))).not.toContain('secret-from');
    expect(printConfig(loaded, true)).toMatch(/api\.token: \(redacted\) +# SKYLARK_API__TOKEN_FILE/);
  });

  it('say every error at once, with its place and the nearest name', () => {
    const errors = errorsOf({
      ...file('api:\n  prot: 1500\n  port: 70000\nanalyzer:\n  interval: 10\n  consensus: six\n  rules:\n    - match: a.*\n      consensu: 5\nnosuch: 1\n'),
      environment: { SKYLARK_HORIZON__MAX_AEG: '5m', SKYLARK_STORE__RETENTION: '5 minutes' },
    });
    expect(errors).toContainEqual(expect.stringMatching(/^skylark\.yaml:2:3 api\.prot: no such setting; did you mean api\.port\?$/));
    expect(errors).toContainEqual(expect.stringMatching(/^skylark\.yaml:3:\d+ api\.port: .*65535/));
    expect(errors).toContainEqual(expect.stringMatching(/^skylark\.yaml:5:\d+ analyzer\.interval: .*10s/));
    expect(errors).toContainEqual(expect.stringMatching(/^skylark\.yaml:6:\d+ analyzer\.consensus: /));
    expect(errors).toContainEqual(expect.stringMatching(/^skylark\.yaml:9:\d+ analyzer\.rules\.0: .*consensu/));
    expect(errors).toContainEqual(expect.stringMatching(/^skylark\.yaml:10:1 nosuch: no such setting/));
    expect(errors).toContainEqual(expect.stringMatching(/^SKYLARK_HORIZON__MAX_AEG horizon\.maxAeg: no such setting; did you mean horizon\.maxAge\?$/));
    expect(errors).toContainEqual(expect.stringMatching(/^SKYLARK_STORE__RETENTION store\.retention: /));
    expect(errors).toHaveLength(8);
  });

  it.each([
    ['- a\n- b', /1:1 .*sections/],
    ['api: [1', /skylark\.yaml:\d+:\d+ /],
    ['api:\n  port: 1\n  port: 2', /3:3 .*unique/],
    ['api: 5', /1:1 api: no such setting/],
    ['api:\n  token: short', /2:\d+ api\.token: .*16/],
    ['analyzer:\n  window: 10s', /window: 10s is too short/],
    ['analyzer:\n  secondOrder: "yes"', /secondOrder: /],
    ['analyzer:\n  rules: {a: 1}', /rules: /],
    ['horizon:\n  skip:\n    - a.*\n    - "/(/"', /4:7 horizon\.skip\.1: /],
    ['analyzer:\n  rules:\n    - match: a\n      detectors: [grubs]', /4:19 analyzer\.rules\.0\.detectors\.0: .*grubbs/],
  ])('refuse %j with its place', (text, message) => expect(errorsOf(file(text)).join('\n')).toMatch(message));

  it('are fine when empty', () => {
    expect(load(file('')).config['api.port']).toBe(1500);
    expect(load(file('api:\n')).config['api.port']).toBe(1500);
  });

  it('have a JSON Schema that names each', () => {
    const schema = JSON.stringify(configSchema());
    for (const leaf of ['retention', 'maxNameBytes', 'sentinelName', 'minScore']) expect(schema).toContain(`"${leaf}"`);
  });
});
