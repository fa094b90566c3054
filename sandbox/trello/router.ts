import type { Grant } from './credentials.ts';
import type { StoredMember } from './model.ts';
import type { Parameters } from './parameters.ts';
import type { Render } from './render.ts';
import type { Actor, TrelloState } from './state.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** An authorized request. */
export interface Call {
  state: TrelloState;
  render: Render;
  parameters: Parameters;
  /** The values of the path's `:parameters`. */
  path: Readonly<Record<string, string>>;
  me: StoredMember;
  actor: Actor;
  key: string;
  token: string;
  grant: Grant;
  /** Whether the credentials came in the `Authorization` header. */
  byHeader: boolean;
}

/** Returns the body of a 200 response. @throws Refusal */
export type Handler = (call: Call) => unknown;

/** Handlers by method and path, as in the API reference: `GET /cards/:id`. */
export type Routes = Readonly<Record<`${Method} /${string}`, Handler>>;

export interface Route {
  /** The key in {@link Routes}. */
  name: string;
  handler: Handler;
}

export interface Router {
  find(method: string, path: string): { route: Route; path: Record<string, string> } | undefined;
}

interface Branch {
  words: Map<string, Branch>;
  part?: { name: string; branch: Branch };
  routes: Map<string, Route>;
}

export function createRouter(...tables: Routes[]): Router {
  const root = newBranch();
  for (const [name, handler] of tables.flatMap((table) => Object.entries(table))) {
    const [method = '', pattern = ''] = name.split(' ');
    branchOf(root, segments(pattern)).routes.set(method, { name, handler });
  }
  return {
    find(method, path) {
      return match(root, method, segments(path), 0, {});
    },
  };
}

function newBranch(): Branch {
  return { words: new Map(), routes: new Map() };
}

function segments(path: string): string[] {
  return path.split('/').filter(Boolean);
}

function branchOf(root: Branch, pattern: string[]): Branch {
  let branch = root;
  for (const segment of pattern) {
    if (segment.startsWith(':')) {
      branch.part ??= { name: segment.slice(1), branch: newBranch() };
      branch = branch.part.branch;
      continue;
    }
    const next = branch.words.get(segment) ?? newBranch();
    branch.words.set(segment, next);
    branch = next;
  }
  return branch;
}

function match(
  branch: Branch,
  method: string,
  path: string[],
  at: number,
  values: Record<string, string>,
): ReturnType<Router['find']> {
  const segment = path[at];
  if (segment === undefined) {
    const route = branch.routes.get(method);
    return route && { route, path: values };
  }
  const next = branch.words.get(segment);
  const found = next && match(next, method, path, at + 1, values);
  if (found || !branch.part) return found;
  const { name, branch: below } = branch.part;
  return match(below, method, path, at + 1, { ...values, [name]: decode(segment) });
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
