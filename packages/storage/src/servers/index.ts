export { openKale } from '../redis/kale/open-kale.js';
export type { Kale, KaleOptions } from '../redis/kale/open-kale.js';
export type { KaleNamespaces } from '../redis/kale/kale-keys.js';
export type { KaleRefusal, KaleSlice } from '../redis/kale/read-kale.js';
export { examineServers } from '../doctor/examine-servers.js';
export type { ExamineOptions } from '../doctor/examine-servers.js';
export type { ServerFinding } from '../doctor/server-finding.js';
