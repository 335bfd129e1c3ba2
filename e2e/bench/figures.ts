/** Figures: made from samples, printed as a table. */

export interface Figure {
  what: string;
  value: string;
  bound?: string;
  /** Undefined when there is no bound. */
  ok?: boolean;
}

/** The value below which a share of the samples lies (nearest rank). */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

export function figure(what: string, value: number, unit: string, most?: number): Figure {
  const digits = value < 10 ? 1 : 0;
  return {
    what,
    value: `${value.toFixed(digits)} ${unit}`,
    ...(most === undefined ? {} : { bound: `< ${most} ${unit}`, ok: value < most }),
  };
}

/** One measure as a multiple of another, which must not be less than `least`. */
export function atLeast(what: string, times: number, least: number): Figure {
  return { what, value: `${times.toFixed(2)} ×`, bound: `≥ ${least} ×`, ok: times >= least };
}

export function atMost(what: string, times: number, most: number): Figure {
  return { what, value: `${times.toFixed(2)} ×`, bound: `≤ ${most} ×`, ok: times <= most };
}

export function table(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ what }) => what.length));
  return figures
    .map(({ what, value, bound = '', ok }) => {
      const verdict = ok === undefined ? '' : ok ? 'ok' : 'MISSED';
      return `${what.padEnd(width)}  ${value.padStart(12)}  ${bound.padEnd(12)} ${verdict}`.trimEnd();
    })
    .join('\n');
}

/** Rows under a head, the first column to the left and the others to the right. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!);
  return all.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
