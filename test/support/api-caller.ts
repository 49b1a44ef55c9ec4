export interface JsonResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The text, if the response is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: each test states what it expects of a body
  readonly body: any;
}

export interface JsonRequest {
  /** A string is sent as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestClient {
  readonly id: string;
  readonly apiKey: string;
}

/** Requests to one API, each over its own connection. */
export interface ApiCaller {
  request(method: string, path: string, request?: JsonRequest): Promise<JsonResponse>;
  /** Sends a request with an admin token. */
  asAdmin(method: string, path: string, body?: unknown): Promise<JsonResponse>;
  /** Creates a live client, or a test client. */
  createClient(mode?: "live" | "test"): Promise<TestClient>;
  /** Reads the client of a key. */
  me(apiKey: string): Promise<JsonResponse>;
  /** Sends a payment, by default of 0.01 EUR. */
  pay(apiKey: string, request?: JsonRequest): Promise<JsonResponse>;
}

/** `basePath` is the API's. The paths of `request` contain it, those of `asAdmin` do not. */
export const apiCaller = (url: string, adminToken: () => string | Promise<string>, basePath = ""): ApiCaller => {
  const request: ApiCaller["request"] = async (method, path, { body, headers } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { connection: "close", ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  const asAdmin: ApiCaller["asAdmin"] = async (method, path, body) =>
    request(method, basePath + path, { body, headers: { authorization: `Bearer ${await adminToken()}` } });
  return {
    request,
    asAdmin,
    createClient: async (mode = "live") => {
      const { status, body } = await asAdmin("POST", "/accounts", { name: "Acme", email: "ops@acme.example", mode });
      if (status !== 201) throw new Error(`No client was created: ${status} ${JSON.stringify(body)}`);
      return body;
    },
    me: (apiKey) => request("GET", `${basePath}/me`, { headers: { "x-api-key": apiKey } }),
    pay: (apiKey, { body = { amount: 1, currency: "EUR" }, headers } = {}) =>
      request("POST", `${basePath}/payments/create`, { body, headers: { "x-api-key": apiKey, ...headers } }),
  };
};
