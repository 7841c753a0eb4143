import type { MissingServer } from '../start-shared.js';
import type { JdkRange } from './find-jdk.js';

/** A server that is had as jars from Maven, with a main class of ours in place of its own launcher. */
export interface Distribution {
  readonly name: 'elasticsearch' | 'opensearch';
  /** Of the jars; its pom names it too. */
  readonly version: string;
  readonly jdk: JdkRange & { /** The line that would install one. */ readonly install: string };
  /** Holds `pom.xml` and `<mainClass>.java`. */
  readonly folder: string;
  readonly mainClass: string;
  /** Puts in place, under path.home, what the server wants beside the class path; called once, after the jars are in `home/jars`. */
  arrange(home: string): Promise<MissingServer | null>;
  /** Options of the Java virtual machine. */
  options(home: string): readonly string[];
}
