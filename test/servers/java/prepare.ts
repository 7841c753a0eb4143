import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MissingServer } from '../start-shared.js';
import type { Distribution } from './distribution.js';
import { findJdk } from './find-jdk.js';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../../node_modules/.cache/skylark/', import.meta.url));

/** Where the server's files lie (path.home) and what runs them. */
export interface ServerFiles {
  readonly home: string;
  readonly java: string;
}

/**
 * A distribution's jars by Maven and our main class, compiled: once a checkout, into `node_modules/.cache/skylark`. Safe to call at the same time from
 * several processes: each makes its own folder, the first to be done gives its name to it.
 */
export async function prepareServer(distribution: Distribution): Promise<ServerFiles | MissingServer> {
  const { name, version, jdk: wanted } = distribution;
  const jdk = findJdk(wanted);
  if (jdk === null) return { missing: `no JDK ${wanted.least} or newer${wanted.below === undefined ? '' : `, below ${wanted.below},`} in JAVA_HOME or /usr/lib/jvm: ${wanted.install}` };
  const home = join(cache, `${name}-${version}-${await fingerprint(distribution, jdk.version)}`);
  const files = { home, java: join(jdk.home, 'bin/java') };
  if (existsSync(home)) return files;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, 'making-'));
  try {
    const missing = await make(distribution, making, jdk.home);
    if (missing) return missing;
    await rename(making, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
    return files;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** The cache is made anew when the pom, the main class, what is arranged or the Java that compiled it change. */
async function fingerprint({ folder, mainClass }: Distribution, javaVersion: number): Promise<string> {
  const parts = await Promise.all(['pom.xml', `${mainClass}.java`, 'distribution.ts'].map((file) => readFile(join(folder, file))));
  return createHash('sha256').update(Buffer.concat(parts)).update(String(javaVersion)).digest('hex').slice(0, 10);
}

async function make(distribution: Distribution, home: string, javaHome: string): Promise<MissingServer | null> {
  const { folder, mainClass } = distribution;
  const jars = join(home, 'jars');
  const missing = (await fetchJars(distribution, jars)) ?? (await distribution.arrange(home));
  if (missing) return missing;
  for (const one of ['config', 'classes']) await mkdir(join(home, one), { recursive: true });
  await run(join(javaHome, 'bin/javac'), ['-cp', join(jars, '*'), '-d', join(home, 'classes'), join(folder, `${mainClass}.java`)]);
  return null;
}

async function fetchJars({ name, folder }: Distribution, into: string): Promise<MissingServer | null> {
  try {
    await run('mvn', ['-q', '-B', '-f', join(folder, 'pom.xml'), 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${into}`], { timeout: 300_000 });
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { missing: 'Maven is not installed: apt-get install maven' };
    return { missing: `Maven could not fetch the jars of ${name}: ${String((error as { stdout?: unknown }).stdout ?? error).slice(0, 300)}` };
  }
}
