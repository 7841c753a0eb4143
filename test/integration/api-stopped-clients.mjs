// Started by api-stopped-clients.test.ts: holds as many event streams as it is told, says when all are open, and reads until it is stopped.
import { get } from 'node:http';

const [url, count] = process.argv.slice(2);
let open = 0;
let closed = 0;
for (let i = 0; i < Number(count); i++) {
  get(url, { agent: false }, (response) => {
    open++;
    response.resume();
    response.once('close', () => console.log(`closed ${++closed}`));
    if (open === Number(count)) console.log('open');
  }).on('error', () => console.log(`closed ${++closed}`));
}
