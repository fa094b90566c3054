import { existsSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';

// Loaded before a process of the tests: while the file that SLOW_COMMITS names is there, the flush of a new job takes
// four seconds.
const { exec } = DatabaseSync.prototype;
const { all } = StatementSync.prototype;
const nobody = new Int32Array(new SharedArrayBuffer(4));
let newJob = false;

StatementSync.prototype.all = function allAndRemember(...parameters) {
  newJob ||= this.sourceSQL.startsWith('INSERT INTO jobs');
  return all.apply(this, parameters);
};

DatabaseSync.prototype.exec = function execSlowly(sql) {
  if (sql === 'COMMIT' && newJob) {
    newJob = false;
    if (existsSync(process.env.SLOW_COMMITS)) Atomics.wait(nobody, 0, 0, 4_000);
  }
  return exec.call(this, sql);
};
