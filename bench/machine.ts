import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  at: string;
  node: string;
  platform: string;
  processor: string;
  cores: number;
  memoryGB: number;
  /** The load of the last minute before the first measure: others' work shows in every number. */
  loadBefore: number;
}

export function describeMachine(): Machine {
  return {
    at: new Date().toISOString(),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
