import { describe, expect, it } from 'vitest';
import { type ActionData, NEWS } from '../../src/flows/card-activity/news.ts';
import { EDITS } from '../../src/flows/edit-card/edits.ts';

const MOMENT = Date.parse('2030-11-28T12:00:00Z');
const [ON, OFF] = [
  { id: 'm1', name: 'Mae' },
  { id: 'm2', name: 'Chen' },
];
const list = { id: 'l2', name: 'Doing' };
const update = (card: object, old: object): [string, ActionData] => [
  'updateCard',
  { card: { id: 'c', ...card }, old: { ...old } },
];
const moved: [string, ActionData] = [
  'updateCard',
  { listBefore: { id: 'l1', name: 'To Do' }, listAfter: list, old: {} },
];
const assigned: [string, ActionData] = ['addMemberToCard', { member: ON }];
const takenOff: [string, ActionData] = ['removeMemberFromCard', { member: OFF }];

/** What an edit expects of the board's history, and an action of that history, each by kind and key. */
const expectedOf = (name: string, value: unknown) =>
  [EDITS.find((edit) => edit.name === name)?.news?.({ value } as never) ?? []]
    .flat()
    .map(({ kind, key }) => [kind, key]);
const foundIn = ([type, data]: [string, ActionData]) =>
  NEWS.flatMap(({ kind, read, echo }) => {
    const news = read?.(data, type);
    return news === undefined ? [] : [[kind, echo?.(news)]];
  });

describe('what an edit from Slack does is known in the board’s history as that person’s', () => {
  it.each<[string, unknown, [string, ActionData][]]>([
    ['assign_me', ON, [assigned]],
    ['unassign_me', OFF, [takenOff]],
    ['draw_again', { on: ON, off: OFF }, [assigned, takenOff]],
    ['move', list, [moved]],
    ['due', MOMENT, [update({ due: '2030-11-28T12:00:00.000Z' }, { due: null })]],
    ['due', null, [update({ due: null }, { due: '2030-11-28T12:00:00.000Z' })]],
    ['complete', undefined, [update({ dueComplete: true }, { dueComplete: false })]],
    ['reopen', undefined, [update({ dueComplete: false }, { dueComplete: true })]],
    ['archive', undefined, [update({ closed: true }, { closed: false })]],
    ['send_back', undefined, [update({ closed: false }, { closed: true })]],
    ['send_back_to', list, [moved, update({ closed: false }, { closed: true })]],
  ])('%s, %j', (name, value, actions) => {
    expect(expectedOf(name, value)).toEqual(actions.flatMap(foundIn));
    expect(actions).not.toEqual([]);
  });

  it('and nothing that it does not do', () => {
    expect(foundIn(moved)).not.toEqual(foundIn(['updateCard', { ...moved[1], listAfter: OFF }]));
    expect(foundIn(assigned)).not.toEqual(foundIn(['removeMemberFromCard', assigned[1]]));
    expect(expectedOf('mute', undefined)).toEqual([]);
  });
});
