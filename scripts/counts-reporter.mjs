import { writeFileSync } from 'node:fs';

/** Counts what ran, and gathers why tests were skipped. A file that fails to load and an unhandled error are failures too. */
export default class CountsReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const reasons = new Map();
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        tests++;
        const { state, note } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'skipped') {
          counts.skipped++;
          const reason = note ?? `${module.relativeModuleId}: ${test.fullName}`;
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        } else counts.failed++;
      }
      if (module.state() === 'failed' && tests === 0) counts.failed++;
      counts.failed += module.errors().length;
    }
    writeFileSync(process.env.SKYLARK_COUNTS_FILE, JSON.stringify({ ...counts, reasons: [...reasons] }));
  }
}
