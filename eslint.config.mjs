import tseslint from 'typescript-eslint';

/** What every source obeys. Each rule has a planted violation in test/house/guards.test.ts that it must catch. */
const clockAndRandomness = [
  { object: 'Date', property: 'now', message: 'Take a Clock.' },
  { object: 'performance', property: 'now', message: 'Take a Clock.' },
  { object: 'process', property: 'hrtime', message: 'Take a Clock.' },
  { object: 'Math', property: 'random', message: 'Take a random generator.' },
];
const environment = [
  { object: 'process', property: 'env', message: 'Only packages/skylark reads the environment.' },
  { object: 'process', property: 'argv', message: 'Only packages/skylark reads the command line.' },
];
const shapes = [
  { selector: 'ExportAllDeclaration', message: 'Name what you export.' },
  { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Take a Clock.' },
  { selector: 'Program > VariableDeclaration[kind="let"]', message: 'No state at module level.' },
  { selector: 'TSInterfaceDeclaration[id.name=/^I[A-Z][a-z]/]', message: 'No I-prefix.' },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/.turbo/**', 'test/house/planted/**', '**/*.mjs', '**/*.cjs', '**/*.js', 'packages/dashboard/dev/**', '**/vite.config.ts'] },
  {
    files: ['packages/*/src/**/*.ts', 'packages/*/src/**/*.tsx'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.test.json'], tsconfigRootDir: process.cwd() } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-properties': ['error', ...clockAndRandomness, ...environment],
      'no-restricted-syntax': ['error', ...shapes],
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-implied-eval': 'off',
    },
  },
  {
    // The command is the edge: it reads the environment, and holds the one system clock.
    files: ['packages/skylark/src/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', ...clockAndRandomness] },
  },
  {
    files: ['packages/skylark/src/system-clock.ts', 'packages/dashboard/src/data/clock.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': ['error', ...shapes.filter(({ selector }) => !selector.startsWith('NewExpression'))] },
  },
  {
    // A test file is a program of its own: it may hold what its tests share, and look at the real clock and environment.
    files: ['packages/*/src/**/*.test.ts', 'packages/*/src/**/*.test.tsx'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': ['error', ...shapes.filter(({ selector }) => selector.startsWith('Export') || selector.startsWith('TSInterface'))] },
  },
);
