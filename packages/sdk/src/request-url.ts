/** The base of all URLs, without a trailing slash. It must not contain secrets, because errors can show it. */
export const baseOf = (baseUrl: string): string => {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isBase =
    /^https?:$/.test(url?.protocol ?? "") && !url?.username && !url?.password && !url?.search && !url?.hash;
  if (isBase) return baseUrl.replace(/\/+$/, "");
  throw new TypeError("baseUrl must be an http or https URL without user, query and fragment");
};

/** An empty value, `.` and `..` would select another route. */
const pathPart = (name: string, value: string | undefined): string => {
  if (value !== undefined && !/^\.{0,2}$/.test(value)) return encodeURIComponent(value);
  throw new TypeError(`${name} must not be "${value}"`);
};

const queryOf = (query: object): string => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.map(([name, value], index) => `${index ? "&" : "?"}${name}=${encodeURIComponent(value)}`).join("");
};

/** @throws TypeError for an id that would select another route. */
export const requestUrl = (
  base: string,
  template: string,
  path: Readonly<Record<string, string>>,
  query: object,
): string => base + template.replace(/\{(\w+)\}/g, (_, name: string) => pathPart(name, path[name])) + queryOf(query);
