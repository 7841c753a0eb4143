/** Removes everything whose name begins with `prefix-` from a shared Elasticsearch: indices with their aliases, and templates. */
export async function removePrefix(url: string, prefix: string): Promise<void> {
  const indices = Object.keys((await (await fetch(`${url}/${prefix}-*/_alias?expand_wildcards=all`)).json()) as object).filter((name) => name.startsWith(`${prefix}-`));
  for (let i = 0; i < indices.length; i += 20) await fetch(`${url}/${indices.slice(i, i + 20).join(',')}?ignore_unavailable=true`, { method: 'DELETE' });
  await fetch(`${url}/_index_template/${prefix}-*`, { method: 'DELETE' });
}
