import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const installed = '/usr/lib/jvm';

/** A Java development kit: where it is and its major version. */
export interface Jdk {
  readonly home: string;
  readonly version: number;
}

export interface JdkRange {
  readonly least: number;
  /** The first that is too new. */
  readonly below?: number;
}

/** The newest JDK within a range, of JAVA_HOME and what the system has installed; null when there is none. */
export function findJdk({ least, below = Infinity }: JdkRange, environment: NodeJS.ProcessEnv = process.env): Jdk | null {
  const homes = [...(environment['JAVA_HOME'] ? [environment['JAVA_HOME']] : []), ...(existsSync(installed) ? readdirSync(installed).map((name) => join(installed, name)) : [])];
  const fit = homes.flatMap((home) => jdkAt(home)).filter(({ version }) => version >= least && version < below);
  return fit.sort((a, b) => b.version - a.version)[0] ?? null;
}

/** A runtime without a compiler is no JDK. */
function jdkAt(home: string): Jdk[] {
  if (!existsSync(join(home, 'bin/javac')) || !existsSync(join(home, 'release'))) return [];
  const version = /^JAVA_VERSION="(\d+)/m.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1];
  return version === undefined ? [] : [{ home, version: Number(version) }];
}
