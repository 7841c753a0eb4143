// npm test: sets up, builds, runs every test; its last line gives the counts. --soak runs the long versions too.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, install, root } from './set-up.mjs';

install();
build();
const soak = process.argv.includes('--soak');
const folder = mkdtempSync(join(tmpdir(), 'skylark-test-'));
const countsFile = join(folder, 'counts.json');
const { status } = spawnSync(
  process.execPath,
  [`${root}node_modules/vitest/vitest.mjs`, 'run', '--reporter=default', '--reporter=./scripts/counts-reporter.mjs', ...process.argv.slice(2).filter((argument) => argument !== '--soak')],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, SKYLARK_COUNTS_FILE: countsFile, ...(soak ? { SKYLARK_SOAK: '1' } : {}) } },
);
const counts = readCounts();
rmSync(folder, { recursive: true, force: true });
for (const [reason, number] of counts.reasons) console.log(`skipped ${number}: ${reason}`);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : (status ?? 1);

function readCounts() {
  try {
    return JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, reasons: [] };
  }
}
