import { type ReactNode, useState } from 'react';
import { Link } from '../app/location.js';
import { metricPath } from '../app/routes.js';
import type { NameBranch } from '../data/api-types.js';
import { useAsk } from '../data/use-ask.js';
import { formatCount } from '../design/format.js';
import { SeverityMark, severityWord } from '../design/severity-mark.js';

/** Names by their segments, one level at a time, with counts and the worst that is open below. */
export function NameTree({ prefix = '' }: { prefix?: string }): ReactNode {
  const { data } = useAsk(['tree', prefix], (api, signal) => api.tree(prefix, signal), { refetchInterval: 30_000 });
  return (
    <ul className="name-tree" role={prefix === '' ? 'tree' : 'group'} aria-label={prefix === '' ? 'Names as a tree' : undefined}>
      {data?.children.map(({ segment, metrics, leaf, severity }) => {
        const path = prefix === '' ? segment : `${prefix}.${segment}`;
        return <TreeNode key={segment} path={path} segment={segment} metrics={metrics} leaf={leaf} severity={severity} first={data.children.length === 1} />;
      })}
    </ul>
  );
}

function TreeNode({ path, segment, metrics, leaf, severity, first }: { path: string; first: boolean } & NameBranch): ReactNode {
  const [open, setOpen] = useState(first);
  const below = leaf ? metrics - 1 : metrics;
  return (
    <li role="treeitem" aria-expanded={below > 0 ? open : undefined} aria-selected={false}>
      <span className="name-tree-line">
        {below > 0 ? (
          <button type="button" className="button button-quiet mono" onClick={() => setOpen(!open)}>
            <span aria-hidden="true">{open ? '▾' : '▸'}</span> <bdi>{segment === '' ? '(empty)' : segment}</bdi>
          </button>
        ) : (
          <span className="name-tree-leaf" />
        )}
        {leaf && (
          <Link to={metricPath(path)} className="mono" data-metric={path}>
            <bdi>{segment === '' ? '(empty)' : segment}</bdi>
          </Link>
        )}
        {severity !== null && (
          <span className="small" data-severity={severity} title={`Worst open: ${severityWord(severity)}`}>
            <SeverityMark severity={severity} /> <span className="severity-word">{severityWord(severity)}</span>
          </span>
        )}
        {below > 0 && <span className="small faint number">{formatCount(metrics)}</span>}
      </span>
      {open && <NameTree prefix={path} />}
    </li>
  );
}
