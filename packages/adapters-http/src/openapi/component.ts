/** A schema under `components` of the OpenAPI document. */
export interface Component {
  readonly name: string;
  readonly schema: object;
  /** The components that the schema refers to. */
  readonly uses: readonly Component[];
}

export const component = (name: string, schema: object, uses: readonly Component[] = []): Component => ({
  name,
  schema,
  uses,
});

export const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** An object of a response. All of its fields are always present. */
export const object = (description: string, properties: Readonly<Record<string, object>>): object => ({
  type: "object",
  description,
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

export const text = (more: object = {}) => ({ type: "string", ...more });
export const nullable = (schema: object) => ({ anyOf: [schema, { type: "null" }] });
export const time = { type: "string", format: "date-time", example: "2026-01-02T03:04:05.678Z" };

export const pageOf = (item: Component): Component =>
  component(
    `${item.name}Page`,
    object("A page of a list, newest first.", {
      data: { type: "array", items: reference(item.name) },
      hasMore: { type: "boolean" },
      next: { ...nullable(text()), description: "The value for `after`. Null: this is the last page." },
      previous: { ...nullable(text()), description: "The value for `before`. Null: this is the first page." },
    }),
    [item],
  );
