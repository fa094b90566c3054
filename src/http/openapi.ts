import type { Kind } from '../tasks/kind.ts';
import { HEALTH_SCHEMAS } from './health.ts';
import type { JsonSchema, Operation, OperationDocument } from './operation.ts';
import { PROBLEM_SCHEMAS } from './problem-document.ts';
import { requestSchemas } from './task-schemas.ts';
import { taskSchemas } from './task-view.ts';

export interface OpenApiDocument {
  openapi: '3.1.1';
  info: {
    title: string;
    version: string;
    summary: string;
    description: string;
    contact: { name: string };
    license: { name: string; identifier: string };
  };
  servers: readonly { url: string; description: string }[];
  tags: readonly { name: string; description: string }[];
  security: readonly Readonly<Record<string, readonly string[]>>[];
  paths: Readonly<Record<string, Readonly<Record<string, OperationDocument>>>>;
  components: {
    securitySchemes: Readonly<Record<string, JsonSchema>>;
    schemas: Readonly<Record<string, JsonSchema>>;
  };
}

/**
 * The API as OpenAPI describes it, from what serves it: its operations, and the kinds of task.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function createOpenApiDocument({
  operations,
  kinds,
  version,
}: {
  operations: readonly Operation[];
  kinds: readonly Kind[];
  version: string;
}): OpenApiDocument {
  const byPath = Map.groupBy(operations, ({ path }) => path);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Task bridge',
      version,
      summary: 'A task becomes exactly one card on a Trello board.',
      description:
        'What people ask for with `/spacex-task` in Slack, programs ask for here: the same kinds of task, the same rules, the same cards. Lengths of text are counted in UTF-16 code units, as JavaScript, Java and C# count them: an emoji counts as two or more.',
      contact: { name: 'The spacex-task-bridge authors' },
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The bridge that serves this document.' }],
    tags: [
      { name: 'Tasks', description: 'Make tasks, and see what has become of them.' },
      { name: 'Health', description: 'For supervisors and load balancers.' },
    ],
    security: [{ token: [] }],
    paths: Object.fromEntries(
      [...byPath].map(([path, together]) => [
        path,
        Object.fromEntries(together.map(({ method, document }) => [method, document])),
      ]),
    ),
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A JSON Web Token with `exp`, `sub` and, in its `scope`, `tasks:write`. The operator of the bridge makes one with `npm run token -- --subject NAME`. Where an identity provider is set up, it comes from there.',
        },
      },
      schemas: {
        ...requestSchemas(kinds),
        ...taskSchemas(kinds),
        ...PROBLEM_SCHEMAS,
        ...HEALTH_SCHEMAS,
      },
    },
  };
}
