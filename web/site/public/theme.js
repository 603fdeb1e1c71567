// Before the first paint, so that a chosen colour scheme does not flash in.
try {
  const theme = localStorage.getItem('masklens-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be blocked; then the system's colours hold.
}
