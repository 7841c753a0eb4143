// Writes numbered records straight through lmdb with the options given, and says which are acknowledged: the control of storage-power.test.ts.
import { writeSync } from 'node:fs';
import { open } from 'lmdb';

const database = open({ path: process.argv[2], noSubdir: false, encoding: 'binary', keyEncoding: 'binary', ...JSON.parse(process.argv[3]) });
for (let n = 0; n < 40; n += 1) {
  await database.transaction(() => database.putSync(Buffer.from(`key ${n}`), Buffer.alloc(3000, n)));
  writeSync(1, `ack ${n}\n`);
}
await database.close();
