import * as randomWords from 'random-words';
import { describe, expect, it } from 'vitest';
import { kind as declareKind, type Kind, settle } from '../../src/tasks/kind.ts';
import { KINDS } from '../../src/tasks/kinds.ts';

/** The package exports its list under this name; its types have another. */
const { wordList } = randomWords as unknown as { wordList: readonly string[] };

const kindOf = (type: string) => KINDS.find((kind) => kind.type === type) as Kind;

describe('the kinds of task', () => {
  it('makes an issue a card that nobody is assigned to', () => {
    const issue = kindOf('issue');
    const draft = settle(
      issue.draft({ title: 'Send message', description: 'Let pilots' }, Math.random),
      issue.assign,
      Math.random,
    );
    expect(draft).toEqual({ title: 'Send message', description: 'Let pilots', labels: [], assign: 'nobody' });
  });

  it.each(['Maintenance', 'Research', 'Test'])('gives a task the label of its category %s', (category) => {
    expect(kindOf('task').draft({ title: 'Clean the Rocket', category }, Math.random)).toEqual({
      title: 'Clean the Rocket',
      description: '',
      labels: [category],
    });
  });

  it('names 1,000 bugs with a plain word and a number, and draws members evenly', () => {
    const bug = kindOf('bug');
    const drawn = [0, 0, 0, 0, 0];
    const titles = new Set<string>();
    for (let made = 0; made < 1_000; made += 1) {
      const draft = settle(bug.draft({ description: 'It leaks' }, Math.random), bug.assign, Math.random);
      expect(draft.title).toMatch(/^bug-[a-z]+-\d+$/);
      expect(wordList).toContain(draft.title.split('-')[1]);
      expect(draft.labels).toEqual(['Bug']);
      titles.add(draft.title);
      if (draft.assign === 'nobody') throw new Error('a bug goes to somebody');
      const member = Math.floor(draft.assign.draw * 5);
      drawn[member] = (drawn[member] ?? 0) + 1;
    }
    for (const times of drawn) {
      expect(times).toBeGreaterThan(120);
      expect(times).toBeLessThan(280);
    }
    expect(titles.size).toBeGreaterThan(950);
  });

  it('asks for a member of the board for a bug alone', () => {
    expect(KINDS.map(({ type, assign }) => [type, assign])).toEqual([
      ['issue', 'nobody'],
      ['bug', 'anyone'],
      ['task', 'nobody'],
    ]);
  });

  it('says what a person did who asked for one, with the article of a label where nothing better is given', () => {
    expect(KINDS.map(({ requestPhrase }) => requestPhrase)).toEqual([
      'raised an issue',
      'reported a bug',
      'requested a task',
    ]);
    const phraseOf = (label: string) =>
      declareKind({
        type: 'x',
        label,
        summary: 'x',
        labels: [],
        assign: 'nobody',
        fields: {},
        draft: () => ({ title: 'x', description: '', labels: [] }),
      }).requestPhrase;
    expect([phraseOf('Idea'), phraseOf('Epic'), phraseOf('Story')]).toEqual([
      'requested an idea',
      'requested an epic',
      'requested a story',
    ]);
    for (const { requestPhrase } of KINDS) expect(requestPhrase.length).toBeLessThanOrEqual(40);
  });

  it('names its fields so that a name is a block_id up to the first full stop, and none is the choice of kind', () => {
    for (const { fields } of KINDS) {
      for (const name of Object.keys(fields)) expect(name).toMatch(/^(?!type$)[^.]+$/);
    }
  });

  it('uses only labels that each kind declares, and asks the board for no others', () => {
    expect(KINDS.flatMap(({ labels }) => labels)).toEqual(['Bug', 'Maintenance', 'Research', 'Test']);
    for (const kind of KINDS) {
      const values = Object.fromEntries(
        Object.entries(kind.fields).map(([name, field]) => [
          name,
          field.input === 'choice' ? (field.options[0] ?? '') : 'x',
        ]),
      );
      expect(kind.labels).toEqual(expect.arrayContaining([...kind.draft(values, Math.random).labels]));
    }
  });
});
