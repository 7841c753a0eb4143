import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Distribution } from '../java/distribution.js';
import type { MissingServer } from '../start-shared.js';

const version = '9.5.3';
const leastJava = 21;
const moduleJars = /^(transport-netty4|netty-|elasticsearch-ssl-config)/;

/** The real Elasticsearch less its other modules. */
export const elasticsearch: Distribution = {
  name: 'elasticsearch',
  version,
  jdk: { least: leastJava, install: 'apt-get install openjdk-21-jdk-headless (or Temurin 25)' },
  folder: fileURLToPath(new URL('.', import.meta.url)),
  mainClass: 'ElasticsearchMain',
  async arrange(home): Promise<MissingServer | null> {
    const zstd = await findZstd();
    if (zstd === null) return { missing: 'libzstd.so.1 is not installed: apt-get install libzstd1' };
    const [jars, module] = [join(home, 'jars'), join(home, 'modules/transport-netty4')];
    for (const folder of [module, librariesIn(home)]) await mkdir(folder, { recursive: true });
    for (const jar of await readdir(jars)) if (moduleJars.test(jar)) await rename(join(jars, jar), join(module, jar));
    await writeFile(join(module, 'plugin-descriptor.properties'), pluginDescriptor());
    await copyFile(zstd, join(librariesIn(home), 'libzstd.so'));
    return null;
  },
  options: (home) => ['--enable-native-access=ALL-UNNAMED', '--add-modules=jdk.incubator.vector', '-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false', `-Des.nativelibs.path=${librariesIn(home)}`],
};

const librariesIn = (home: string): string => join(home, 'lib', `linux-${process.arch === 'arm64' ? 'aarch64' : 'x64'}`);

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
