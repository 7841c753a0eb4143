/** The roles a process may run. Targets are data: every deployment is a list of them. */
export const targetNames = ['horizon', 'analyzer', 'importer', 'api'] as const;
export type Target = (typeof targetNames)[number];
export const allTargets: readonly Target[] = targetNames;
