import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { PROBLEMS } from './problem.ts';

/** No script but the page's own files, and nothing of another host. */
const PAGE_POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

/** Serves the description of all routes registered later: for programs at `/openapi.json`, for people at `/docs`. */
export async function documentation(app: FastifyInstance, { version }: { version: string }): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'Task bridge',
        version,
        summary: 'A task becomes exactly one card on a Trello board.',
        description: [
          'What people ask for with `/spacex-task` in Slack, programs ask for here: the same kinds of task, the same rules, the same cards. Lengths of text are counted in UTF-16 code units, as JavaScript, Java and C# count them: an emoji counts as two or more.',
          'Every answer that is not a success is a problem document (RFC 9457). Programs should go by its `code`, people by its `detail`:',
          Object.entries(PROBLEMS)
            .map(([code, { status, detail }]) => `- \`${code}\` (${status}): ${detail}`)
            .join('\n'),
          'Headers of answers: `Location` has the path of a task that was made. `WWW-Authenticate` says what a token lacks. `Retry-After` has the seconds to wait, where waiting helps. `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` have the requests that the subject has in a minute, how many are left, and the seconds until it has all of them again.',
        ].join('\n\n'),
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'Tasks', description: 'Make tasks, and see what has become of them.' },
        { name: 'Health', description: 'For supervisors and load balancers.' },
      ],
      security: [{ token: [] }],
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
      },
    },
    transform: jsonSchemaTransform,
    transformObject: withoutInputSchemas,
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: PAGE_POLICY,
    theme: { title: 'Task bridge: API documentation' },
  });
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.header('Cache-Control', 'no-cache').send(app.swagger()),
  );
}

/** The type provider adds each named schema a second time, as an input. No route takes one of them. */
const withoutInputSchemas: SwaggerTransformObject = (document) => {
  const described = jsonSchemaTransformObject(document);
  const schemas = ('components' in described && described.components?.schemas) || {};
  for (const name of Object.keys(schemas)) if (name.endsWith('Input')) delete schemas[name];
  return described;
};
