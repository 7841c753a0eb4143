// Scores `skylark backtest` on the labelled corpora with the scorer beside them, both run as anybody would run them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const corpora = ['nab', 'cloud-monitoring'];

/** Why the corpora cannot be scored here; null if they can. */
export function whyNoCorpora(shared) {
  if (!existsSync(join(shared, 'scoring', 'score.py'))) return `no scoring/score.py under ${relative(process.cwd(), shared) || shared}`;
  const missing = corpora.find((name) => !existsSync(join(shared, 'corpora', `${name}.tar.xz`)));
  if (missing !== undefined) return `no corpora/${missing}.tar.xz under ${relative(process.cwd(), shared) || shared}`;
  return spawnSync('python3', ['--version']).status === 0 ? null : 'no python3';
}

/** Runs the scorer; its output. Status 1 (look-ahead found) is an answer, anything else an error. */
export function score(shared, ...args) {
  const { status, stdout, stderr } = spawnSync('python3', [join(shared, 'scoring', 'score.py'), ...args], { encoding: 'utf8' });
  if (status !== 0 && status !== 1) throw new Error(`score.py ${args.join(' ')}: ${stderr || stdout}`);
  return stdout;
}

/** `skylark backtest` of a folder into another; the threshold it ships. */
export function backtest(root, from, to, ensemble) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'packages/skylark/bin/skylark.js'), 'backtest', from, '--out', to, '--ensemble', ensemble], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`backtest ${from}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1)).threshold;
}

export const csvFiles = (folder) => readdirSync(folder, { recursive: true }).filter((path) => path.endsWith('.csv')).sort();

/** A copy of a folder of inputs, each file under another file's name, each value changed; name in the copy by name in the folder. */
export function altered(from, to, { rename = (names) => names, value = (text) => text }) {
  const names = csvFiles(from);
  const others = rename(names);
  names.forEach((name, index) => {
    const [header, ...rows] = readFileSync(join(from, name), 'utf8').trimEnd().split('\n');
    const lines = rows.map((row) => {
      const [timestamp, cell] = row.split(',');
      return `${timestamp},${value(cell)}`;
    });
    const path = join(to, others[index]);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${[header, ...lines].join('\n')}\n`);
  });
  return new Map(names.map((name, index) => [name, others[index]]));
}

/** Rows of scored files whose scores differ by more than 1e-6, and files that differ in an alert: {rows, differing, alerts}. */
export function compareScores(one, other, names, threshold) {
  const tally = { rows: 0, differing: 0, alerts: 0 };
  for (const [name, otherName] of names) {
    const [a, b] = [scoresOf(join(one, name)), scoresOf(join(other, otherName))];
    if (a.length !== b.length) throw new Error(`${name}: ${a.length} and ${b.length} rows`);
    a.forEach((value, row) => {
      tally.rows += 1;
      if (Math.abs(value - b[row]) > 1e-6) tally.differing += 1;
      if (value >= threshold !== b[row] >= threshold) tally.alerts += 1;
    });
  }
  return tally;
}

const scoresOf = (path) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(1).map((line) => Number(line.slice(line.lastIndexOf(',') + 1)));
