import { readFileSync, watchFile } from 'node:fs';

// Loaded before a process of the tests: its clock differs from the machine's by the milliseconds in the file that
// CLOCK_FILE names, which may change at any time. The clock that never jumps is left alone.
const RealDate = Date;
const realNow = Date.now.bind(Date);
let shift = 0;

function read() {
  try {
    shift = Number(readFileSync(process.env.CLOCK_FILE, 'utf8')) || 0;
  } catch {
    shift = 0;
  }
}
read();
watchFile(process.env.CLOCK_FILE, { interval: 50, persistent: false }, read);

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    super(...(parts.length === 0 ? [realNow() + shift] : parts));
  }
  static now() {
    return realNow() + shift;
  }
};
