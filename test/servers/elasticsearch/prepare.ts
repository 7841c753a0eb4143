import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { MissingServer } from '../start-shared.js';
import { findJdk } from './find-jdk.js';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../../node_modules/.cache/skylark/', import.meta.url));

/** Of the jars; the pom names it too. */
const version = '9.5.3';
const moduleJars = /^(transport-netty4|netty-|elasticsearch-ssl-config)/;
const leastJava = 21;

/** Where the server's files lie (path.home) and what runs them. */
export interface ServerFiles {
  readonly home: string;
  readonly java: string;
  readonly mainClass: string;
}

/**
 * Elasticsearch's jars by Maven and our main class, compiled: once a checkout, into `node_modules/.cache/skylark`. Safe to call at the same time from
 * several processes: each makes its own folder, the first to be done gives its name to it.
 */
export async function prepareElasticsearch(): Promise<ServerFiles | MissingServer> {
  const jdk = findJdk(leastJava);
  if (jdk === null) return { missing: `no JDK ${leastJava} or newer in JAVA_HOME or /usr/lib/jvm: apt-get install openjdk-21-jdk-headless (or Temurin 25)` };
  const home = join(cache, `elasticsearch-${version}-${await fingerprint(jdk.version)}`);
  const files = { home, java: join(jdk.home, 'bin/java'), mainClass: 'ElasticsearchMain' };
  if (existsSync(home)) return files;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, 'making-'));
  try {
    const missing = await make(making, jdk.home);
    if (missing) return missing;
    await rename(making, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
    return files;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** The cache is made anew when the pom, the main class or the Java that compiled it change. */
async function fingerprint(javaVersion: number): Promise<string> {
  const parts = await Promise.all(['pom.xml', 'ElasticsearchMain.java', 'prepare.ts'].map((file) => readFile(join(here, file))));
  return createHash('sha256').update(Buffer.concat(parts)).update(String(javaVersion)).digest('hex').slice(0, 10);
}

async function make(home: string, javaHome: string): Promise<MissingServer | null> {
  const zstd = await findZstd();
  if (zstd === null) return { missing: 'libzstd.so.1 is not installed: apt-get install libzstd1' };
  const jars = join(home, 'jars');
  const missing = await fetchJars(jars);
  if (missing) return missing;
  const module = join(home, 'modules/transport-netty4');
  const platform = join(home, 'lib', `linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`);
  for (const folder of [module, platform, join(home, 'config'), join(home, 'classes')]) await mkdir(folder, { recursive: true });
  for (const jar of await readdir(jars)) if (moduleJars.test(jar)) await rename(join(jars, jar), join(module, jar));
  await writeFile(join(module, 'plugin-descriptor.properties'), pluginDescriptor());
  await copyFile(zstd, join(platform, 'libzstd.so'));
  await run(join(javaHome, 'bin/javac'), ['-cp', join(jars, '*'), '-d', join(home, 'classes'), join(here, 'ElasticsearchMain.java')]);
  return null;
}

async function fetchJars(folder: string): Promise<MissingServer | null> {
  try {
    await run('mvn', ['-q', '-B', '-f', join(here, 'pom.xml'), 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`], { timeout: 300_000 });
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { missing: 'Maven is not installed: apt-get install maven' };
    return { missing: `Maven could not fetch Elasticsearch's jars: ${String((error as { stdout?: unknown }).stdout ?? error).slice(0, 300)}` };
  }
}

function pluginDescriptor(): string {
  const entries = {
    'description': 'HTTP', 'name': 'transport-netty4', 'version': version, 'elasticsearch.version': version, 'java.version': leastJava,
    'classname': 'org.elasticsearch.transport.netty4.Netty4Plugin', 'has.native.controller': false,
  };
  return Object.entries(entries).map(([key, value]) => `${key}=${value}\n`).join('');
}

/** Debian's library stands in for the one of the archive, which the jars do not hold. */
async function findZstd(): Promise<string | null> {
  const folders = ['/usr/lib64', ...(await readdir('/usr/lib')).filter((name) => name.endsWith('-linux-gnu')).map((name) => join('/usr/lib', name))];
  return folders.map((folder) => join(folder, 'libzstd.so.1')).find((path) => existsSync(path)) ?? null;
}
