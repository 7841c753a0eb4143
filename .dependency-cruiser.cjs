/** The arrows of design.md section 1, and nothing else. test/house/guards.test.ts plants a violation of each rule. */
const allowed = {
  core: [],
  algorithms: ['core'],
  storage: ['core', 'algorithms'],
  horizon: ['core'],
  analyzer: ['core', 'algorithms'],
  importer: ['core', 'algorithms'],
  scorer: ['core', 'algorithms'],
  api: ['core'],
  dashboard: ['core'],
};
const ownPackage = '^packages/';

module.exports = {
  forbidden: [
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(allowed).map(([name, targets]) => ({
      name: `arrows-of-${name}`,
      severity: 'error',
      from: { path: `${ownPackage}${name}/src/`, pathNot: '\\.test\\.tsx?$' },
      to: { path: ownPackage, pathNot: `${ownPackage}(${[name, ...targets].join('|')})/` },
    })),
    { name: 'nobody-imports-skylark', severity: 'error', from: { pathNot: '^packages/skylark/' }, to: { path: '^packages/skylark/' } },
    {
      name: 'store-clients-only-in-storage',
      severity: 'error',
      from: { path: `${ownPackage}[^/]+/src/`, pathNot: '^packages/storage/' },
      to: { path: 'node_modules/(lmdb|ioredis|bullmq|@elastic)/' },
    },
    { name: 'core-has-no-io', severity: 'error', from: { path: '^packages/(core|algorithms)/src/', pathNot: '\\.test\\.ts$' }, to: { dependencyTypes: ['core'] } },
    { name: 'dashboard-takes-types-of-core', severity: 'error', from: { path: '^packages/dashboard/src/', pathNot: '\\.test\\.tsx?$' }, to: { path: '^packages/core/', dependencyTypesNot: ['type-only'] } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.test.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/.*\\.map$|^packages/dashboard/dist/|/dev/|/fixtures/)' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'], mainFields: ['module', 'main', 'types'] },
  },
};
