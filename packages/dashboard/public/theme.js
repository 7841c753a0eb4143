// Runs before the first paint, so that a chosen theme never flashes. A file of its own: the page's CSP allows no inline script.
try {
  const theme = localStorage.getItem('skylark.theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the system's theme it is.
}
