import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from 'react';
import { useMemo } from 'react';
import { navigate, usePathname, useSearch } from 'wouter/use-browser-location';
import { type Route, routeOf } from './routes.js';

/** The page the address names. */
export function useRoute(): Route {
  const pathname = usePathname();
  const search = useSearch();
  return useMemo(() => routeOf(pathname, search), [pathname, search]);
}

export type ParameterChange = Readonly<Record<string, string | null>>;

/** The search part of the address as state: read one, or change some (null removes) and stay on the page. */
export function useParameters(): { readonly read: (name: string) => string | null; readonly change: (change: ParameterChange, options?: { push?: boolean }) => void } {
  const search = useSearch();
  return useMemo(() => {
    const parameters = new URLSearchParams(search);
    return { read: (name) => parameters.get(name), change: changeParameters };
  }, [search]);
}

function changeParameters(change: ParameterChange, { push = false }: { push?: boolean } = {}): void {
  const address = changedAddress(window.location.pathname, window.location.search, change);
  if (address !== window.location.pathname + window.location.search) navigate(address, { replace: !push });
}

/** An address with some of its parameters changed, the others as they were. */
export function changedAddress(pathname: string, search: string, change: ParameterChange): string {
  const parameters = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) parameters.delete(name);
    else parameters.set(name, value);
  }
  return parameters.size === 0 ? pathname : `${pathname}?${parameters.toString()}`;
}

export function goTo(path: string): void {
  navigate(path);
  window.scrollTo(0, 0);
}

/** A link within the product: a real address, opened without loading the page anew. */
export function Link({ to, children, onClick, ...rest }: { to: string; children: ReactNode } & AnchorHTMLAttributes<HTMLAnchorElement>): ReactNode {
  const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    const otherWay = event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (otherWay) return;
    event.preventDefault();
    goTo(to);
  };
  return (
    <a href={to} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
