import { createHash } from "node:crypto";

const operationSource = (operation) => {
  const { operationId, tags, summary, description, security, parameters, requestBody } = operation;
  const example = requestBody?.content["application/json"].example;
  const [success] = Object.keys(operation.responses).filter((status) => status.startsWith("2"));
  return {
    ...{ operationId, tags, summary, description, security, parameters },
    ...(example && { requestBody: { content: { "application/json": { schema: { type: "object" }, example } } } }),
    responses: { [success]: { description: summary } },
  };
};

const mapValues = (object, change) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));

/** Of the OpenAPI document what a collection shows: its requests, without schemas and answers. */
export const collectionSource = (document) => {
  const { openapi, info: all, tags, components } = JSON.parse(JSON.stringify(document));
  const { summary, ...info } = all;
  const paths = mapValues(document.paths, (operations) => mapValues(operations, operationSource));
  const { securitySchemes } = components;
  return {
    openapi,
    info: { ...info, description: summary },
    servers: [{ url: "http://127.0.0.1:3000" }],
    tags,
    paths,
    components: { securitySchemes },
  };
};

/** Of what a collection was made: a collection with another digest is out of date. */
export const sourceDigest = (document) =>
  createHash("sha256")
    .update(JSON.stringify(collectionSource(document)))
    .digest("hex")
    .slice(0, 16);
