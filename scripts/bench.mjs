// npm run bench [name]: one JSON line a figure, each compared in the same run with its alternative.
import { readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { build, install, root } from './set-up.mjs';

install();
build();
const folder = `${root}test/bench/`;
const names = readdirSync(folder).filter((file) => file.endsWith('.mjs')).map((file) => file.slice(0, -4));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`No benchmark named ${unknown.join(', ')}. There are: ${names.join(', ')}`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : names) {
  const { status } = spawnSync(process.execPath, ['--expose-gc', `${folder}${name}.mjs`], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exitCode = 1;
}
