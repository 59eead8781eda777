// Spans of time and rates in the fewest characters a person reads at a glance.

/** `0.4s`, `12s`, `6m12s`, `2h05m`, `3d04h`. A negative span counts as none. */
export function formatDuration(milliseconds: number): string {
  const span = Math.max(0, milliseconds);
  if (!Number.isFinite(span)) return "?";
  if (span > 0 && span < 950) return `${Math.max(0.1, span / 1000).toFixed(1)}s`;
  const seconds = Math.round(span / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${pad(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h${pad(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${pad(hours % 24)}h`;
}

/** `123/s`, `3.2/s`, `42/min`, `5/h`: the unit that leaves a number of at least one. */
export function formatRate(perSecond: number): string {
  if (!(perSecond > 0)) return "0/s";
  if (perSecond >= 9.95) return `${Math.round(perSecond)}/s`;
  if (perSecond >= 0.95) return `${perSecond.toFixed(1)}/s`;
  if (perSecond * 60 >= 0.95) return `${Math.round(perSecond * 60)}/min`;
  return `${Math.max(1, Math.round(perSecond * 3600))}/h`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
