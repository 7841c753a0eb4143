// npm start: sets up when needed, then runs the demo. Arguments after -- go to `skylark up`.
import { spawn } from 'node:child_process';
import { build, install, root } from './set-up.mjs';

install();
build();
const child = spawn(process.execPath, [`${root}packages/skylark/bin/skylark.js`, 'up', '--demo', ...process.argv.slice(2)], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (status, signal) => process.exit(status ?? (signal ? 1 : 0)));
