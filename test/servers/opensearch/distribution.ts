import { fileURLToPath } from 'node:url';
import type { Distribution } from '../java/distribution.js';

/** The last OpenSearch that runs on the Java Debian 12 has; its plugin for HTTP is given on the class path. */
export const openSearch: Distribution = {
  name: 'opensearch',
  version: '2.19.6',
  jdk: { least: 17, below: 24, install: 'apt-get install openjdk-17-jdk-headless' },
  folder: fileURLToPath(new URL('.', import.meta.url)),
  mainClass: 'OpenSearchMain',
  arrange: async () => null,
  options: () => [],
};
