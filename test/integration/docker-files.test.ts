import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { environmentName } from '../../packages/skylark/src/config/read-environment.js';
import { settingNames, settings } from '../../packages/skylark/src/config/settings.js';
import { runSkylark, skylarkBin } from '../product.js';

/** No engine runs on every machine that runs these tests: they hold what can be held without one. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** A Dockerfile's instructions, continued lines joined, by stage. */
function stagesOf(text: string): Instruction[][] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line)).join('\n').replaceAll(/\\\n\s*/g, '').split('\n').filter((line) => line.trim() !== '');
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, name = '', value = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, value });
  }
  return stages;
}

describe('the Dockerfile', () => {
  const stages = stagesOf(read('docker/Dockerfile'));
  const final = stages.at(-1) ?? [];
  const all = stages.flat();
  const of = (name: string, among = all): string[] => among.filter((one) => one.name === name).map(({ value }) => value);

  it('has known instructions only, and builds in one stage what it runs in another', () => {
    expect(stages).toHaveLength(2);
    expect(new Set(all.map(({ name }) => name))).toEqual(new Set(['FROM', 'WORKDIR', 'COPY', 'RUN', 'ARG', 'LABEL', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'STOPSIGNAL', 'ENTRYPOINT', 'CMD']));
  });

  it('pins its base by a full version, one that the product supports', () => {
    for (const base of of('FROM')) expect(base).toMatch(/^node:\d+\.\d+-bookworm-slim( AS [a-z]+)?$/);
    const [, major = 0, minor = 0] = (/node:(\d+)\.(\d+)/.exec(of('FROM')[0] ?? '') ?? []).map(Number);
    expect(major > 20 || (major === 20 && minor >= 19)).toBe(true);
  });

  it('runs as a user by number, set after the last command of root', () => {
    const [user] = of('USER', final);
    expect(user).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    const at = final.findIndex(({ name }) => name === 'USER');
    expect(final.findLastIndex(({ name }) => name === 'RUN' || name === 'COPY')).toBeLessThan(at);
    expect(final.findIndex(({ name }) => name === 'ENTRYPOINT')).toBeGreaterThan(at);
  });

  it('starts, stops and asks for health without a shell', () => {
    for (const name of ['ENTRYPOINT', 'CMD']) expect(Array.isArray(JSON.parse(of(name, final)[0] ?? 'null'))).toBe(true);
    expect(of('HEALTHCHECK', final)[0]).toMatch(/--interval=\S+ --timeout=\S+ --start-period=\S+ --retries=\d+ CMD \["node", .*\/livez/);
    expect(of('STOPSIGNAL', final)).toEqual(['SIGTERM']);
  });

  it('carries labels of the OCI, no secret, nothing from elsewhere', () => {
    for (const label of ['title', 'description', 'version', 'revision', 'licenses']) expect(of('LABEL', final)[0]).toContain(`org.opencontainers.image.${label}=`);
    expect(of('ENV').join(' ')).not.toMatch(/TOKEN|PASSWORD|SECRET/i);
    expect(of('RUN').join(' ')).not.toMatch(/curl|wget|sudo|--unsafe-perm|https?:/);
    for (const command of of('RUN').filter((one) => one.includes('npm install'))) expect(command).toContain('--ignore-scripts');
    for (const folder of of('WORKDIR')) expect(folder).toMatch(/^\//);
  });

  it('copies the manifest of every package before it installs, and only what is there', () => {
    const build = stages[0] ?? [];
    const before = build.slice(0, build.findIndex(({ name }) => name === 'RUN'));
    const copied = of('COPY', before).map((value) => value.split(' '));
    const packages = readdirSync(join(root, 'packages')).map((name) => [`packages/${name}/package.json`, `packages/${name}/`]);
    expect(copied).toEqual(expect.arrayContaining(packages));
    for (const words of copied) for (const source of words.slice(0, -1)) expect(existsSync(join(root, source)), source).toBe(true);
  });

  it('exposes the ports that the settings have, and sets settings that there are', () => {
    const ports = ['api.port', 'horizon.carbon.port', 'horizon.pickle.port', 'horizon.udp.port'].map((name) => settings[name as 'api.port'].fallback);
    expect(new Set(of('EXPOSE', final)[0]?.split(' ').map((port) => Number(port.split('/')[0])))).toEqual(new Set(ports));
    const names = new Set(settingNames.map(environmentName));
    for (const [, variable = ''] of (of('ENV', final)[0] ?? '').matchAll(/(SKYLARK_\w+)=/g)) expect(names).toContain(variable);
  });

  it('sees a folder without what belongs to this machine', () => {
    const ignored = read('docker/Dockerfile.dockerignore').split('\n');
    expect(ignored.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '**/dist']));
    const kept = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    for (const path of kept) expect(existsSync(join(root, path)), path).toBe(true);
    for (const needed of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json', 'turbo.json', 'scripts', 'packages']) expect(kept).toContain(needed);
    expect(kept.some((path) => path.startsWith('.git') || path.startsWith('docker'))).toBe(false);
  });

  it('leaves out of the image what no production needs', () => {
    const kept = new Set(['dist', 'bin', 'node_modules', 'package.json']);
    const [prune = ''] = of('RUN').filter((command) => command.includes('npm prune --omit=dev'));
    for (const name of kept) expect(prune).toContain(`! -name ${name}`);
    const folders = readdirSync(join(root, 'packages/skylark'));
    for (const runs of ['dist', 'bin', 'package.json']) expect(folders).toContain(runs);
  });

  it('has a health check that says yes of a product that runs as another user, without a home, and no of none', async () => {
    const data = mkdtempSync(join(tmpdir(), 'skylark-container-'));
    const [, argv = '[]'] = / CMD (\[.*\])$/.exec(of('HEALTHCHECK', final)[0] ?? '') ?? [];
    const [, ...check] = JSON.parse(argv) as string[];
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(data, 10_001, 10_001);
    const ready = join(data, 'ready.json');
    const environment = { PATH: process.env['PATH'], NODE_ENV: 'production', SKYLARK_API__HOST: '0.0.0.0', SKYLARK_API__PORT: '0', SKYLARK_HORIZON__HOST: '0.0.0.0', SKYLARK_HORIZON__CARBON__PORT: '0', SKYLARK_HORIZON__PICKLE__PORT: '0', SKYLARK_HORIZON__UDP__PORT: '0', SKYLARK_API__TOKEN: 'token-of-a-container' };
    const child = spawn(process.execPath, [skylarkBin, 'up', '--data', data, '--ready-file', ready], { cwd: '/', env: environment, stdio: 'ignore', ...(isRoot ? { uid: 10_001, gid: 10_001 } : {}) });
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    try {
      for (let waited = 0; !existsSync(ready) && waited < 60_000 && child.exitCode === null; waited += 50) await sleep(50);
      const port = (JSON.parse(readFileSync(ready, 'utf8')) as { http: string }).http.split(':').at(-1) ?? '';
      const health = (at: string): Promise<number | null> => new Promise((resolve) => spawn(process.execPath, check, { env: { ...environment, SKYLARK_API__PORT: at }, stdio: 'ignore' }).once('exit', resolve));
      expect(await health(port)).toBe(0);
      expect(await health('1')).toBe(1);
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      child.kill('SIGKILL');
      await ended;
      process.off('exit', kill);
      rmSync(data, { recursive: true, force: true });
    }
  }, 90_000);
});

/** The parts of the compose specification that are used, and nothing else. */
const port = z.string().regex(/^(127\.0\.0\.1:)?\d{2,5}:\d{2,5}(\/udp)?$/);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const service = z.strictObject({
  image: z.string().regex(/^[a-z]+:(\d[\w.-]+|\$\{SKYLARK_VERSION:-\d+\.\d+\.\d+\})$/, 'pinned by a version'),
  build: z.strictObject({ context: z.literal('..'), dockerfile: z.literal('docker/Dockerfile') }).optional(),
  profiles: z.array(z.enum(['embedded', 'full'])).min(1),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), scalar).optional(),
  init: z.boolean().optional(),
  restart: z.literal('unless-stopped'),
  stop_grace_period: z.string().regex(/^\d+s$/),
  read_only: z.boolean().optional(),
  user: z.string().optional(),
  tmpfs: z.array(z.string()).optional(),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  pids_limit: z.number().optional(),
  mem_limit: z.string(),
  ulimits: z.record(z.string(), z.strictObject({ soft: z.number(), hard: z.number() })).optional(),
  secrets: z.array(z.string()).optional(),
  networks: z.array(z.string()).min(1),
  ports: z.array(port).optional(),
  volumes: z.array(z.string().regex(/^[a-z]+:\/[\w/]+$/)).optional(),
  deploy: z.strictObject({ replicas: z.int().min(1) }).optional(),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.literal('service_healthy') })).optional(),
  healthcheck: z.strictObject({ test: z.array(z.string()).min(2), interval: z.string(), timeout: z.string(), retries: z.number(), start_period: z.string() }).optional(),
});
const composeFile = z.looseObject({
  name: z.string(),
  services: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), service),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().optional() })),
  volumes: z.record(z.string(), z.strictObject({})),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});

describe('compose.yaml', () => {
  const compose = composeFile.parse(parse(read('docker/compose.yaml'), { merge: true }));
  const entries = Object.entries(compose.services);
  const ours = entries.filter(([, { build }]) => build !== undefined);

  it('has the keys of the specification, and names nothing that it does not define', () => {
    expect(Object.keys(compose).filter((key) => !key.startsWith('x-') && !['name', 'services', 'networks', 'volumes', 'secrets'].includes(key))).toEqual([]);
    for (const [name, one] of entries) {
      for (const network of one.networks) expect(Object.keys(compose.networks), name).toContain(network);
      for (const volume of one.volumes ?? []) expect(Object.keys(compose.volumes), name).toContain(volume.split(':')[0]);
      for (const secret of one.secrets ?? []) expect(Object.keys(compose.secrets), name).toContain(secret);
    }
  });

  it('has both profiles, the roles apart in the full one: two horizons, two analyzers, an importer, an API', () => {
    const roleOf = ({ command = [] }: (typeof entries)[number][1]): string => command[command.indexOf('--target') + 1] ?? 'all';
    const counts = new Map<string, number>();
    for (const [, one] of ours.filter(([, { profiles }]) => profiles.includes('full'))) counts.set(roleOf(one), (counts.get(roleOf(one)) ?? 0) + (one.deploy?.replicas ?? 1));
    expect(Object.fromEntries(counts)).toEqual({ horizon: 2, analyzer: 2, importer: 1, api: 1 });
    expect(ours.filter(([, { profiles }]) => profiles.includes('embedded')).map(([, one]) => roleOf(one))).toEqual(['all']);
  });

  it('waits for what it needs, within its own profile, by a health check that there is', () => {
    for (const [name, { depends_on: needed = {}, profiles }] of entries) {
      for (const other of Object.keys(needed)) {
        const [, found] = entries.find(([one]) => one === other) ?? [];
        expect(found?.profiles, `${name} needs ${other}`).toEqual(profiles);
        expect(found?.healthcheck !== undefined || found?.build !== undefined, `${other} has a health check`).toBe(true);
      }
    }
    for (const [name, { profiles, depends_on: needed = {} }] of ours) if (profiles.includes('full')) expect(Object.keys(needed), name).toEqual(expect.arrayContaining(['redis', 'elasticsearch']));
  });

  it('hardens each service: no capability, nothing gained, limits, and ours with a read-only root', () => {
    for (const [name, one] of ours) expect(one, name).toMatchObject({ read_only: true, init: true, tmpfs: ['/tmp'], pids_limit: 256, secrets: ['token'] });
    expect(compose.services['redis']).toMatchObject({ read_only: true, user: '999:999' });
  });

  it('keeps Redis and Elasticsearch off every network but its own, and the pages on this machine', () => {
    expect(compose.networks['back']).toEqual({ internal: true });
    for (const name of ['redis', 'elasticsearch']) {
      expect(compose.services[name]?.networks).toEqual(['back']);
      expect(compose.services[name]?.ports).toBeUndefined();
    }
    for (const [name, { ports = [] }] of entries) for (const one of ports.filter((text) => text.endsWith(':1500'))) expect(one, name).toMatch(/^127\.0\.0\.1:/);
    for (const profile of ['embedded', 'full'] as const) {
      const published = entries.filter(([, { profiles }]) => profiles.includes(profile)).flatMap(([, { ports = [] }]) => ports.map((text) => text.replace(/^127\.0\.0\.1:/, '').replace(/^(\d+):\d+(\/udp)?$/, '$1$2')));
      expect(new Set(published).size, profile).toBe(published.length);
    }
  });

  it('runs Redis as Skylark wants it: append-only, never evicting, with room below its container\'s limit', () => {
    const { command = [] } = compose.services['redis'] ?? {};
    const valueOf = (flag: string): string | undefined => command[command.indexOf(flag) + 1];
    expect([valueOf('--appendonly'), valueOf('--appendfsync'), valueOf('--maxmemory-policy'), valueOf('--save')]).toEqual(['yes', 'always', 'noeviction', '']);
    const [limit, memory] = [valueOf('--maxmemory') ?? '', compose.services['redis']?.mem_limit ?? ''].map((text) => Number(/(\d+)g/.exec(text)?.[1]));
    expect(limit).toBeLessThanOrEqual((memory ?? 0) / 2);
  });

  it('sets settings that there are, with values that they take', async () => {
    const names = new Set(settingNames.flatMap((name) => [environmentName(name), `${environmentName(name)}_FILE`]));
    const secrets = mkdtempSync(join(tmpdir(), 'skylark-secrets-'));
    writeFileSync(join(secrets, 'token'), '0123456789abcdef0123456789\n');
    for (const [name, { environment = {} }] of ours) {
      expect(Object.keys(environment).filter((variable) => !names.has(variable)), name).toEqual([]);
      const filled = Object.fromEntries(Object.entries(environment).map(([variable, value]) => [variable, String(value).replace(/\$\{\w+:-([^}]*)\}/g, '$1').replace('/run/secrets', secrets)]));
      const { status, stderr } = await runSkylark(['config', 'check'], { environment: filled });
      expect({ status, stderr: status === 0 ? '' : stderr }, name).toEqual({ status: 0, stderr: '' });
    }
    rmSync(secrets, { recursive: true, force: true });
  }, 60_000);

  it('gives commands that the product has', async () => {
    const { stdout: help } = await runSkylark(['up', '--help']);
    for (const [name, { command }] of ours) {
      if (command === undefined) continue;
      expect(command[0], name).toBe('up');
      for (const flag of command.filter((word) => word.startsWith('--'))) expect(help, `${name}: ${flag}`).toContain(flag);
    }
  });
});

describe('skylark.service', () => {
  const lines = read('docker/skylark.service').split('\n').filter((line) => /^[A-Z]\w+=/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]);
  const valuesOf = (name: string): string[] => lines.filter(([key]) => key === name).map(([, value]) => value);

  it('runs a command that the product has, as a user of its own, with nothing but its folder to write to', async () => {
    for (const [, key, words] of [...valuesOf('ExecStart'), ...valuesOf('ExecStartPre')].map((line) => /skylark\.js (up|config check)(.*)$/.exec(line) ?? [])) {
      const { stdout: help } = await runSkylark([...(key ?? '').split(' '), '--help']);
      for (const flag of (words ?? '').split(' ').filter((word) => word.startsWith('--'))) expect(help).toContain(flag);
    }
    expect(Object.fromEntries(lines)).toMatchObject({
      DynamicUser: 'yes', StateDirectory: 'skylark', ProtectSystem: 'strict', ProtectHome: 'yes', PrivateTmp: 'yes', PrivateDevices: 'yes', NoNewPrivileges: 'yes', CapabilityBoundingSet: '',
      RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX', RestrictNamespaces: 'yes', LockPersonality: 'yes', UMask: '0077', KillSignal: 'SIGTERM', Restart: 'on-failure',
    });
    expect(valuesOf('ExecStart')[0]).toContain('--data /var/lib/skylark');
    expect(lines.map(([key]) => key)).not.toContain('MemoryDenyWriteExecute');
    expect(Number(valuesOf('TimeoutStopSec')[0])).toBeGreaterThan(10);
  });
});
