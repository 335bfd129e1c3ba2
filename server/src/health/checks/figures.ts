const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** 1536 → "1.5 kB"; a kilobyte is 1024 bytes, as in Redis' own figures. */
export function bytes(count: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(count, 1)) / 10), UNITS.length - 1);
  const value = count / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
}

/** 2500 → "2.5 s"; 250 → "0.3 s". */
export function seconds(ms: number): string {
  const value = ms / 1000;
  return `${value < 100 ? Number(value.toFixed(1)) : Math.round(value)} s`;
}

/** 0.756 → "76 %". */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
