/** Before every name; Skyline's FULL_NAMESPACE and MINI_NAMESPACE. */
export interface KaleNamespaces {
  readonly full: string;
  /** The last hour, for Oculus. */
  readonly mini: string;
}

export const skylineNamespaces: KaleNamespaces = { full: 'metrics.', mini: 'mini.' };

/** The set of a namespace's keys. */
export function uniqueKey(namespace: string): string {
  return `${namespace}unique_metrics`;
}
