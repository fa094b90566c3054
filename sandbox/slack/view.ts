import { randomBytes } from 'node:crypto';
import { isRecord } from './arguments.ts';
import { elementsOf } from './blocks/walk.ts';
import { type ElementState, fits, initialState } from './element-state.ts';
import type { Workspace } from './workspace.ts';

export type StateValues = Record<string, Record<string, ElementState>>;

/**
 * A view in the shape in which Slack answers it and sends it back.
 * @see https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload
 */
export interface View {
  id: string;
  team_id: string;
  type: 'modal' | 'home';
  blocks: Record<string, unknown>[];
  private_metadata: string;
  callback_id: string;
  state: { values: StateValues };
  hash: string;
  title?: unknown;
  submit?: unknown;
  close?: unknown;
  clear_on_close: boolean;
  notify_on_close: boolean;
  previous_view_id: string | null;
  root_view_id: string;
  app_id: string;
  external_id: string;
  app_installed_team_id: string;
  bot_id: string;
}

let lastHash = 0;

/** Makes the view of a checked definition; `before` is the view whose place it takes, whose typed values live on. */
export function makeView(
  definition: Readonly<Record<string, unknown>>,
  { team, app }: Workspace,
  place: { id: string; previous?: View | undefined },
  before?: View,
): View {
  const blocks = (Array.isArray(definition.blocks) ? definition.blocks : []).filter(isRecord).map(named);
  return {
    id: place.id,
    team_id: team.id,
    type: definition.type === 'home' ? 'home' : 'modal',
    blocks,
    private_metadata: text(definition.private_metadata),
    callback_id: text(definition.callback_id),
    state: { values: valuesOf(blocks, before?.state.values ?? {}) },
    hash: nextHash(),
    ...(definition.type === 'modal' && {
      title: definition.title,
      submit: definition.submit ?? null,
      close: definition.close ?? null,
    }),
    clear_on_close: definition.clear_on_close === true,
    notify_on_close: definition.notify_on_close === true,
    previous_view_id: place.previous?.id ?? null,
    root_view_id: place.previous?.root_view_id ?? place.id,
    app_id: app.appId,
    external_id: text(definition.external_id),
    app_installed_team_id: team.id,
    bot_id: app.botId,
  };
}

/** Blocks and elements without an id of their own get one, as Slack gives it: another one at every update. */
function named(block: Record<string, unknown>): Record<string, unknown> {
  const copy = structuredClone(block);
  copy.block_id ??= generatedId();
  for (const element of elementsOf(copy)) element.action_id ??= generatedId();
  return copy;
}

/** A field keeps what was typed while `block_id` and `action_id` both stay; else its initial value counts. */
function valuesOf(blocks: readonly Record<string, unknown>[], before: StateValues): StateValues {
  const values: StateValues = {};
  for (const block of blocks) {
    for (const element of elementsOf(block)) {
      const [blockId, actionId] = [String(block.block_id), String(element.action_id)];
      const kept = before[blockId]?.[actionId];
      const state = kept && fits(element, kept) ? kept : initialState(element);
      if (!state) continue;
      const inBlock = values[blockId] ?? {};
      inBlock[actionId] = state;
      values[blockId] = inBlock;
    }
  }
  return values;
}

/** Changes with every change of a view, as `views.update` and `views.publish` take it for their `hash`. */
function nextHash(): string {
  lastHash += 1;
  return `${Math.floor(Date.now() / 1000)}.${randomBytes(3).toString('hex')}${lastHash.toString(36)}`;
}

function generatedId(): string {
  return randomBytes(4).toString('base64url').slice(0, 5);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
