import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedPath } from '../golden.js';
import { type CommandResult, type RunningProduct, runSkylark, startSkylark } from '../product.js';
import { requireProgram, type Skippable } from '../requirements.js';
import { testBrowser } from './browser.js';

/** Of each corpus a few short files, those with blank values among them; all of them in `npm run soak`. */
const isSoak = process.env['SKYLARK_SOAK'] !== undefined;
const samples: Readonly<Record<string, readonly string[]>> = {
  nab: ['realTraffic/speed_7578.csv', 'realAdExchange/exchange-2_cpc_results.csv', 'realKnownCause/rogue_agent_key_hold.csv', 'artificialWithAnomaly/art_daily_jumpsup.csv'],
  'cloud-monitoring': ['application-crash-rate-1/app1-04.csv', 'application-crash-rate-1/app1-06.csv', 'data-ingress-rate/ingress-01.csv'],
};
const corpora = Object.keys(samples);

const base = mkdtempSync(join(tmpdir(), 'skylark-corpora-'));
const browser = testBrowser();
afterAll(async () => {
  await browser.close();
  rmSync(base, { recursive: true, force: true });
});

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.csv'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();

const unpacked = new Map<string, string>();

/** The folder of a corpus' files, unpacked once; the test is skipped where the corpora are not beside the checkout. */
function corpus(name: string, test: Skippable): string {
  const archive = sharedPath(`corpora/${name}.tar.xz`);
  if (archive === null) return test.skip('the corpora are not beside this checkout: they belong into ../shared/corpora');
  const known = unpacked.get(name);
  if (known !== undefined) return known;
  requireProgram('xz', 'xz-utils', test);
  const whole = join(base, 'whole');
  mkdirSync(whole, { recursive: true });
  execFileSync(requireProgram('tar', 'tar', test), ['-xJf', archive, '-C', whole, `${name}/data`]);
  const folder = join(base, 'files', name);
  const from = join(whole, name, 'data');
  for (const file of isSoak ? filesBelow(from) : (samples[name] ?? [])) cpSync(join(from, file), join(folder, file));
  unpacked.set(name, folder);
  return folder;
}

/** A file as anybody would read it: rows of timestamp cell and value cell. */
function rowsOf(file: string): { timestamp: number; value: string }[] {
  const [header = '', ...lines] = readFileSync(file, 'utf8').replaceAll('"', '').trim().split(/\r?\n/);
  const names = header.toLowerCase().split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const time = (cells[names.indexOf('timestamp')] ?? '').replace(' ', 'T').replace(/Z?$/, 'Z');
    return { timestamp: Date.parse(time) / 1000, value: cells[names.indexOf('value')] ?? '' };
  });
}

/** How many datapoints a folder holds: of each file one a time that has a value. */
function datapointsIn(folder: string): number {
  return filesBelow(folder).reduce((sum, file) => sum + new Set(rowsOf(join(folder, file)).filter(({ value }) => value !== '').map(({ timestamp }) => timestamp)).size, 0);
}

const jsonLines = <Line>(text: string): Line[] => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
const fine = ({ status, stdout, stderr }: CommandResult): string => {
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
};

interface Found {
  readonly id: string;
  readonly metric: string;
  readonly start: number;
  readonly end: number | null;
  readonly score: number;
  readonly votes: Readonly<Record<string, boolean | null>>;
}

describe.each(corpora)('the history of %s in a running product that keeps for ever', (name) => {
  let product: RunningProduct;
  beforeAll(async () => {
    product = await startSkylark({ environment: { SKYLARK_STORE__RETENTION: 'forever' } });
  }, 90_000);
  afterAll(() => product.stop());

  it('comes in, is judged at its own time, comes out in the API and can be opened in the page', async (test) => {
    const folder = corpus(name, test);
    const url = ['--url', product.url];
    const imported = await runSkylark(['import', 'csv', folder, '--prefix', `${name}.`, ...url]);
    fine(imported);
    expect(imported.stderr).toContain(`${datapointsIn(folder)} datapoints of ${filesBelow(folder).length} files imported`);
    const { total } = (await (await fetch(`${product.url}/api/v1/metrics?query=${name}.*`)).json()) as { total: number };
    expect(total).toBe(filesBelow(folder).length);

    const replayed = await runSkylark(['replay', `${name}.*`, '--json', ...url]);
    const lines = jsonLines<Found & { change: string }>(fine(replayed));
    expect(lines.length).toBeGreaterThan(0);
    expect(new Set(lines.map(({ change }) => change))).toEqual(new Set(['added']));
    const all = (await (await fetch(`${product.url}/api/v1/anomalies?state=all&query=${name}.*&limit=1000`)).json()) as { total: number; anomalies: Found[] };
    expect(all.total).toBe(lines.length);
    const [worst] = all.anomalies;
    if (!worst) throw new Error('no anomaly');
    const deviation = all.anomalies.find(({ votes }) => Object.keys(votes).length > 0);
    expect(Object.keys(deviation?.votes ?? {})).toEqual(['forecast', 'novelty', 'variation', 'flat_line', 'rhythm']);
    expect(deviation?.score).toBeGreaterThan(60);

    const again = await runSkylark(['replay', `${name}.*`, '--dry-run', ...url]);
    fine(again);
    expect(again.stderr).toMatch(/; 0 new, 0 changed, 0 recorded but not found \(dry run: nothing recorded\)/);

    const until = (worst.end ?? worst.start) + 3600;
    const { page, problems } = await browser.open(test, `${product.url}/metric/${encodeURIComponent(worst.metric)}?from=${Math.floor(worst.start - 86_400)}&until=${Math.ceil(until)}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(worst.metric);
    await page.locator('.u-over').first().waitFor();
    await page.locator(`[data-anomaly="${worst.id}"]`).first().waitFor();
    expect(problems).toEqual([]);
  }, isSoak ? 3_600_000 : 180_000);

  it('takes other settings for one replay, and refuses those that it does not know', async (test) => {
    const folder = corpus(name, test);
    const [file = ''] = filesBelow(folder);
    fine(await runSkylark(['import', 'csv', join(folder, file), '--prefix', 'one.', '--url', product.url]));
    const settings = join(base, `${name}-settings.yaml`);
    const found = async (text: string): Promise<CommandResult> => {
      writeFileSync(settings, text);
      return runSkylark(['replay', 'one.*', '--dry-run', '--settings', settings, '--url', product.url]);
    };
    const anomalies = ({ stderr }: CommandResult): number => Number(/(\d+) anomalies/.exec(stderr)?.[1]);
    const [few, many] = [await found('ensemble: nine\nconsensus: 9\n'), await found('ensemble: nine\nconsensus: 2\n')];
    expect(anomalies(many)).toBeGreaterThan(anomalies(few));
    const [late, early] = [await found('openAt: 80\n'), await found('openAt: 10\n')];
    expect(anomalies(early)).toBeGreaterThan(anomalies(late));
    const refused = await found('consensu: 5\n');
    expect(refused.status).not.toBe(0);
    expect(refused.stderr).toMatch(/consensu: no such setting; did you mean analyzer\.consensus/);
  }, 120_000);
});

describe.each(corpora)('the history of %s at the default retention', (name) => {
  let product: RunningProduct;
  beforeAll(async () => {
    product = await startSkylark();
  }, 90_000);
  afterAll(() => product.stop());

  it('is refused, naming both ways out, and nothing of it is stored', async (test) => {
    const folder = corpus(name, test);
    const { status, stdout, stderr } = await runSkylark(['import', 'csv', folder, '--prefix', 'old.', '--url', product.url]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/older than the retention/);
    expect(stderr).toMatch(/--shift-to-now.*store\.retention: forever/);
    expect(await (await fetch(`${product.url}/api/v1/metrics?query=old.*`)).json()).toMatchObject({ total: 0 });
  });

  it('comes in moved to the present, each file by its own last datapoint', async (test) => {
    const folder = corpus(name, test);
    const out = jsonLines<{ file: string; datapoints: number; leftOut: number }>(fine(await runSkylark(['import', 'csv', folder, '--prefix', 'moved.', '--shift-to-now', '--json', '--url', product.url])));
    expect(out.length).toBe(filesBelow(folder).length);
    expect(out.reduce((sum, { datapoints, leftOut }) => sum + datapoints + leftOut, 0)).toBe(datapointsIn(folder));
    const { metrics } = (await (await fetch(`${product.url}/api/v1/metrics?query=moved.*&limit=1000`)).json()) as { metrics: { metric: string; firstTimestamp: number; lastTimestamp: number }[] };
    const now = Date.now() / 1000;
    expect(metrics).toHaveLength(out.length);
    for (const { metric, firstTimestamp, lastTimestamp } of metrics) {
      // A file may end in blank values: these move too, and are no datapoints.
      expect(lastTimestamp, metric).toBeLessThanOrEqual(now);
      expect(lastTimestamp, metric).toBeGreaterThan(now - 2 * 86_400);
      expect(firstTimestamp, metric).toBeGreaterThanOrEqual(now - 14 * 86_400 - 120);
    }
  }, 120_000);
});

describe('a data folder that nobody runs', () => {
  it('takes history in, judges it and gives it out', async (test) => {
    const folder = corpus('nab', test);
    const file = 'realTraffic/speed_7578.csv';
    const [data, config] = [join(base, 'offline'), join(base, 'forever.yaml')];
    writeFileSync(config, 'store:\n  retention: forever\n');
    const offline = ['--data', data, '--config', config];
    const refused = await runSkylark(['import', 'csv', join(folder, file), '--data', data]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/--shift-to-now.*store\.retention: forever/);

    fine(await runSkylark(['import', 'csv', join(folder, file), '--prefix', 'nab.', ...offline]));
    const dry = await runSkylark(['replay', '--dry-run', ...offline]);
    const replayed = await runSkylark(['replay', ...offline]);
    expect(fine(replayed)).toBe(fine(dry));
    expect(replayed.stderr).toMatch(/^1 metrics, \d+ slots: [1-9]\d* anomalies; [1-9]\d* new, 0 changed/);
    expect(fine(await runSkylark(['replay', '--dry-run', ...offline]))).toMatch(/^same /);

    const out = fine(await runSkylark(['export', 'csv', ...offline])).trim().split('\n');
    const expected = new Map(rowsOf(join(folder, file)).map(({ timestamp, value }) => [timestamp, Number(value)]));
    expect(out.slice(1)).toEqual([...expected].sort(([a], [b]) => a - b).map(([timestamp, value]) => `nab.speed_7578,${timestamp},${value}`));

    const product = await startSkylark({ folder: data, environment: { SKYLARK_STORE__RETENTION: 'forever' } });
    const { total } = (await (await fetch(`${product.url}/api/v1/anomalies?state=all&query=nab.*`)).json()) as { total: number };
    expect(total).toBeGreaterThan(0);
    await product.stop();
  }, 120_000);
});

describe('skylark backtest', () => {
  const outputs = new Map<string, { out: string; result: CommandResult }>();

  /** The scores of a corpus, made once. */
  async function scored(test: Skippable): Promise<{ input: string; out: string; result: CommandResult }> {
    for (const name of corpora) corpus(name, test);
    const input = join(base, 'files');
    const known = outputs.get(input) ?? { out: join(base, 'scored'), result: await runSkylark(['backtest', input, '--out', join(base, 'scored')]) };
    outputs.set(input, known);
    return { input, ...known };
  }
  const seconds = isSoak ? 1800 : 120;

  it('writes one scored row for each row, under the same path, and a blank value scores 0', async (test) => {
    const { input, out, result } = await scored(test);
    fine(result);
    expect(filesBelow(out)).toEqual(filesBelow(input));
    let [blanks, highest] = [0, 0];
    for (const file of filesBelow(input)) {
      const [header, ...lines] = readFileSync(join(out, file), 'utf8').trimEnd().split('\n');
      expect(header).toBe('timestamp,value,anomaly_score');
      const rows = rowsOf(join(input, file));
      expect(lines.map((line) => line.split(',').slice(0, 2).join(',')), file).toEqual(rows.map(({ timestamp, value }) => `${timestamp},${value}`));
      for (const [row, line] of lines.entries()) {
        const score = Number(line.split(',')[2]);
        expect(score >= 0 && score <= 1, `${file}: ${line}`).toBe(true);
        highest = Math.max(highest, score);
        if (rows[row]?.value !== '') continue;
        blanks++;
        expect(line).toMatch(/,,0$/);
      }
    }
    expect(blanks).toBeGreaterThan(10);
    expect(highest).toBeGreaterThan(0.6);
  }, seconds * 1000);

  it('prints a line a file with its anomalies, then the shipped threshold and totals', async (test) => {
    const { input, result } = await scored(test);
    const lines = jsonLines<Record<string, unknown>>(fine(result));
    const files = lines.slice(0, -1) as unknown as { file: string; rows: number; anomalies: { start: number; end: number; peak: number; score: number }[] }[];
    expect(files.map(({ file }) => file)).toEqual(filesBelow(input));
    for (const { anomalies } of files) for (const { start, end, peak, score } of anomalies) expect(start <= peak && peak <= end && score >= 25).toBe(true);
    const rows = files.reduce((sum, one) => sum + one.rows, 0);
    expect(lines.at(-1)).toMatchObject({ threshold: 0.5, files: files.length, rows, anomalies: files.reduce((sum, { anomalies }) => sum + anomalies.length, 0) });
    expect(rows).toBeGreaterThan(5000);
  }, seconds * 1000);

  it.for([0.6, 0.85])('never looks ahead: a file cut at %f scores the same up to there', { timeout: seconds * 1000 }, async (part, test) => {
    const { input, out } = await scored(test);
    const [cut, outOfCut] = [join(base, `cut-${part}`), join(base, `cut-scored-${part}`)];
    for (const file of filesBelow(input)) {
      const lines = readFileSync(join(input, file), 'utf8').split('\n');
      mkdirSync(dirname(join(cut, file)), { recursive: true });
      writeFileSync(join(cut, file), `${lines.slice(0, 1 + Math.floor(part * (lines.length - 1))).join('\n')}\n`);
    }
    fine(await runSkylark(['backtest', cut, '--out', outOfCut]));
    for (const file of filesBelow(cut)) {
      const [whole, short] = [out, outOfCut].map((folder) => readFileSync(join(folder, file), 'utf8'));
      expect(short?.length, file).toBeGreaterThan(100);
      expect(whole?.startsWith(short ?? '?'), file).toBe(true);
    }
    const script = sharedPath('scoring/score.py');
    if (script === null) return;
    const causal = execFileSync(requireProgram('python3', 'python3', test), [script, 'causal', out, outOfCut], { encoding: 'utf8' });
    expect(causal).not.toBe('');
  });

  it('scores a file the same alone as among others', async (test) => {
    const { input, out } = await scored(test);
    const file = 'cloud-monitoring/application-crash-rate-1/app1-06.csv';
    const alone = join(base, 'alone');
    fine(await runSkylark(['backtest', join(input, file), '--out', alone]));
    expect(readFileSync(join(alone, 'app1-06.csv'), 'utf8')).toBe(readFileSync(join(out, file), 'utf8'));
  }, seconds * 1000);

  it('never takes the place of its input, and names a file that it cannot read', async () => {
    const folder = join(base, 'mixed');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'good.csv'), 'timestamp,value\n60,1\n120,\n180,3\n');
    writeFileSync(join(folder, 'bad.csv'), 'timestamp,value\n60,1\nx,2\n');
    expect(await runSkylark(['backtest', folder, '--out', folder])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('would overwrite') as string });
    const { status, stdout, stderr } = await runSkylark(['backtest', folder, '--out', join(base, 'mixed-out')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/bad\.csv:3 timestamp "x"/);
    expect(jsonLines(stdout)).toMatchObject([{ file: 'good.csv', rows: 3, anomalies: [] }, { files: 1, refused: 1 }]);
    expect(readFileSync(join(base, 'mixed-out', 'good.csv'), 'utf8')).toBe('timestamp,value,anomaly_score\n60,1,0\n120,,0\n180,3,0\n');
  });
});
