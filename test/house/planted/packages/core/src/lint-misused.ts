export function each(items: string[], work: (item: string) => Promise<void>): void {
  items.forEach(work);
}
