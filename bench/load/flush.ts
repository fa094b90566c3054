import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = Buffer.alloc(4_096, 1);

/** The least that durability costs on the disk of `folder`: one page, written behind the last one and flushed. */
export function openFlush(folder: string): { flush(): void; stop(): Promise<void> } {
  const file = openSync(join(folder, 'flush'), 'w');
  return {
    flush() {
      writeSync(file, PAGE);
      fsyncSync(file);
    },
    stop: async () => closeSync(file),
  };
}
