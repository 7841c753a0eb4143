import { Readable, Writable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import { manualClock } from '../../../../test/clock.js';
import type { CommandContext } from './command-context.js';
import { runProgram } from './program.js';

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], { input = '', environment = {} }: { input?: string; environment?: Record<string, string> } = {}): Promise<Outcome> {
  const written = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof written): Writable =>
    new Writable({
      write(chunk: Buffer, _, done) {
        written[name] += chunk.toString();
        done();
      },
    });
  const context: CommandContext = {
    clock: manualClock(1_764_000_000), environment, stdin: Readable.from([Buffer.from(input)]), stdout: sink('stdout'), stderr: sink('stderr'), signal: new AbortController().signal, setExitCode: () => undefined,
  };
  return { status: await runProgram(context, args), ...written };
}

/** Every command's words, found by reading the help as a person would. */
async function commandLines(words: readonly string[] = []): Promise<string[][]> {
  const { stdout } = await run([...words, '--help']);
  const [, listed = ''] = /\nCommands:\n([\s\S]*?)(\n\n|$)/.exec(stdout) ?? [];
  const names = [...listed.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  const below = await Promise.all(names.map((name) => commandLines([...words, name])));
  return [[...words], ...below.flat()];
}

describe('skylark', () => {
  let all: string[][] = [];
  beforeAll(async () => {
    all = await commandLines();
  });

  it('has the commands of its interface', () => {
    const lines = all.map((words) => words.join(' '));
    for (const line of ['up', 'judge', 'distance', 'decode', 'similar', 'metrics find', 'metrics rm', 'anomalies list', 'anomalies watch', 'status', 'send', 'seed', 'import csv', 'import kale', 'export csv', 'export kale', 'replay', 'backtest', 'config check', 'config print', 'config schema', 'doctor', 'db stats', 'db verify', 'db backup', 'db restore', 'db reindex', 'bench']) {
      expect(lines).toContain(line);
    }
  });

  it('explains itself on every level, with an example of just that', async () => {
    for (const words of all) {
      const { status, stdout, stderr } = await run([...words, '--help']);
      expect({ words, status, stderr }).toEqual({ words, status: 0, stderr: '' });
      expect(stdout, words.join(' ')).toMatch(new RegExp(`Example:\\n.*skylark ${words.join(' ')}`));
    }
  });

  it('refuses an option that it does not have, on every level, and prints nothing as data', async () => {
    for (const words of all) {
      const { status, stdout, stderr } = await run([...words, '--nosuch']);
      expect({ words, status, stdout }).toEqual({ words, status: 2, stdout: '' });
      expect(stderr).toMatch(/nosuch|missing required|required option/);
    }
  });

  it('says how every reading command gives JSON', async () => {
    for (const line of ['status', 'metrics find', 'metrics rm', 'anomalies list', 'anomalies watch', 'similar', 'send', 'seed', 'import csv', 'import kale', 'export kale', 'replay', 'doctor', 'db stats', 'db verify', 'db backup', 'db restore', 'config print']) {
      expect((await run([...line.split(' '), '--help'])).stdout, line).toContain('--json');
    }
  });

  it('prints its version', async () => expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/));

  it.each([
    [['staus'], /Did you mean status\?/],
    [['anomalies', 'lits'], /Did you mean list\?/],
    [['status', '--jsno'], /Did you mean --json\?/],
    [['metrics', 'fnd', 'x'], /Did you mean find\?/],
  ])('knows what %j was meant to be', async (args, message) => {
    const { status, stderr } = await run(args);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each<[string[], number, RegExp]>([
    [[], 2, /Usage: skylark/],
    [['metrics'], 2, /Usage: skylark metrics/],
    [['send', 'a'], 2, /missing required argument/],
    [['send', 'a', 'much'], 2, /finite number/],
    [['send', 'a', 'Infinity'], 2, /finite number/],
    [['send', 'a', '1', 'soon'], 2, /"soon" is neither/],
    [['metrics', 'find', '--limit', 'few'], 2, /whole number/],
    [['anomalies', 'list', '--state', 'shut'], 2, /open, closed, all/],
    [['similar', 'a', '--method', 'cosine'], 2, /dtw, euclidean, fastdtw/],
    [['distance', '--band', '2'], 2, /fraction from 0 to 1/],
    [['distance', '--radius', '-1'], 2, /whole number/],
    [['up', '--port', '70000'], 2, /0 to 65535/],
    [['up', '--target', 'horizon,apy'], 2, /apy/],
    [['up', '--config', '/nowhere.yaml'], 2, /cannot read \/nowhere\.yaml/],
    [['status', '--url', 'localhost:1500'], 2, /no address such as/],
    [['judge', '/nowhere.jsonl'], 2, /no such file.*\/nowhere\.jsonl/],
    [['import', 'csv', '/nowhere'], 2, /no such file.*\/nowhere/],
    [['export', 'csv', '--data', '/nowhere'], 2, /\/nowhere holds no store/],
    [['replay', '--from', 'noon'], 2, /"noon" is no time/],
    [['backtest', '/nowhere'], 2, /--out/],
    [['status', '--url', 'http://127.0.0.1:1'], 3, /cannot be reached.*127\.0\.0\.1:1.*skylark up/],
    [['send', 'a', '1', '--url', 'http://127.0.0.1:1/'], 3, /cannot be reached/],
    [['seed', '--carbon', '127.0.0.1:1'], 3, /carbon at 127\.0\.0\.1:1/],
    [['replay', '--url', 'http://127.0.0.1:1'], 3, /cannot be reached/],
  ])('%j ends with %i', async (args, status, message) => {
    const outcome = await run(args);
    expect(outcome.stderr).toMatch(message);
    expect(outcome).toMatchObject({ status, stdout: '' });
  });

  it('ends with 0 when all is fine, and with 1 when one line was not', async () => {
    expect(await run(['distance'], { input: '{"a":[1,2],"b":[1,3]}\n' })).toMatchObject({ status: 0, stderr: '' });
    const mixed = await run(['distance'], { input: '{"a":[1,2],"b":[1,3]}\n{"a":[]}\n{"a":[1],"b":[2]}\n' });
    expect(mixed.status).toBe(1);
    expect(mixed.stderr).toMatch(/^<stdin>:2: a: .*; b: .*\n$/);
    expect(mixed.stdout.trim().split('\n')).toHaveLength(2);
  });

  it('says all that is wrong with the settings at once', async () => {
    const { status, stderr } = await run(['config', 'check'], { environment: { SKYLARK_API__PROT: '1', SKYLARK_STORE__RETENTION: 'long' } });
    expect(status).toBe(2);
    expect(stderr).toMatch(/SKYLARK_API__PROT api\.prot: no such setting; did you mean api\.port\?/);
    expect(stderr).toMatch(/SKYLARK_STORE__RETENTION store\.retention: /);
  });

  it('judges a CSV of any column order, from a file or stdin alike', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `${i >= 297 ? 900 : 100 + ((i * 7919) % 13)},${1_764_000_000 + 60 * i}`);
    const { status, stdout } = await run(['judge'], { input: `\uFEFFValue,Timestamp\n${rows.join('\n')}\n` });
    expect(status).toBe(0);
    const answer = JSON.parse(stdout) as { status: string; votes: Record<string, boolean> };
    expect(answer.status).toBe('anomalous');
    expect(Object.keys(answer.votes)).toHaveLength(9);
    expect(await run(['judge'], { input: 'timestamp,value\n1,x\n' })).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('<stdin>:2 value "x"') as string });
  });
});

