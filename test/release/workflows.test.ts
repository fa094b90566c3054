import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VERSION } from '../../src/version.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.github/workflows');

interface Step {
  id?: string;
  uses?: string;
  run?: string;
}
interface Job {
  uses?: string;
  steps?: Step[];
  permissions?: Record<string, string>;
}
interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflows = new Map(
  readdirSync(FOLDER).map((name) => [name, parse(readFileSync(join(FOLDER, name), 'utf8')) as Workflow]),
);
const jobs = [...workflows].flatMap(([name, { jobs }]) =>
  Object.entries(jobs).map(([id, job]) => ({ name: `${name}: ${id}`, job })),
);
const steps = jobs.flatMap(({ name, job }) => (job.steps ?? []).map((step) => ({ name, step })));

describe('the workflows', () => {
  it('put no value into a script, where it could be read as a command', () => {
    const scripts = steps.filter(({ step }) => step.run);
    expect(scripts.length).toBeGreaterThan(5);
    for (const { name, step } of scripts) expect(step.run, name).not.toContain('${{');
  });

  it('have the right to read, and to write only where a release needs it', () => {
    for (const { permissions } of workflows.values()) {
      expect([{}, { contents: 'read' }]).toContainEqual(permissions);
    }
    const writing = jobs.flatMap(({ name, job }) =>
      Object.entries(job.permissions ?? {})
        .filter(([, right]) => right === 'write')
        .map(([what]) => `${name} ${what}`),
    );
    expect(writing).toEqual(['release.yml: image packages', 'release.yml: release contents']);
  });

  it('use actions of a fixed major version, and workflows that exist', () => {
    const used = [...jobs.map(({ job }) => job.uses), ...steps.map(({ step }) => step.uses)];
    for (const action of used.filter((uses) => uses !== undefined)) {
      if (action.startsWith('./')) expect(existsSync(join(ROOT, action)), action).toBe(true);
      else expect(action).toMatch(/^(actions|docker)\/[\w-]+@(v\d+|[0-9a-f]{40})$/);
    }
  });
});

describe('the notes of a release', () => {
  it('are the section of this version in the changelog, and the image', () => {
    const { step } = steps.find(({ step }) => step.id === 'notes') ?? {};
    const folder = mkdtempSync(join(tmpdir(), 'notes-'));
    try {
      copyFileSync(join(ROOT, 'CHANGELOG.md'), join(folder, 'CHANGELOG.md'));
      const { status, stderr } = spawnSync('bash', ['--norc', '-e', '-c', String(step?.run)], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, GITHUB_REF_NAME: `v${VERSION}`, IMAGE: 'registry/image@sha256:1' },
      });
      expect(stderr).toBe('');
      expect(status).toBe(0);
      const notes = readFileSync(join(folder, 'notes.md'), 'utf8');
      expect(notes).toMatch(/^- \S/m);
      expect(notes).toContain('Image: `registry/image@sha256:1`');
      expect(notes).not.toMatch(/^## /m);
      expect(notes).not.toMatch(/^\[[^\]]+\]: /m);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
