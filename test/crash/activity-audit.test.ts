import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StoredCard, StoredList } from '../../sandbox/trello/model.ts';
import { type Scene, startScene } from '../support/scene.ts';
import { auditActivity, brokenActivity, isActivityUnderWay } from './activity-audit.ts';
import { type BoardRecord, recordBoard } from './board-record.ts';

const SALLY = 'Sally Okafor';
const MAE = 'Mae Lindqvist';

let scene: Scene;
let record: BoardRecord;
let card: StoredCard;
let lists: StoredList[];
let root: string;

const sally = () => scene.trello.person(SALLY);
const listNamed = (name: string) => lists.find((list) => list.name === name) as StoredList;
/** The id of the last action. */
const last = () => record.of(card.id).at(-1)?.action;

/** A message of the app. A line that begins with `> ` is a quote. */
function post(lines: readonly string[], mark: Record<string, unknown>, thread?: string): string {
  const { app, team } = scene.slack.workspace;
  const elements = lines.map((line) => ({
    type: line.startsWith('> ') ? 'rich_text_quote' : 'rich_text_section',
    elements: [{ type: 'text', text: line.replace(/^> /, '') }],
  }));
  const { ts } = scene.slack.messages.post(scene.slack.workspace.channel('#mission-control').id, {
    user: app.botUserId,
    team: team.id,
    text: lines.join(),
    blocks: [{ type: 'rich_text', elements }],
    metadata: { event_type: 'spacex_task', event_payload: { reference: 'ref', ...mark } },
    ...(thread && { thread_ts: thread }),
  });
  return ts;
}
const tell = (news: string | undefined, ...lines: string[]) => post(lines, { news }, root);
const showRoot = (line: string) => post([`:pushpin: A leak\n${line}`], {});

function verdict({ history = true } = {}) {
  const found = auditActivity(scene, record, [SALLY, MAE]);
  return { broken: brokenActivity(found, { history }), isUnderWay: isActivityUnderWay(found) };
}

beforeEach(async () => {
  scene = await startScene({ storeUrl: 'sqlite:unused.db' });
  record = recordBoard(scene.trello);
  lists = [...scene.trello.state.lists.values()];
  card = sally().create(listNamed('To Do'), 'A leak', 'It leaks\n\nRequested by ana · Reference `ref`');
  root = showRoot('To Do · nobody assigned yet');
});
afterEach(() => scene.close());

describe('the audit of activity', () => {
  it('finds nothing wrong where each change is told once, in order, by its author', () => {
    sally().comment(card.id, 'c00001 leaks');
    const first = last();
    sally().move(card.id, listNamed('Doing'));
    sally().move(card.id, listNamed('To Do'));
    sally().attachLink(card.id, 'https://example.com', 'f00001');
    tell(first, `${SALLY} commented:`, '> c00001 leaks');
    tell(last(), `${SALLY} attached f00001 (example.com)`);
    expect(verdict()).toEqual({ broken: [], isUnderWay: false });
  });

  it('knows a message whose last news is that a comment was edited', () => {
    const comment = sally().comment(card.id, 'c00001 leaks');
    tell(last(), `${SALLY} commented:`, '> c00001 leaks');
    sally().attachLink(card.id, 'https://example.com', 'f00001');
    sally().editComment(comment.id, 'c00001 leaks again');
    tell(`action-${last()}`, `${SALLY} attached f00001 (example.com)`);
    expect(verdict().broken).toEqual([]);
  });

  it('finds what was not told, at the end and in between', () => {
    sally().comment(card.id, 'c00001 leaks');
    expect(verdict()).toEqual({ broken: ['1 cards with news that were never told'], isUnderWay: true });
    sally().attachLink(card.id, 'https://example.com', 'f00001');
    tell(last(), `${SALLY} attached f00001 (example.com)`);
    expect(verdict()).toEqual({ broken: ['2 messages that leave something out'], isUnderWay: false });
  });

  it('finds a comment and a move that are told twice', () => {
    sally().comment(card.id, 'c00001 leaks');
    tell(last(), `${SALLY} commented:`, '> c00001 leaks');
    sally().rename(card.id, 'A leak, again');
    tell(last(), `${SALLY} commented:`, '> c00001 leaks', `${SALLY} moved it to To Do`);
    expect(verdict().broken).toContain('2 messages that say something again');
  });

  it('finds a message that came twice where the app may look, and only there', () => {
    sally().comment(card.id, 'c00001 leaks');
    tell(last(), `${SALLY} commented:`, '> c00001 leaks');
    tell(last(), `${SALLY} commented:`, '> c00001 leaks');
    expect(verdict().broken).toEqual(['1 messages that came twice, with a history scope']);
    expect(verdict({ history: false }).broken).toEqual([]);
  });

  it('finds what is told behind something later', () => {
    sally().assign(card.id, scene.trello.person(MAE).member.id);
    const assigned = last();
    sally().complete(card.id);
    tell(last(), `${SALLY} marked it complete and assigned ${MAE}`);
    tell(assigned, `${SALLY} assigned ${MAE}`);
    expect(verdict().broken).toContain('1 messages behind what came later on the board');
  });

  it('finds the wrong author', () => {
    sally().comment(card.id, 'c00001 leaks');
    tell(last(), `${MAE} commented:`, '> c00001 leaks');
    sally().attachLink(card.id, 'https://example.com', 'f00001');
    tell(last(), 'Valentina Ruiz attached f00001 (example.com)');
    expect(verdict().broken).toEqual(['2 lines with the wrong author']);
  });

  it('finds a root message that shows the card as it was', () => {
    sally().move(card.id, listNamed('Doing'));
    tell(last(), `${SALLY} moved it to Doing`);
    expect(verdict()).toEqual({
      broken: ['1 root messages that do not show the card as it is'],
      isUnderWay: true,
    });
  });

  it('finds a message about nothing that happened', () => {
    tell('another-action', `${SALLY} moved it to Doing`);
    expect(verdict().broken).toEqual(['1 messages that fit nothing on the board']);
  });
});
