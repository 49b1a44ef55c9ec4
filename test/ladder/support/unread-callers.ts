import { connect } from "node:net";

/*
 * A program that opens connections, pipelines requests for pages on each and reads nothing. It is a process of its own, so
 * that its work does not delay the callers that a test measures. `startUnreadCallers` starts it.
 */

const { URL_OF_API = "", API_KEY = "", PATH_OF_PAGE = "", REQUESTS, CONNECTIONS, WITHIN_MS } = process.env;
const INTERVAL_MS = 10;

const { hostname, port } = new URL(URL_OF_API);
const requests = `GET ${PATH_OF_PAGE} HTTP/1.1\r\nHost: api\r\nx-api-key: ${API_KEY}\r\n\r\n`.repeat(Number(REQUESTS));
const start = performance.now();
let opened = 0;

const open = (): void => {
  const due = (Number(CONNECTIONS) * (performance.now() - start)) / Number(WITHIN_MS);
  for (; opened < Math.min(due, Number(CONNECTIONS)); opened++) {
    const socket = connect(Number(port), hostname).pause();
    socket.on("error", () => {});
    socket.write(requests);
  }
  if (opened < Number(CONNECTIONS)) return;
  clearInterval(opening);
  process.stdout.write("opened\n");
};
const opening = setInterval(open, INTERVAL_MS);
// The parent ends the process.
setInterval(() => {}, 60_000);
