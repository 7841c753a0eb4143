import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string): string => fileURLToPath(new URL(`packages/${path}`, import.meta.url));

/** Unit and contract tests run from source; what needs threads or a whole process (test/) runs the build. */
export default defineConfig({
  resolve: {
    alias: [
      { find: '@skylark/storage/embedded', replacement: source('storage/src/embedded/index.ts') },
      { find: '@skylark/storage/servers', replacement: source('storage/src/servers/index.ts') },
      { find: /^@skylark\/([a-z]+)$/, replacement: `${source('')}$1/src/index.ts` },
    ],
  },
  test: {
    include: ['packages/*/{src,contract,oracle}/**/*.test.{ts,tsx}', 'test/**/*.test.ts'],
    globalSetup: ['test/servers/broker.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
    hookTimeout: 180_000,
    sequence: { shuffle: true },
    pool: 'forks',
    maxWorkers: 2,
  },
});
