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

export function figure(what: string, value: number, unit: string, most?: number): Figure {
  const digits = value < 10 ? 1 : 0;
  return {
    what,
    value: `${value.toFixed(digits)} ${unit}`,
    ...(most === undefined ? {} : { bound: `< ${most} ${unit}`, ok: value < most }),
  };
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
