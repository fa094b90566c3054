import { describeSchema, exampleText } from './docs-schema.ts';
import { type Html, html, sentence } from './html.ts';
import type { OpenApiDocument } from './openapi.ts';
import type { JsonSchema, MediaType, OperationDocument, ResponseDocument } from './operation.ts';
import { PROBLEMS } from './problem.ts';

/** The API's documentation as a page without scripts, from its OpenAPI document. */
export function renderDocsPage(document: OpenApiDocument): string {
  const { info, tags, components } = document;
  const operations = listOperations(document);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title}: API documentation</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="version">API documentation · version ${info.version}</p>
<h1>${info.title}</h1>
<p class="summary">${info.summary}</p>
</header>
<div class="columns">
<nav aria-label="Contents">
<ul>
<li><a href="#start">Start here</a></li>
${tags.map(({ name }) => html`<li>${name}<ul>${operations.filter(({ operation }) => operation.tags.includes(name)).map(link)}</ul></li>`)}
<li><a href="#problems">Problems</a></li>
<li><a href="/openapi.json">OpenAPI document</a></li>
</ul>
</nav>
<main id="content">
${renderStart(document)}
${operations.map((entry) => renderOperation(entry, components.schemas))}
${renderProblems()}
</main>
</div>
<footer><p>${info.contact.name} · License: ${info.license.name}</p></footer>
</body>
</html>
`.markup;
}

interface Entry {
  method: string;
  path: string;
  operation: OperationDocument;
}

function listOperations({ paths }: OpenApiDocument): Entry[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

function link({ operation }: Entry): Html {
  return html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`;
}

function renderStart({ info, components, paths }: OpenApiDocument): Html {
  const { parameters = [], requestBody } = paths['/tasks']?.post ?? {};
  const examples = requestBody?.content['application/json']?.examples ?? {};
  const key = parameters.find(({ name }) => name === 'Idempotency-Key')?.example ?? '';
  const first = Object.values(examples)[0]?.value ?? {};
  const command = `curl "$BRIDGE/tasks" \\
  --header "Authorization: Bearer $TOKEN" \\
  --header "Idempotency-Key: ${key}" \\
  --json '${JSON.stringify(first)}'`;
  return html`<section aria-labelledby="start">
<h2 id="start">Start here</h2>
<p>${sentence(info.description)}</p>
<h3>A token</h3>
<p>${sentence(String(components.securitySchemes.token?.description ?? ''))}</p>
<h3>The first task</h3>
<pre tabindex="0"><code>${command}</code></pre>
</section>`;
}

function renderOperation(
  { method, path, operation }: Entry,
  schemas: Readonly<Record<string, JsonSchema>>,
): Html {
  const { operationId, summary, description, security, parameters = [], requestBody, responses } = operation;
  const open = security?.length === 0;
  return html`<section aria-labelledby="${operationId}">
<h2 id="${operationId}">${summary}</h2>
<p class="route"><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code>
<span class="access">${open ? 'for everybody' : 'needs a token'}</span></p>
<p>${sentence(description)}</p>
${
  parameters.length > 0
    ? html`<h3>Parameters</h3>
<div class="wide" role="region" aria-label="Parameters of ${summary}" tabindex="0"><table>
<thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Meaning</th></tr></thead>
<tbody>${parameters.map(
        (parameter) => html`<tr><th scope="row"><code>${parameter.name}</code></th>
<td>${parameter.in}, ${parameter.required ? 'required' : 'optional'}</td>
<td>${sentence(parameter.description)} For example: <code>${parameter.example}</code></td></tr>`,
      )}</tbody></table></div>`
    : ''
}
${requestBody ? html`<h3>Body</h3><p>${sentence(requestBody.description)}</p>${Object.entries(requestBody.content).map(([, media]) => renderBody(media, schemas))}` : ''}
<h3>Answers</h3>
${Object.entries(responses).map(([status, response]) => renderResponse(status, response))}
</section>`;
}

function renderBody(
  { schema, examples = {} }: MediaType,
  schemas: Readonly<Record<string, JsonSchema>>,
): Html {
  return html`${describeSchema(schema, schemas).map(
    ({ title, summary, fields, type }) => html`<article class="kind">
<h4>${title}</h4><p>${summary}</p>
<div class="wide" role="region" aria-label="Fields of ${title}" tabindex="0"><table>
<thead><tr><th scope="col">Field</th><th scope="col">Value</th><th scope="col">Meaning</th></tr></thead>
<tbody>${fields.map(
      ({ name, value, meaning }) =>
        html`<tr><th scope="row"><code>${name}</code></th><td>${value}</td><td>${meaning}</td></tr>`,
    )}</tbody></table></div>
${examples[type] ? html`<pre tabindex="0"><code>${exampleText(examples[type].value)}</code></pre>` : ''}
</article>`,
  )}`;
}

function renderResponse(status: string, { description, headers = {}, content = {} }: ResponseDocument): Html {
  const names = Object.keys(headers);
  const examples = Object.values(content).flatMap((media) => Object.values(media.examples ?? {}));
  return html`<details class="answer">
<summary><span class="status s${status.charAt(0)}">${status}</span> <span>${sentence(description)}</span></summary>
${names.length > 0 ? html`<p>Headers: ${names.map((name, index) => html`${index > 0 ? ', ' : ''}<code>${name}</code>`)}</p>` : ''}
${Object.keys(content).map((type) => html`<p>Type: <code>${type}</code></p>`)}
${examples.map((example) => html`<pre tabindex="0"><code>${exampleText(example.value)}</code></pre>`)}
</details>`;
}

function renderProblems(): Html {
  return html`<section aria-labelledby="problems">
<h2 id="problems">Problems</h2>
<p>Every answer that is not a success is a problem document (RFC 9457). Programs should go by its code, people by its detail.</p>
<dl>${Object.entries(PROBLEMS).map(
    ([code, { status, title, meaning }]) => html`<div id="${code}">
<dt><span class="status s${String(status).charAt(0)}">${status}</span> <code>${code}</code> ${title}</dt><dd>${sentence(meaning)}</dd></div>`,
  )}</dl>
</section>`;
}
